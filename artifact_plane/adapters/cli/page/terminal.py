"""Blocks drawn with rich, for eyes: colour, wrapping to the width, tables that fit.

Imported only when something is shown on a terminal. Where ``NO_COLOR`` is set, or the terminal is a dumb one, no
escape code is written at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final, TextIO

import attrs
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from artifact_plane.adapters.cli.page.blocks import (
    Block,
    Branch,
    Document,
    Line,
    Listing,
    Paragraph,
    Style,
    inert_lines,
)

_STYLES: Final = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.QUIET: "dim",
    Style.NAME: "cyan",
    Style.KEPT: "green",
    Style.CACHED: "yellow",
    Style.DROPPED: "magenta",
    Style.ALARM: "bold red",
}
_GAP: Final = 2
_STRIPE: Final = 12


def console(stream: TextIO) -> Console:
    """A console that interprets nothing in what it prints: no markup, no emoji codes, no guesses."""
    return Console(
        file=stream,
        markup=False,
        emoji=False,
        highlight=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def paint(stream: TextIO, blocks: Iterable[Block]) -> None:
    """Draw the blocks on the terminal behind ``stream``."""
    target = console(stream)
    for block in blocks:
        target.print(_drawn(block, target.width))


def _drawn(block: Block, width: int) -> RenderableType:
    if isinstance(block, Paragraph):
        return Padding(_text(block.line), (0, 0, 0, block.indent))
    if isinstance(block, Listing):
        return Padding(_table(block, width - block.indent), (0, 0, 0, block.indent))
    if isinstance(block, Document):
        return Padding(_document(block), (0, 0, 0, block.indent))
    return _tree(block.root)


def _text(line: Line) -> Text:
    text = Text(overflow="fold")
    for span in line:
        text.append(span.text, style=_STYLES[span.style])
    return text


@attrs.define
class _Column:
    """A column on its way into a table."""

    heading: str
    cells: list[Text]

    @property
    def width(self) -> int:
        return max(len(self.heading), *(max(map(cell_len, cell.plain.split("\n"))) for cell in self.cells))

    def take(self, other: _Column) -> None:
        """Set another column's cells below this one's."""
        self.cells = [Text("\n").join(pair) for pair in zip(self.cells, other.cells, strict=True)]


def _table(listing: Listing, width: int) -> RenderableType:
    from rich.table import Table

    columns = _columns(listing, width)
    unbroken = _unbroken(columns, listing.whole, width)
    table = Table(box=None, show_header=bool(listing.headings), pad_edge=False, padding=(0, _GAP, 0, 0))
    for position, column in columns.items():
        heading = Text(column.heading, style="dim")
        table.add_column(heading, no_wrap=position in unbroken, overflow="fold")
    for row in zip(*(column.cells for column in columns.values()), strict=True):
        table.add_row(*row)
    return table


def _columns(listing: Listing, width: int) -> dict[int, _Column]:
    """The columns by their position, some moved below others where they do not all fit."""
    headings = listing.headings or ("",) * len(listing.rows[0])
    cells = zip(*([_text(cell) for cell in row] for row in listing.rows), strict=True)
    columns = {
        position: _Column(heading, list(column))
        for position, (heading, column) in enumerate(zip(headings, cells, strict=True))
    }
    for moved, host in listing.under:
        if sum(column.width + _GAP for column in columns.values()) - _GAP <= width:
            break
        columns[host].take(columns.pop(moved))
    return columns


def _unbroken(columns: dict[int, _Column], whole: tuple[int, ...], width: int) -> frozenset[int]:
    """The columns that can be shown whole: as many as fit beside a narrow stripe for each of the others."""
    others = sum(min(column.width, _STRIPE) for position, column in columns.items() if position not in whole)
    room = width - others - _GAP * len(columns)
    kept = set()
    for position in whole:
        if position in columns:
            room -= columns[position].width
            if room < 0:
                break
            kept.add(position)
    return frozenset(kept)


def _document(document: Document) -> RenderableType:
    text = Text(inert_lines(document.text), overflow="fold")
    if document.syntax == "json":
        from rich.highlighter import JSONHighlighter

        JSONHighlighter().highlight(text)
    return text


def _tree(root: Branch) -> RenderableType:
    from rich.tree import Tree

    top = Tree(_text(root.line), guide_style="dim")
    pending = [(root, top)]
    while pending:
        branch, drawn = pending.pop()
        pending += [(child, drawn.add(_text(child.line))) for child in branch.branches]
    return top
