"""Tables on paper: columns that share the width, cells that wrap, rows that continue, headers that return."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

import attrs

from artifact_plane.adapters.rendering.document.blocks import Table, Value, ValueKind
from artifact_plane.adapters.rendering.document.pdf.pages import BAND, INK, LINE, SOFT, BoxMark, Pages, TextMark
from artifact_plane.adapters.rendering.document.pdf.type import Face, Typeface

_SIZE: Final = 9.0
_LEADING: Final = 12.5
_PAD: Final = 6.0
_PAD_ABOVE: Final = 4.0
_SAMPLE: Final = 300
_WORD_AT_MOST: Final = 130.0
_LEAST_COLUMN: Final = 28.0
_ORPHAN_LINES: Final = 3


@attrs.frozen(kw_only=True)
class _Cell:
    lines: list[str]
    face: Face
    colour: str


class TableLayout:
    """One table laid out for a width; ``fits`` says whether it has room for its columns at all."""

    def __init__(self, table: Table, width: float, typeface: Typeface) -> None:
        self._table = table
        self._type = typeface
        wanted, least = self._wanted_widths()
        self.fits = sum(least) <= width
        self._widths = _shared(wanted, least, width) if self.fits else least

    def place(self, pages: Pages) -> None:
        """Place the table at the cursor, on as many pages as it takes."""
        head = [self._cell(Value(name), index, bold=True) for index, name in enumerate(self._table.columns)]
        pages.need(_height(head) * 2 + _LEADING)
        self._head(pages, head)
        for row in self._table.rows:
            self._row(pages, head, [self._cell(value, index) for index, value in enumerate(row)])

    def _row(self, pages: Pages, head: Sequence[_Cell], cells: Sequence[_Cell]) -> None:
        start, total = 0, max(len(cell.lines) for cell in cells)
        whole = _height(cells)
        if whole > pages.room and whole <= pages.sheet.lowest - pages.sheet.top - _height(head):
            self._continue(pages, head)
        while start < total:
            if _lines_in(pages.room) < min(_ORPHAN_LINES, total - start):
                self._continue(pages, head)
            count = max(1, min(total - start, _lines_in(pages.room)))
            self._slice(pages, cells, start, count)
            start += count
        pages.put(BoxMark(x=pages.left, y=pages.y - 0.6, width=sum(self._widths), height=0.6, colour=LINE))

    def _continue(self, pages: Pages, head: Sequence[_Cell]) -> None:
        pages.turn()
        self._head(pages, head)

    def _head(self, pages: Pages, head: Sequence[_Cell]) -> None:
        width = sum(self._widths)
        pages.put(BoxMark(x=pages.left, y=pages.y, width=width, height=_height(head), colour=BAND))
        self._slice(pages, head, 0, max(len(cell.lines) for cell in head))
        pages.put(BoxMark(x=pages.left, y=pages.y - 1, width=width, height=1, colour=LINE))

    def _slice(self, pages: Pages, cells: Sequence[_Cell], start: int, count: int) -> None:
        x = pages.left
        for index, cell in enumerate(cells):
            for number, line in enumerate(islice(cell.lines, start, start + count)):
                y = pages.y + _PAD_ABOVE + _SIZE + number * _LEADING
                pages.put(self._mark(cell, index, x, y, line))
            x += self._widths[index]
        pages.y += count * _LEADING + 2 * _PAD_ABOVE

    def _mark(self, cell: _Cell, index: int, x: float, y: float, line: str) -> TextMark:
        offset = _PAD
        if self._table.numeric[index]:
            offset = self._widths[index] - _PAD - cell.face.width(line, _SIZE)
        return TextMark(x=x + offset, y=y, text=line, size=_SIZE, bold=cell.face is self._type.bold, colour=cell.colour)

    def _cell(self, value: Value, index: int, *, bold: bool = False) -> _Cell:
        face = self._type.face(bold)
        lines = face.wrap(face.drawable(value.text), self._widths[index] - 2 * _PAD, _SIZE)
        return _Cell(lines=lines, face=face, colour=SOFT if bold or value.kind is ValueKind.NONE else INK)

    def _wanted_widths(self) -> tuple[list[float], list[float]]:
        """For each column, the width at which nothing wraps, and the one below which words are cut."""
        wanted, least = [], []
        for index, name in enumerate(self._table.columns):
            regular, bold = self._type.regular, self._type.bold
            texts = [regular.drawable(row[index].text) for row in islice(self._table.rows, _SAMPLE)]
            head = bold.drawable(name)
            full = max(bold.width(head, _SIZE), max((regular.width(text, _SIZE) for text in texts), default=0.0))
            word = max(bold.longest_word(head, _SIZE), *(regular.longest_word(text, _SIZE) for text in texts))
            wanted.append(max(full, _LEAST_COLUMN) + 2 * _PAD)
            least.append(max(min(word, _WORD_AT_MOST), _LEAST_COLUMN) + 2 * _PAD)
        return wanted, least


def _shared(wanted: Sequence[float], least: Sequence[float], width: float) -> list[float]:
    """Each column what it wants if all fit; else narrow ones what they want and wide ones a share of the rest."""
    narrow = _narrow(wanted, width)
    floor = [full if index in narrow else word for index, (full, word) in enumerate(zip(wanted, least, strict=True))]
    if sum(floor) > width:
        floor = list(least)
    lacking = [full - had for full, had in zip(wanted, floor, strict=True)]
    share = min(1.0, (width - sum(floor)) / (sum(lacking) or 1.0))
    return [had + share * lack for had, lack in zip(floor, lacking, strict=True)]


def _narrow(wanted: Sequence[float], width: float) -> set[int]:
    """The columns that want no more than an equal share of what the narrower ones leave."""
    narrow: set[int] = set()
    left = width
    for place, index in enumerate(sorted(range(len(wanted)), key=lambda one: wanted[one])):
        if wanted[index] * (len(wanted) - place) > left:
            break
        narrow.add(index)
        left -= wanted[index]
    return narrow


def _height(cells: Sequence[_Cell]) -> float:
    return max(len(cell.lines) for cell in cells) * _LEADING + 2 * _PAD_ABOVE


def _lines_in(room: float) -> int:
    return int((room - 2 * _PAD_ABOVE) // _LEADING)
