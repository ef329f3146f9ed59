"""How wide text is, without a font library.

The widths are those of the widest of the common sans-serif faces, rounded up, in thousandths of the font's
size: a label that fits by this table fits whatever face a viewer draws it with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from artifact_plane.adapters.rendering.text import ELLIPSIS

_WIDTHS: Final = {
    280: "'ij",
    320: " ,.Jl",
    360: ":;If",
    400: "!()[]t",
    440: "-r",
    480: '"',
    520: "/\\_`s",
    560: "*?Lcz|",
    600: "Fkvxy",
    640: "$0123456789EPSTYabdeghnopqu{}",
    680: "K",
    720: "ABCRVXZ",
    760: "HNU",
    800: "&DGOQ",
    840: "#+<=>^w~",
    920: "M",
    960: "%",
    1000: "Wm—…",
    1040: "@",
}
_WIDTH_OF: Final = {character: width for width, characters in _WIDTHS.items() for character in characters}
_OTHER: Final = 780
_WIDE: Final = 1040
_BOLD: Final = 1.12
# Fixed ranges and not `unicodedata`, whose answers change with the Python version.
_NO_WIDTH: Final = ((0x0300, 0x036F), (0x200B, 0x200F), (0xFE00, 0xFE0F))
_FULL_WIDTH: Final = ((0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
                      (0xFF00, 0xFF60), (0x1F000, 0x3FFFD))  # fmt: skip


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line of ``text``, at most, in the unit of ``size``."""
    thousandths = sum(map(_character_width, text))
    return thousandths * size / 1000 * (_BOLD if bold else 1)


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """``text`` in lines no wider than ``width``, all of it; a word that is too long is cut. At least one line."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, width, size, bold=bold):
        candidate = f"{line} {word}" if line else word
        if line and text_width(candidate, size, bold=bold) > width:
            lines.append(line)
            candidate = word
        line = candidate
    return (*lines, line)


def widest(lines: Sequence[str], size: float, *, bold: bool = False) -> float:
    """The width of the widest of ``lines``."""
    return max((text_width(line, size, bold=bold) for line in lines), default=0.0)


def shorten(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """``text``, or as much of its beginning as fits, with an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    room = width - text_width(ELLIPSIS, size, bold=bold)
    return text[: _fitting(text, room, size, bold=bold)].rstrip() + ELLIPSIS


def _pieces(text: str, width: float, size: float, *, bold: bool) -> Iterator[str]:
    for word in text.split(" "):
        rest = word
        while rest and text_width(rest, size, bold=bold) > width:
            cut = max(1, _fitting(rest, width, size, bold=bold))
            yield rest[:cut]
            rest = rest[cut:]
        if rest:
            yield rest


def _fitting(text: str, width: float, size: float, *, bold: bool) -> int:
    used = 0.0
    for index, character in enumerate(text):
        used += text_width(character, size, bold=bold)
        if used > width:
            return index
    return len(text)


def _character_width(character: str) -> int:
    known = _WIDTH_OF.get(character)
    return _beyond_ascii(ord(character)) if known is None else known


def _beyond_ascii(code: int) -> int:
    if any(first <= code <= last for first, last in _NO_WIDTH):
        return 0
    if any(first <= code <= last for first, last in _FULL_WIDTH):
        return _WIDE
    return _OTHER
