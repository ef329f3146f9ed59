"""From blocks to pages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatchmethod
from typing import Final

from artifact_plane.adapters.rendering.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Prose,
    Table,
    Title,
    Value,
    ValueKind,
)
from artifact_plane.adapters.rendering.document.pdf.pages import (
    ACCENT,
    BAND,
    INK,
    LINE,
    SOFT,
    Bookmark,
    BoxMark,
    Pages,
    Sheet,
    TextMark,
)
from artifact_plane.adapters.rendering.document.pdf.table import TableLayout
from artifact_plane.adapters.rendering.document.pdf.type import Typeface

BODY: Final = 10.0
LEADING: Final = 14.5
_HEADINGS: Final = {2: (15.0, 20.0), 3: (12.0, 14.0), 4: (10.5, 11.0), 5: (10.0, 9.0), 6: (10.0, 8.0)}
_NAME_SHARE: Final = 0.3
_INDENT: Final = 12.0
_KEEP_WITH_HEADING: Final = 64.0


class Layout:
    """Lays out one document; ``pages`` holds the result."""

    def __init__(self, sheet: Sheet, typeface: Typeface) -> None:
        self.pages = Pages(sheet)
        self._type = typeface

    def place(self, blocks: Iterable[Block]) -> None:
        """Place the blocks one after another."""
        for block in blocks:
            self._place(block)

    @singledispatchmethod
    def _place(self, block: object) -> None:
        raise TypeError(f"{type(block).__name__} is no block of a document")

    @_place.register
    def _(self, block: Title) -> None:
        if block.kicker:
            self._lines(block.kicker.upper(), 8.5, 14.0, bold=True, colour=ACCENT)
        self.pages.put(Bookmark(y=self.pages.y, text=block.text, level=0))
        self._lines(block.text, 20.0, 26.0, bold=True)
        self.pages.y += 6
        self._rule(ACCENT, 2.0)
        self.pages.y += 16

    @_place.register
    def _(self, block: Heading) -> None:
        size, space = _HEADINGS[block.level]
        self.pages.skip(space)
        self.pages.need(_KEEP_WITH_HEADING)
        self.pages.put(Bookmark(y=self.pages.y, text=block.text, level=block.level - 1))
        self._lines(block.text, size, size * 1.3, bold=True, colour=INK if block.level < 5 else SOFT)
        self.pages.y += 4

    @_place.register
    def _(self, block: Prose) -> None:
        for paragraph in block.paragraphs:
            for line in paragraph:
                self._lines(line, BODY, LEADING)
            self.pages.y += 8

    @_place.register
    def _(self, block: Bullets) -> None:
        for item in block.items:
            self.pages.need(LEADING)
            mark = TextMark(x=self.pages.left + 1, y=self.pages.y + BODY, text="•", size=BODY, colour=ACCENT)
            self.pages.put(mark)
            self._lines(item.text, BODY, LEADING, indent=_INDENT, colour=_colour(item))
        self.pages.y += 7

    @_place.register
    def _(self, block: Facts) -> None:
        for name, value in block.pairs:
            self._fact(name, value)
        self.pages.y += 8

    @_place.register
    def _(self, block: Code) -> None:
        face = self._type.regular
        for line in face.wrap(face.drawable(block.text), self.pages.sheet.text_width - 16, 8.5):
            self.pages.need(12.0)
            box = BoxMark(
                x=self.pages.left, y=self.pages.y, width=self.pages.sheet.text_width, height=12.0, colour=BAND
            )
            self.pages.put(box)
            self.pages.put(TextMark(x=self.pages.left + 8, y=self.pages.y + 8.7, text=line, size=8.5))
            self.pages.y += 12.0
        self.pages.y += 8

    @_place.register
    def _(self, block: Table) -> None:
        layout = TableLayout(block, self.pages.sheet.text_width, self._type)
        if layout.fits:
            layout.place(self.pages)
        else:
            self._records(block)
        self.pages.y += 10

    def _records(self, block: Table) -> None:
        # Too many columns for the paper: each row becomes a list of its own.
        for number, row in enumerate(block.rows, start=1):
            self.pages.skip(6)
            self.pages.need(_KEEP_WITH_HEADING)
            self._lines(f"Row {number}", BODY, LEADING, bold=True, colour=SOFT)
            for name, value in zip(block.columns, row, strict=True):
                self._fact(name, value)

    def _fact(self, name: str, value: Value) -> None:
        width = self.pages.sheet.text_width
        regular = self._type.regular
        names = regular.wrap(regular.drawable(name), width * _NAME_SHARE - 8, BODY)
        values = regular.wrap(regular.drawable(value.text), width * (1 - _NAME_SHARE), BODY)
        self.pages.need(min(len(values), 4) * LEADING + 5)
        for index in range(max(len(names), len(values))):
            self.pages.need(LEADING)
            self._piece(names, index, self.pages.left, SOFT)
            self._piece(values, index, self.pages.left + width * _NAME_SHARE, _colour(value))
            self.pages.y += LEADING
        self.pages.y += 2
        self._rule(LINE, 0.6)
        self.pages.y += 3

    def _piece(self, lines: list[str], index: int, x: float, colour: str) -> None:
        if index < len(lines):
            self.pages.put(TextMark(x=x, y=self.pages.y + BODY, text=lines[index], size=BODY, colour=colour))

    def _lines(
        self, text: str, size: float, leading: float, *, bold: bool = False, colour: str = INK, indent: float = 0.0
    ) -> None:
        face = self._type.face(bold)
        for line in face.wrap(face.drawable(text), self.pages.sheet.text_width - indent, size):
            self.pages.need(leading)
            mark = TextMark(
                x=self.pages.left + indent, y=self.pages.y + size, text=line, size=size, bold=bold, colour=colour
            )
            self.pages.put(mark)
            self.pages.y += leading

    def _rule(self, colour: str, height: float) -> None:
        rule = BoxMark(
            x=self.pages.left, y=self.pages.y, width=self.pages.sheet.text_width, height=height, colour=colour
        )
        self.pages.put(rule)
        self.pages.y += height


def _colour(value: Value) -> str:
    return SOFT if value.kind is ValueKind.NONE else INK
