"""Markdown as HTML: no raw HTML, no images, headings below those of the page."""

from __future__ import annotations

import re
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_BELOW: Final = 2
"""The page's own headings come first."""

_DEEPEST: Final = 6

_READER: Final = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable("table").disable("image")
)


_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(?P<facts>(?:(?!---).*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
"""Facts about the document, as YAML before it; to Markdown itself they would be a heading."""


def markdown_of(text: str) -> Markup:
    """The document as markup. The reader escapes all text and refuses addresses that would run something."""
    front = _FRONT_MATTER.match(text.replace("\r\n", "\n"))
    tokens = _READER.parse(f"~~~\n{front['facts']}~~~\n{front.string[front.end() :]}" if front else text)
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            above = [*(one for one in above if one < level), level]
        if token.type in ("heading_open", "heading_close"):
            token.tag = (
                f"h{min(len(above) + _BELOW, _DEEPEST)}"  # no level is left out, whatever the document's begin at
            )
        if token.type == "table_open":
            token.attrSet("tabindex", "0")  # a wide one scrolls by itself, by the keyboard too
        style = token.attrs.pop("style", None)  # how a column is aligned; the page's policy allows no inline style
        if style == "text-align:right":
            token.attrSet("class", "right")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noopener noreferrer nofollow")
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))  # noqa: S704 - it has escaped every text
