"""Blocks as plain lines, for pipes and files: no colour, no wrapping, nothing cut, no trailing blanks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from artifact_plane.adapters.cli.page.blocks import Block, Branch, Document, Line, Listing, Paragraph, inert_lines

GAP = "  "


def lines(blocks: Iterable[Block], *, ascii_only: bool = False) -> Iterator[str]:
    """The lines of ``blocks``, without line ends; ``ascii_only`` draws trees without box characters."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield (" " * block.indent + text_of(block.line)).rstrip()
        elif isinstance(block, Listing):
            yield from _listing(block)
        elif isinstance(block, Document):
            yield from (" " * block.indent + row for row in inert_lines(block.text).split("\n"))
        else:
            yield from tree_lines(block.root, ascii_only=ascii_only)


def text_of(line: Line) -> str:
    """A line's words without their styles."""
    return "".join(span.text for span in line)


def _listing(listing: Listing) -> Iterator[str]:
    rows = [tuple(text_of(cell) for cell in row) for row in listing.rows]
    if listing.headings:
        rows.insert(0, listing.headings)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (" " * listing.indent + GAP.join(cells)).rstrip()


def tree_lines(root: Branch, *, ascii_only: bool = False) -> Iterator[str]:
    """The lines of a tree, without recursion: a lineage may be deeper than Python's stack."""
    fork, last, bar = ("|-- ", "`-- ", "|   ") if ascii_only else ("├── ", "└── ", "│   ")
    stack = [(root, "", "")]
    while stack:
        branch, lead, below = stack.pop()
        yield (lead + text_of(branch.line)).rstrip()
        for position, child in enumerate(reversed(branch.branches)):
            guides = (last, "    ") if position == 0 else (fork, bar)
            stack.append((child, below + guides[0], below + guides[1]))
