"""From blocks to the bytes of a PDF.

What the typeface lacks is shown as an empty box; text that runs from right to left is written in logical order.
"""

from __future__ import annotations

from collections.abc import Iterable

from artifact_plane.adapters.rendering.document.blocks import Block
from artifact_plane.adapters.rendering.document.pdf.layout import Layout
from artifact_plane.adapters.rendering.document.pdf.pages import PAGE_SIZES, Bookmark, Sheet
from artifact_plane.adapters.rendering.document.pdf.writer import typeface, write


def to_pdf(blocks: Iterable[Block], page: str) -> bytes:
    """The blocks on paper of the size ``page``, a key of ``PAGE_SIZES``.

    Raises:
        UnsupportedRendering: the extra is not installed.
    """
    width, height = PAGE_SIZES[page]
    layout = Layout(Sheet(width=width, height=height), typeface())
    layout.place(blocks)
    return write(layout.pages.pages, layout.pages.sheet, _title(layout))


def _title(layout: Layout) -> str:
    marks = (mark.text for page in layout.pages.pages for mark in page if isinstance(mark, Bookmark))
    return next(marks)
