"""Markdown as HTML: no raw HTML, no images, headings below those of the page."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_BELOW: Final = 2
"""The page's own headings come first."""

_READER: Final = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable("table").disable("image")
)


def markdown_of(text: str) -> Markup:
    """The document as markup. The reader escapes all text and refuses addresses that would run something."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _BELOW, 6)}"
        if token.type == "table_open":
            token.attrSet("tabindex", "0")  # a wide one scrolls by itself, by the keyboard too
        style = token.attrs.pop("style", None)  # how a column is aligned; the page's policy allows no inline style
        if style == "text-align:right":
            token.attrSet("class", "right")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noopener noreferrer nofollow")
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))  # noqa: S704 - it has escaped every text
