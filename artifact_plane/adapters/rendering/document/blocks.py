"""What a document is made of, whatever it is written as."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import attrs


class ValueKind(Enum):
    """What a value is to a reader: it decides alignment and tone."""

    TEXT = "text"
    NUMBER = "number"
    NONE = "none"
    CODE = "code"


@attrs.frozen
class Value:
    """A value in words, on one line."""

    text: str
    kind: ValueKind = ValueKind.TEXT


@attrs.frozen(kw_only=True)
class Title:
    """The document's name, and above it what kind of thing it is (or nothing)."""

    text: str
    kicker: str = ""


@attrs.frozen(kw_only=True)
class Heading:
    """The name of a section; ``level`` counts from 2 (the title is 1) to 6."""

    level: int
    text: str


@attrs.frozen(kw_only=True)
class Facts:
    """Names with their values."""

    pairs: tuple[tuple[str, Value], ...]


@attrs.frozen(kw_only=True)
class Bullets:
    """Values in a list; never empty."""

    items: tuple[Value, ...]


@attrs.frozen(kw_only=True)
class Table:
    """Rows of values, each as long as ``columns``; ``numeric`` says which columns hold numbers only."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    numeric: tuple[bool, ...]


@attrs.frozen(kw_only=True)
class Prose:
    """Paragraphs, each of one or more lines."""

    paragraphs: tuple[tuple[str, ...], ...]


@attrs.frozen(kw_only=True)
class Code:
    """JSON as text, where drawing stops going deeper."""

    text: str


Block: TypeAlias = Title | Heading | Facts | Bullets | Table | Prose | Code
