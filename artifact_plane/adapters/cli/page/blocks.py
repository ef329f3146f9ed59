"""Blocks of a page: paragraphs, listings, trees and documents, made of spans with a meaning instead of a colour.

Every text that becomes a span is made inert: what users and realms wrote can move no cursor, set no title and
reverse no line (X06).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, TypeAlias

import attrs

_ACTIVE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, escape among them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks
    "\u2028\u2029\ufeff\ud800-\udfff]"  # line separators, byte order mark, halves of a character
)


def inert(text: str) -> str:
    r"""``text`` on one line, with every character that a terminal would act on written as ``\x1b`` or ``\u202e``."""
    return _ACTIVE.sub(_escaped, text)


def inert_lines(text: str) -> str:
    """As ``inert``, but line feeds and tabs are left: for documents of several lines."""
    return _ACTIVE.sub(lambda match: match[0] if match[0] in "\n\t" else _escaped(match), text)


def json_escaped(text: str) -> str:
    """A JSON text whose strings hold no character that a terminal would act on: the same JSON, escaped."""
    if text.isascii() and "\x7f" not in text:
        return text  # control characters are escaped in any JSON
    return _ACTIVE.sub(lambda match: match[0] if match[0] in "\n\t" else f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Style(Enum):
    """What a span means; a terminal may give it a colour, a pipe shows the words alone."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"
    NAME = "name"
    KEPT = "kept"
    CACHED = "cached"
    DROPPED = "dropped"
    ALARM = "alarm"


@attrs.frozen
class Span:
    """A piece of text, made inert, and what it means."""

    text: str = attrs.field(converter=inert)
    style: Style = Style.PLAIN


Line: TypeAlias = tuple[Span, ...]


def line(*parts: Span | str) -> Line:
    """A line of spans and plain texts, written one after the other."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def strong(text: str) -> Span:
    """A heading or a name that the eye should find first."""
    return Span(text, Style.STRONG)


def quiet(text: str) -> Span:
    """What matters less than the rest."""
    return Span(text, Style.QUIET)


def name(text: str) -> Span:
    """An id or a command: something to copy."""
    return Span(text, Style.NAME)


@attrs.frozen
class Paragraph:
    """One line of text, wrapped where a terminal is too narrow; ``indent`` counts columns."""

    line: Line
    indent: int = 0


@attrs.frozen
class Listing:
    """Rows in columns. Without ``headings`` none is shown.

    Where a terminal is too narrow, the first column of each pair in ``under`` moves below the second one, pair by
    pair until the rest fits. Columns in ``whole`` are not broken, the first of them last of all.
    """

    rows: tuple[tuple[Line, ...], ...]
    headings: tuple[str, ...] = ()
    whole: tuple[int, ...] = (0,)
    under: tuple[tuple[int, int], ...] = ()
    indent: int = 0


@attrs.define(eq=False)
class Branch:
    """A line and what hangs under it."""

    line: Line
    branches: list[Branch] = attrs.field(factory=list)


@attrs.frozen
class Tree:
    """A tree, drawn from its root."""

    root: Branch


@attrs.frozen
class Document:
    """Text of several lines, shown as it is; ``syntax`` names a language that a terminal may colour."""

    text: str
    syntax: str | None = None
    indent: int = 0


BLANK: Final = Paragraph(())

Block: TypeAlias = Paragraph | Listing | Tree | Document
