"""Markdown: the tree of its sections, and what is in it, by markdown-it's tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Final

import attrs
from markdown_it import MarkdownIt
from markdown_it.token import Token

from artifact_plane.adapters.realms.tabular.table import printable_text
from artifact_plane.domain.model.json import Json, JsonObject

MAX_LISTED: Final = 500
"""How many headings, and how many lists, tables and code blocks, are described one by one."""

_TITLE_CHARACTERS: Final = 200
_LINK: Final = re.compile(r"(!?)\[[^\[\]]*\]\(\s*<?([^()\s<>]+)|<(https?://[^<>\s]+)>")
_MARKUP: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*`]+|</?[A-Za-z][^<>]*>")
_FRONT_MATTER_END: Final = ("---", "...")


@attrs.define
class Section:
    """A heading and what it heads: its own words (without those of its subsections) and its subsections."""

    title: str
    level: int
    line: int
    words: int = 0
    sections: list[Section] = attrs.field(factory=list)

    def json(self) -> JsonObject:
        """The section as it stands in a payload; headings have six levels, so this goes no deeper."""
        return {
            "title": self.title,
            "level": self.level,
            "line": self.line,
            "words": self.words,
            "sections": [section.json() for section in self.sections],
        }


def markdown_structure(text: str) -> dict[str, Json]:
    """The structure of a Markdown document (CommonMark and tables) as it stands in a payload."""
    body, skipped = _without_front_matter(text)
    tokens = _block_tokens(body)
    headings = list(_headings(tokens, skipped))
    contents = [token.content for token in tokens if token.type == "inline"]
    links = [match for content in contents for match in _LINK.finditer(content)]
    structure: dict[str, Json] = {
        "headings": [{"level": one.level, "text": one.title, "line": one.line} for one in headings[:MAX_LISTED]],
        "sections": [section.json() for section in _tree(headings[:MAX_LISTED], tokens, skipped)],
        "lists": list(islice(_lists(tokens, skipped), MAX_LISTED)),
        "tables": list(islice(_tables(tokens, skipped), MAX_LISTED)),
        "code_blocks": list(islice(_code_blocks(tokens, skipped), MAX_LISTED)),
        "links": _count_links(links),
        "counts": _counts(tokens),
    }
    if skipped:
        structure["front_matter"] = {"lines": skipped}
    if len(headings) > MAX_LISTED:
        structure["truncated"] = True
    return structure


def _without_front_matter(text: str) -> tuple[str, int]:
    """The text without a block of settings at its beginning, and how many lines that has."""
    if not text.startswith(("---\n", "---\r\n")):
        return text, 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() in _FRONT_MATTER_END:
            return "".join(lines[number:]), number
    return text, 0


def _block_tokens(text: str) -> list[Token]:
    # Inline markup is left unparsed: it is not needed, and its worst case grows with the square of a paragraph.
    parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
    return parser.parse(text)


def _headings(tokens: Sequence[Token], skipped: int) -> Iterator[Section]:
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            title = printable_text(_MARKUP.sub(r"\1", content.content), _TITLE_CHARACTERS)
            yield Section(title=title, level=int(token.tag[1:]), line=_line(token, skipped))


def _tree(headings: Sequence[Section], tokens: Sequence[Token], skipped: int) -> list[Section]:
    """The headings as a tree, each with the words that follow it before the next."""
    _share_words(headings, tokens, skipped)
    root = Section(title="", level=0, line=0)
    path = [root]
    for heading in headings:
        while path[-1].level >= heading.level:
            path.pop()
        path[-1].sections.append(heading)
        path.append(heading)
    return root.sections


def _share_words(headings: Sequence[Section], tokens: Sequence[Token], skipped: int) -> None:
    ahead = iter(headings)
    following, current = next(ahead, None), None
    for token in tokens:
        line = _line(token, skipped)
        while following is not None and token.map and line >= following.line:
            current, following = following, next(ahead, None)
        if current is not None and token.type in ("inline", "fence", "code_block"):
            current.words += len(token.content.split())


def _lists(tokens: Sequence[Token], skipped: int) -> Iterator[JsonObject]:
    """Each list with the number of its own items."""
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            items = _within(tokens, index, "list_item_open", token.level + 1)
            yield {"line": _line(token, skipped), "ordered": token.tag == "ol", "items": len(items)}


def _tables(tokens: Sequence[Token], skipped: int) -> Iterator[JsonObject]:
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            columns = len(_within(tokens, index, "th_open", token.level + 3))
            rows = len(_within(tokens, index, "tr_open", token.level + 2)) - 1
            yield {"line": _line(token, skipped), "rows": rows, "columns": columns}


def _within(tokens: Sequence[Token], opening: int, kind: str, level: int) -> list[Token]:
    """The tokens of a kind and level up to the end of the block that opens at an index."""
    found: list[Token] = []
    for token in islice(tokens, opening + 1, None):
        if token.level == tokens[opening].level:
            break
        if token.type == kind and token.level == level:
            found.append(token)
    return found


def _code_blocks(tokens: Sequence[Token], skipped: int) -> Iterator[JsonObject]:
    for token in tokens:
        if token.type in ("fence", "code_block"):
            language = printable_text((token.info.split() or [""])[0], 40)
            yield {"line": _line(token, skipped), "language": language, "lines": token.content.count("\n")}


def _count_links(links: Sequence[re.Match[str]]) -> JsonObject:
    images = sum(match[1] == "!" for match in links)
    external = sum((match[2] or match[3] or "").startswith(("http://", "https://")) for match in links)
    return {"count": len(links) - images, "images": images, "external": external, "internal": len(links) - external}


def _counts(tokens: Sequence[Token]) -> JsonObject:
    kinds = {
        "headings": "heading_open",
        "paragraphs": "paragraph_open",
        "list_items": "list_item_open",
        "tables": "table_open",
        "code_blocks": "fence",
        "quotes": "blockquote_open",
        "rules": "hr",
    }
    types = [token.type for token in tokens]
    return {name: types.count(kind) for name, kind in kinds.items()}


def _line(token: Token, skipped: int) -> int:
    return (token.map[0] if token.map else 0) + 1 + skipped
