"""Plain text: lines, words, characters and paragraphs, counted as it streams by."""

from __future__ import annotations

import io
from collections.abc import Iterable

import attrs

from artifact_plane.domain.model.json import Json


@attrs.define
class TextCounts:
    """The counts of a text that arrives in pieces, cut anywhere; lines end with LF, CR LF or CR.

    A paragraph is a run of lines that are not blank.
    """

    lines: int = 0
    words: int = 0
    characters: int = 0
    paragraphs: int = 0
    longest_line: int = 0
    _open_line: int = 0
    _open_blank: bool = True
    _in_word: bool = False
    _in_paragraph: bool = False

    @classmethod
    def of(cls, pieces: Iterable[str]) -> TextCounts:
        """The counts of a whole text; a line end counts as one character."""
        counts = cls()
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        for piece in pieces:
            counts._add(newlines.decode(piece))
        counts._add(newlines.decode("", final=True))
        if counts._open_line:
            counts._end_line()
        return counts

    def _add(self, piece: str) -> None:
        if not piece:
            return
        self.characters += len(piece)
        self.words += len(piece.split()) - (self._in_word and not piece[0].isspace())
        self._in_word = not piece[-1].isspace()
        *ended, rest = piece.split("\n")
        for part in ended:
            self._go_on(part)
            self._end_line()
        self._go_on(rest)

    def _go_on(self, part: str) -> None:
        self._open_line += len(part)
        if self._open_blank and part and not part.isspace():
            self._open_blank = False

    def _end_line(self) -> None:
        self.lines += 1
        self.longest_line = max(self.longest_line, self._open_line)
        self.paragraphs += not self._open_blank and not self._in_paragraph
        self._in_paragraph = not self._open_blank
        self._open_line, self._open_blank = 0, True

    def json(self) -> dict[str, Json]:
        """The counts as they stand in a payload."""
        return {
            "lines": self.lines,
            "words": self.words,
            "characters": self.characters,
            "paragraphs": self.paragraphs,
            "longest_line": self.longest_line,
        }
