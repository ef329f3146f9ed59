"""Courses: for one result type, everything that can be decided, made ready when the policy is compiled.

Every ruling that a rule can give exists before anybody asks; deciding is finding it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from artifact_plane.domain.model.condition import Test
from artifact_plane.domain.model.decision import Basis, MaterializationDecision, Role, Ruling, Subject

# In Python 3.11 to read a member of an Enum costs as much as all else that is done for a settled type, and to hash
# one costs more: so members are named here, and roles are looked for in tuples, which compare by identity.
_EXPLICIT: Final = Basis.EXPLICIT
_MEANING: Final = Basis.MEANING
_DISCARD: Final = MaterializationDecision.DISCARD


@attrs.frozen(kw_only=True)
class Option:
    """A rule made ready: the ruling on the whole, and on views treated apart. ``test`` None always holds."""

    test: Test | None
    whole: Ruling
    views: Mapping[str, Ruling] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Floor:
    """A steward's ``require`` made ready."""

    roles: tuple[Role, ...]
    test: Test | None
    ruling: Ruling
    rank: int

    def holds(self, subject: Subject) -> bool:
        """Whether the floor is under this subject."""
        return subject.role in self.roles and (self.test is None or self.test(subject))


@attrs.frozen(kw_only=True)
class Denial:
    """A steward's ``deny`` made ready: for each decision that it denies, the ruling with the next lower one."""

    roles: tuple[Role, ...]
    test: Test | None
    lowered: Mapping[MaterializationDecision, Ruling]

    def holds(self, subject: Subject) -> bool:
        """Whether the denial is about this subject."""
        return subject.role in self.roles and (self.test is None or self.test(subject))


@attrs.frozen(kw_only=True)
class Course:
    """How subjects of one type are decided. The first option whose test holds wins; the last one always holds.

    ``floors`` stand in descending order of what they require. ``settled`` is the ruling on a realm's result where
    nothing but its type can matter. ``sizes`` (bytes) tell apart all rulings that a size can bring about.
    """

    options: tuple[Option, ...]
    explicit: Ruling
    meaning: Ruling
    floors: tuple[Floor, ...] = ()
    denials: tuple[Denial, ...] = ()
    settled: Ruling | None = None
    sizes: tuple[int, ...] = (0,)

    def decide(self, subject: Subject) -> Ruling:
        """Denial over floor over explicit request over the first option that holds (law 1)."""
        ruling = self._chosen(subject)
        if self.floors:
            ruling = self._raised(subject, ruling)
        if self.denials and ruling.decision is not _DISCARD:
            ruling = self._lowered(subject, ruling)
        return ruling

    def _chosen(self, subject: Subject) -> Ruling:
        basis = subject.basis
        if basis is _EXPLICIT:
            return self.explicit
        if basis is _MEANING:
            return self.meaning
        for option in self.options:
            test = option.test
            if test is None or test(subject):
                break
        return option.views.get(subject.rendering or "", option.whole) if option.views else option.whole

    def _raised(self, subject: Subject, ruling: Ruling) -> Ruling:
        """The first floor in descending order is the highest; those that come later cannot raise it further."""
        rank = ruling.decision.rank
        return next((floor.ruling for floor in self.floors if floor.rank > rank and floor.holds(subject)), ruling)

    def _lowered(self, subject: Subject, ruling: Ruling) -> Ruling:
        """Lowered step by step until nobody denies it: each step names the denial that made it."""
        active = [denial for denial in self.denials if denial.holds(subject)]
        while active and (lowered := _next_lower(active, ruling)):
            ruling = lowered
        return ruling


def _next_lower(active: Iterable[Denial], ruling: Ruling) -> Ruling | None:
    """The next lower ruling by the first denial that denies this one; None where it is allowed."""
    return next((lower for denial in active if (lower := denial.lowered.get(ruling.decision))), None)
