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

    The sets mean *any of*: ``labels`` holds when the subject has one of them. ``media_types`` are in lower case
    and may end in ``/*``. ``over`` and ``under`` are bytes, exclusive; where the size is not known they do not hold.
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

    def compiled(self) -> Test | None:
        """One function that says whether all given tests hold; None where the condition always holds."""
        tests = tuple(test(wanted) for field, test in _TESTS.items() if (wanted := getattr(self, field)) is not None)
        if not tests:
            return None
        return tests[0] if len(tests) == 1 else _all_of(tests)


def _all_of(tests: tuple[Test, ...]) -> Test:
    def test(subject: Subject) -> bool:
        for one in tests:  # noqa: SIM110 - a generator costs three times as much here
            if not one(subject):
                return False
        return True

    return test


def _media_type_test(wanted: frozenset[str]) -> Test:
    exact = frozenset(one for one in wanted if not one.endswith("/*"))
    kinds = tuple(one[:-1] for one in wanted if one.endswith("/*"))

    def test(subject: Subject) -> bool:
        media_type = subject.media_type
        if media_type is None:
            return False
        plain = media_type.lower()
        if ";" in plain:
            plain = plain.partition(";")[0].rstrip()
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
