"""Figures, the bars they are held against, and rounds in which raw work and ours take turns.

The speed of a machine changes from second to second, so only a ratio taken within a round says anything: raw and ours
run one after the other, the order turns with every round, and the ratio reported is the median of the rounds' ratios.
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from statistics import median
from time import perf_counter
from typing import Final, TypeAlias

import attrs

Work: TypeAlias = Callable[[], Awaitable[float]]
"""One round of a work; gives what was measured, in the unit of its figure."""

MICROSECONDS: Final = 1e6
MILLISECONDS: Final = 1e3


class Kind(Enum):
    """What a bar limits: the ratio of ours to raw from above or from below, or our figure itself from above; or
    nothing, where a figure is only shown."""

    RATIO_AT_MOST = "≤ {} ×"
    RATIO_AT_LEAST = "≥ {} ×"
    VALUE_AT_MOST = "≤ {} {}"
    NOTHING = ""


@attrs.frozen
class Bar:
    """What a figure has to reach."""

    kind: Kind
    limit: float

    def text(self, unit: str) -> str:
        """As the table shows it."""
        return self.kind.value.format(f"{self.limit:g}", unit)


def at_most(ratio: float) -> Bar:
    """Ours may take ``ratio`` times as long as raw."""
    return Bar(Kind.RATIO_AT_MOST, ratio)


def at_least(ratio: float) -> Bar:
    """Ours must do ``ratio`` times as much as raw."""
    return Bar(Kind.RATIO_AT_LEAST, ratio)


def no_more_than(value: float) -> Bar:
    """Our figure itself is limited, whatever raw is."""
    return Bar(Kind.VALUE_AT_MOST, value)


SHOWN: Final = Bar(Kind.NOTHING, 0.0)
"""No bar: the figure is there to be known."""


@attrs.frozen(kw_only=True)
class Figure:
    """One line of the table: medians over the rounds, in ``unit``. ``raw`` None where there is nothing to compare."""

    work: str
    unit: str
    bar: Bar
    ours: float
    raw: float | None = None
    ratio: float | None = None
    rounds: int = 1
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the bar is reached, if there is one."""
        if self.bar.kind is Kind.NOTHING:
            return True
        if self.bar.kind is Kind.VALUE_AT_MOST:
            return self.ours <= self.bar.limit
        if self.ratio is None:
            return False
        return self.ratio <= self.bar.limit if self.bar.kind is Kind.RATIO_AT_MOST else self.ratio >= self.bar.limit


async def alternating(rounds: int, *works: Work) -> list[list[float]]:
    """What each work measured, round by round, after a round that does not count."""
    figures: list[list[float]] = [[] for _ in works]
    for number in range(-1, rounds):
        turns = list(range(len(works)))
        for index in turns if number % 2 else reversed(turns):
            gc.collect()
            measured = await works[index]()
            if number >= 0:
                figures[index].append(measured)
    return figures


def compared(
    work: str, unit: str, bar: Bar, raw: Sequence[float], ours: Sequence[float], *, scale: float = 1.0, note: str = ""
) -> Figure:
    """The figure of two works measured in the same rounds; ``scale`` brings what they measured into ``unit``."""
    return Figure(
        work=work,
        unit=unit,
        bar=bar,
        raw=median(raw) * scale,
        ours=median(ours) * scale,
        ratio=median([one / other for one, other in zip(ours, raw, strict=True)]),
        rounds=len(ours),
        note=note,
    )


async def durations(operation: Callable[[int], Awaitable[object]], count: int) -> list[float]:
    """The seconds that each of ``count`` operations took, one after the other; each gets its number."""
    taken = []
    for number in range(count):
        began = perf_counter()
        await operation(number)
        taken.append(perf_counter() - began)
    return taken


async def median_duration(operation: Callable[[int], Awaitable[object]], count: int) -> float:
    """The median of ``durations``."""
    return median(await durations(operation, count))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
