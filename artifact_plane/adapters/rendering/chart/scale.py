"""Axes: round numbers to mark them with, and where a number stands on them.

Steps are counted in decimals, not in binary fractions, so that marks are exact and the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

import attrs

from artifact_plane.adapters.rendering.numbers import GROUPED_FROM, unsigned_zero

_STEPS: Final = tuple(map(Decimal, ("1", "2", "2.5", "5", "10")))
_FLAT: Final = Decimal("1e-9")
_LEAST_SHOWN_PLAINLY: Final = Decimal("1e-9")
_MOST_SHOWN_PLAINLY: Final = Decimal("1e12")


@attrs.frozen(kw_only=True)
class Scale:
    """An axis from its first to its last mark."""

    marks: tuple[Decimal, ...]
    labels: tuple[str, ...]

    def share(self, value: float) -> float:
        """How far along the axis ``value`` stands: 0 at the first mark, 1 at the last."""
        first, last = self.marks[0], self.marks[-1]
        return float((Decimal(value) - first) / (last - first))


def scale(values: Sequence[float], *, about: int, from_zero: bool = False, whole: bool = False) -> Scale:
    """The scale of all ``values``, with some ``about`` steps; ``whole`` marks whole numbers only."""
    low, high = _bounds(values, from_zero=from_zero)
    step = _step((high - low) / about)
    if whole:
        step = max(step, Decimal(1)).to_integral_value(ROUND_CEILING)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    marks = tuple((first + index) * step for index in range(int(last - first) + 1))
    return Scale(marks=marks, labels=tuple(_label(mark, step) for mark in marks))


def _bounds(values: Sequence[float], *, from_zero: bool) -> tuple[Decimal, Decimal]:
    low, high = Decimal(min(values, default=0)), Decimal(max(values, default=0))
    if from_zero:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if high - low <= _FLAT * max(abs(low), abs(high)):
        room = abs(high) / 2 or Decimal(1)
        return (low, high + room) if from_zero or not low else (low - room, high + room)
    return low, high


def _step(rough: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(rough.adjusted())
    return next(unit * step for step in _STEPS if unit * step >= rough)


def _label(mark: Decimal, step: Decimal) -> str:
    """A mark with as many digits as tell it from the next."""
    last_digit = int(step.normalize().as_tuple().exponent)
    size = abs(mark)
    if size >= _MOST_SHOWN_PLAINLY or step < _LEAST_SHOWN_PLAINLY:
        return f"{mark:.{max(0, mark.adjusted() - last_digit)}e}" if mark else "0"
    decimals = max(0, -last_digit)
    shown = f"{mark:,.{decimals}f}" if size >= GROUPED_FROM else f"{mark:.{decimals}f}"
    return unsigned_zero(shown.removeprefix("-") if not mark else shown)
