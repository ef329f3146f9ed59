"""Reads a Markdown document into its numbered items, each with what stands above and beneath it.

CommonMark by markdown-it-py: code blocks, HTML and tables hold no items. What many handbooks use beyond it
(front matter, admonitions) is made readable first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import attrs
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from artifact_plane.adapters.realms.journey.handbook import plain_markdown
from artifact_plane.adapters.realms.journey.process import MAX_STEPS
from artifact_plane.adapters.realms.prose import one_line
from artifact_plane.ports.realm import RefusedInput

MAX_NESTING: Final = 100
"""How many levels lists and quotations may be nested (a list and its item are one level each)."""

_MAX_TOKENS: Final = 200_000
_MAX_INLINE: Final = 4_000
_MAX_DETAILS: Final = 12
_MAX_HEADINGS: Final = 6

_ATTRIBUTES: Final = re.compile(r"\{:[^{}]*\}")
_CHECKBOX: Final = re.compile(r"\[[ xX]\][ \t]+")


@attrs.frozen(kw_only=True)
class Prose:
    """A paragraph as plain lines; ``lead`` is the text in bold that it begins with."""

    lines: tuple[str, ...]
    lead: str | None = None

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(self.lines)


@attrs.frozen(kw_only=True)
class Item:
    """One numbered item. ``parent`` is the position of the item that contains it, ``line`` counts from 1."""

    number: int
    prose: Prose
    details: tuple[Prose, ...]
    headings: tuple[str, ...]
    parent: int | None
    line: int


@attrs.frozen(kw_only=True)
class Document:
    """The items in order of the text, and what the text around them says.

    ``loose`` are the paragraphs and bullets outside every numbered item, under their headings.
    """

    fields: Mapping[str, str]
    headings: tuple[tuple[int, str], ...]
    items: tuple[Item, ...]
    loose: tuple[tuple[tuple[str, ...], Prose], ...]


def read_markdown(text: str, where: str, checkpoint: Callable[[], None]) -> Document:
    """The items of ``text``; ``where`` names the attachment in errors.

    Raises:
        RefusedInput: it is nested too deeply, or has too many paragraphs or numbered items.
    """
    source, fields = plain_markdown(text)
    checkpoint()
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.block.ruler.before("code", "bounds", _bounds(where, checkpoint))
    environment: dict[str, object] = {}
    # Inline text is parsed item by item, cut to a bounded length: it is the slow part.
    tokens = parser.disable("inline").parse(source, environment)
    checkpoint()
    walk = _Walk(where, _Inline(environment))
    for token in tokens:
        walk.take(token)
    return Document(
        fields=fields, headings=tuple(walk.all_headings), items=tuple(walk.finished()), loose=tuple(walk.loose)
    )


def _bounds(where: str, checkpoint: Callable[[], None]) -> Callable[[StateBlock, int, int, bool], bool]:
    """A block rule that matches nothing: it ends the parsing of a document that is abandoned or too large."""

    def rule(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        checkpoint()
        if len(state.tokens) > _MAX_TOKENS:
            raise RefusedInput(
                "there are too many paragraphs and items",
                where=f"{where}, line {line + 1}",
                remedy="attach a part of it",
            )
        return False

    return rule


class _Inline:
    """Turns inline Markdown into plain text."""

    def __init__(self, environment: dict[str, object]) -> None:
        self._parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
        self._environment = environment

    def prose(self, raw: str) -> Prose:
        parsed = self._parser.parseInline(raw[:_MAX_INLINE], self._environment)
        children = parsed[0].children or []
        plain = _ATTRIBUTES.sub("", "".join(_plain(child) for child in children))
        lines = (one_line(line, _MAX_INLINE) for line in _CHECKBOX.sub("", plain, count=1).split("\n"))
        return Prose(lines=tuple(line for line in lines if line), lead=_lead(children))


def _plain(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return "" if token.type == "html_inline" else token.content


def _lead(children: Sequence[Token]) -> str | None:
    solid = [child for child in children if child.type != "text" or child.content.strip()]
    if not solid or solid[0].type != "strong_open":
        return None
    closed = next((index for index, child in enumerate(solid) if child.type == "strong_close"), len(solid))
    return one_line("".join(_plain(child) for child in solid[1:closed])) or None


@attrs.define
class _OpenItem:
    """A list item while the walk is in it; a bullet has no position among the numbered items."""

    position: int | None
    line: int = 0
    number: int = 0
    parent: int | None = None
    headings: tuple[str, ...] = ()
    prose: Prose | None = None
    details: list[Prose] = attrs.Factory(list)


class _Walk:
    """One pass over the block tokens."""

    def __init__(self, where: str, inline: _Inline) -> None:
        self._where = where
        self._inline = inline
        self._open: list[_OpenItem] = []
        self._lists: list[_NumberedList | None] = []
        self._numbered: list[_OpenItem] = []
        self._headings: list[tuple[int, str]] = []
        self._heading_level: int | None = None
        self.all_headings: list[tuple[int, str]] = []
        self.loose: list[tuple[tuple[str, ...], Prose]] = []

    def take(self, token: Token) -> None:
        handle = _HANDLERS.get(token.type)
        if handle is not None:
            handle(self, token)

    def finished(self) -> Iterator[Item]:
        for item in self._numbered:
            yield Item(
                number=item.number,
                prose=item.prose or Prose(lines=()),
                details=tuple(item.details),
                headings=item.headings,
                parent=item.parent,
                line=item.line,
            )

    def open_list(self, token: Token) -> None:
        self._lists.append(_NumberedList(token) if token.type == "ordered_list_open" else None)

    def close_list(self, token: Token) -> None:
        self._lists.pop()

    def open_item(self, token: Token) -> None:
        self._refuse_depth(token)
        numbered = self._lists[-1]
        if numbered is None:
            self._open.append(_OpenItem(position=None))
            return
        if len(self._numbered) >= MAX_STEPS:
            raise self._refused(f"there are more than {MAX_STEPS} numbered items", token, "attach a part of it")
        item = _OpenItem(
            position=len(self._numbered),
            line=_line(token),
            number=numbered.take(token),
            parent=self._enclosing(),
            headings=self._path(),
        )
        self._numbered.append(item)
        self._open.append(item)

    def close_item(self, token: Token) -> None:
        self._open.pop()

    def open_quotation(self, token: Token) -> None:
        self._refuse_depth(token)

    def open_heading(self, token: Token) -> None:
        self._heading_level = None if self._open else int(token.tag[1:])

    def text(self, token: Token) -> None:
        if self._heading_level is not None:
            self._take_heading(token)
            return
        enclosing = self._enclosing()
        if enclosing is None:
            self.loose.append((self._path(), self._inline.prose(token.content)))
            return
        self._take_item_text(self._numbered[enclosing], token)

    def _take_item_text(self, item: _OpenItem, token: Token) -> None:
        if item.prose is None and self._open[-1] is item:
            item.prose = self._inline.prose(token.content)
        elif len(item.details) < _MAX_DETAILS:
            item.details.append(self._inline.prose(token.content))

    def _take_heading(self, token: Token) -> None:
        level = self._heading_level or 1
        self._heading_level = None
        text = self._inline.prose(token.content).text
        self._headings = [*((one, name) for one, name in self._headings if one < level), (level, text)]
        self.all_headings.append((level, text))

    def _path(self) -> tuple[str, ...]:
        return tuple(name for _, name in self._headings[-_MAX_HEADINGS:])

    def _enclosing(self) -> int | None:
        return next((item.position for item in reversed(self._open) if item.position is not None), None)

    def _refuse_depth(self, token: Token) -> None:
        if token.level + 1 >= MAX_NESTING:
            message = f"lists and quotations are nested deeper than {MAX_NESTING} levels"
            raise self._refused(message, token, "make the document flatter")

    def _refused(self, message: str, token: Token, remedy: str) -> RefusedInput:
        return RefusedInput(message, where=f"{self._where}, line {_line(token)}", remedy=remedy)


class _NumberedList:
    """Tells an item's number as a reader sees it.

    A list in which every item says ``1.`` is shown counted on; one that says 4, 5, 7 means what it says.
    """

    def __init__(self, token: Token) -> None:
        self._last = int(token.attrs.get("start", 1)) - 1

    def take(self, token: Token) -> int:
        written = int(token.info or 0)
        self._last = written if written > self._last else self._last + 1
        return self._last


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


_HANDLERS: Final[Mapping[str, Callable[[_Walk, Token], None]]] = {
    "ordered_list_open": _Walk.open_list,
    "bullet_list_open": _Walk.open_list,
    "ordered_list_close": _Walk.close_list,
    "bullet_list_close": _Walk.close_list,
    "list_item_open": _Walk.open_item,
    "list_item_close": _Walk.close_item,
    "blockquote_open": _Walk.open_quotation,
    "heading_open": _Walk.open_heading,
    "inline": _Walk.text,
}
