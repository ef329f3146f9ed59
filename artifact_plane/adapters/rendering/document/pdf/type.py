"""The typeface of the PDF: how wide its characters are, and which it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.rendering.text import REPLACEMENT

_STAND_INS: Final = (REPLACEMENT, "▯", "?")
_ROUNDING: Final = 0.01
_INVISIBLE: Final = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff")


@attrs.frozen
class Face:
    """One weight: the width of each character it has, in thousandths of its size."""

    widths: Mapping[int, float]

    def width(self, text: str, size: float) -> float:
        """The width of ``text``, all of whose characters the face has."""
        widths = self.widths
        return sum(widths[ord(character)] for character in text) * size / 1000

    def drawable(self, text: str) -> str:
        """``text`` with U+FFFD (or an empty box) for what the face lacks, and without invisible marks."""
        if text.isascii():
            return text
        return "".join(map(self._drawable, text))

    def wrap(self, text: str, width: float, size: float) -> list[str]:
        """Drawable ``text`` in lines no wider than ``width``; a word that is too long is cut. At least one line."""
        lines: list[str] = []
        line, used = "", 0.0
        space = self.width(" ", size)
        for word in self._pieces(text, width, size):
            wide = self.width(word, size)
            if line and used + space + wide > width + _ROUNDING:
                lines.append(line)
                line, used = word, wide
            else:
                line, used = (f"{line} {word}", used + space + wide) if line else (word, wide)
        return [*lines, line]

    def longest_word(self, text: str, size: float) -> float:
        """The width of the widest word."""
        return max((self.width(word, size) for word in text.split(" ")), default=0.0)

    def _pieces(self, text: str, width: float, size: float) -> Sequence[str]:
        words = text.split(" ")
        if all(self.width(word, size) <= width for word in words):
            return words
        return [piece for word in words for piece in self._cut(word, width, size)]

    def _cut(self, word: str, width: float, size: float) -> list[str]:
        pieces, start, used = [], 0, 0.0
        for index, character in enumerate(word):
            wide = self.width(character, size)
            if used + wide > width and index > start:
                pieces.append(word[start:index])
                start, used = index, 0.0
            used += wide
        return [*pieces, word[start:]]

    def _drawable(self, character: str) -> str:
        if ord(character) in self.widths:
            return character
        if character in _INVISIBLE:
            return ""
        return next(one for one in _STAND_INS if ord(one) in self.widths)


@attrs.frozen(kw_only=True)
class Typeface:
    """Both weights."""

    regular: Face
    bold: Face

    def face(self, bold: bool) -> Face:
        """The weight asked for."""
        return self.bold if bold else self.regular
