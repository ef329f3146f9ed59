"""Numbers in words and in coordinates, the same on every machine: no locale, no shortest-float surprises."""

from __future__ import annotations

from typing import Final

GROUPED_FROM: Final = 10_000
"""Four digits stay whole, as is usual in tables (and a year is not "2,024")."""

_DECIMALS_SHOWN: Final = 6
_TINY: Final = 1e-4
_HUGE: Final = 1e15


def plain_number(value: float) -> str:
    """``value`` for a reader: thousands grouped from 10,000 on, about six significant digits of a fraction."""
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= GROUPED_FROM else str(value)
    if value and not _TINY <= abs(value) < _HUGE:
        return f"{value:.{_DECIMALS_SHOWN - 1}g}"
    return _fraction(value)


def _fraction(value: float) -> str:
    whole_digits = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    decimals = max(2, _DECIMALS_SHOWN - whole_digits)
    shown = f"{value:,.{decimals}f}" if abs(value) >= GROUPED_FROM else f"{value:.{decimals}f}"
    return unsigned_zero(shown.rstrip("0").rstrip("."))


def coordinate(value: float) -> str:
    """``value`` for a drawing: two decimals at most, never an exponent, never a negative zero."""
    return unsigned_zero(f"{value:.2f}".rstrip("0").rstrip("."))


def unsigned_zero(shown: str) -> str:
    """``shown``, unless it is a zero with a minus sign."""
    return "0" if shown == "-0" else shown
