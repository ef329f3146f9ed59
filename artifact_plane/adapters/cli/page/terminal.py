"""Blocks drawn with rich, for eyes: colour, wrapping to the width, tables that fit.

Imported only when something is shown on a terminal. Where ``NO_COLOR`` is set, or the terminal is a dumb one, no
escape code is written at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final, TextIO

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
    Span,
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


def _table(listing: Listing, width: int) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, show_header=bool(listing.headings), pad_edge=False, padding=(0, _GAP, 0, 0))
    widths = _natural_widths(listing)
    unbroken = _unbroken(listing, widths, width)
    for position in range(len(widths)):
        heading = Text(listing.headings[position] if listing.headings else "", style="dim")
        table.add_column(heading, no_wrap=position in unbroken, overflow="fold")
    for row in listing.rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _natural_widths(listing: Listing) -> list[int]:
    rows = (
        [*listing.rows, tuple((Span(heading),) for heading in listing.headings)] if listing.headings else listing.rows
    )
    return [max(_text(cell).cell_len for cell in column) for column in zip(*rows, strict=True)]


def _unbroken(listing: Listing, widths: list[int], width: int) -> frozenset[int]:
    """The columns that can be shown whole: as many as fit beside a narrow stripe for each of the others."""
    others = sum(min(one, _STRIPE) for position, one in enumerate(widths) if position not in listing.whole)
    room = width - others - _GAP * len(widths)
    kept = set()
    for position in listing.whole:
        room -= widths[position]
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
