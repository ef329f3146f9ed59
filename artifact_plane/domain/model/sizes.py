"""Sizes in words."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("KiB", "MiB", "GiB", "TiB", "PiB")
_FACTOR: Final = 1024


def size_in_words(count: int | None) -> str:
    """Bytes in the unit that fits, as in ``12.3 KiB``; a dash where the size is not known."""
    if count is None:
        return "–"
    if count < _FACTOR:
        return f"{count} B"
    power = min((count.bit_length() - 1) // 10, len(_UNITS))
    if round(count / _FACTOR**power, 1) >= _FACTOR and power < len(_UNITS):
        power += 1  # what rounds to 1024 of a unit is one of the next
    return f"{count / _FACTOR**power:.1f} {_UNITS[power - 1]}"
