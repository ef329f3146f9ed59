"""Conditions: the closed set of facts that a rule may ask about, as plain data (DESIGN section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from artifact_plane.domain.model.decision import Subject

Test: TypeAlias = Callable[[Subject], bool]


@attrs.frozen(kw_only=True)
class Condition:
    """All given tests must hold; one that is not given (None) always holds.

    The sets mean *any of*: ``labels`` holds when the subject has one of them. ``media_types`` may end in ``/*``.
    ``over`` and ``under`` are bytes, exclusive; where the size is not known they do not hold.
    """

    result_types: frozenset[str] | None = None
    realms: frozenset[str] | None = None
    intent_types: frozenset[str] | None = None
    tenants: frozenset[str] | None = None
    solutions: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    media_types: frozenset[str] | None = None
    over: int | None = None
    under: int | None = None
    regenerable: bool | None = None

    @property
    def thresholds(self) -> tuple[int, ...]:
        """The sizes in bytes at which this condition may change its mind."""
        return tuple(bound for bound in (self.over, self.under) if bound is not None)

    def could_concern(self, result_type: str) -> bool:
        """Whether some subject of this type could meet it."""
        return self.result_types is None or result_type in self.result_types

    def compiled(self) -> tuple[Test, ...]:
        """One small test for each given fact; the condition holds when all of them do."""
        tests = [test(wanted) for field, test in _TESTS.items() if (wanted := getattr(self, field)) is not None]
        return tuple(tests)


def holds(tests: tuple[Test, ...], subject: Subject) -> bool:
    """Whether all of a compiled condition's tests hold for ``subject``."""
    for test in tests:  # noqa: SIM110 - a generator costs three times as much here
        if not test(subject):
            return False
    return True


def _media_type_test(wanted: frozenset[str]) -> Test:
    exact = frozenset(one for one in wanted if not one.endswith("/*"))
    kinds = tuple(one[:-1] for one in wanted if one.endswith("/*"))

    def test(subject: Subject) -> bool:
        if subject.media_type is None:
            return False
        plain = subject.media_type.partition(";")[0].strip().lower()
        return plain in exact or plain.startswith(kinds)

    return test


_TESTS: dict[str, Callable[..., Test]] = {
    "result_types": lambda wanted: lambda subject: subject.result_type in wanted,
    "realms": lambda wanted: lambda subject: subject.realm in wanted,
    "intent_types": lambda wanted: lambda subject: subject.intent_type in wanted,
    "tenants": lambda wanted: lambda subject: subject.tenant_id in wanted,
    "solutions": lambda wanted: lambda subject: subject.solution_id in wanted,
    "labels": lambda wanted: lambda subject: not wanted.isdisjoint(subject.labels),
    "media_types": _media_type_test,
    "over": lambda bound: lambda subject: subject.size is not None and subject.size > bound,
    "under": lambda bound: lambda subject: subject.size is not None and subject.size < bound,
    "regenerable": lambda wanted: lambda subject: subject.regenerable is wanted,
}
