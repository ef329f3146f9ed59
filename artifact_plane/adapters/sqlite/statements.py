"""The SQL of this adapter, read once from ``schema.sql`` and ``queries.sql``."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

import apsw

Binding: TypeAlias = "apsw.CArrayBinding | bytes | int | str | None"
Row: TypeAlias = tuple[Any, ...]
"""A row as SQLite gives it: what its columns are is known to the statement alone."""

_HEADING: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def schema(name: str) -> str:
    """The text of one of this package's SQL files."""
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name: str) -> str:
    """The statement of ``queries.sql`` with that name."""
    return _statements()[name]


def select(connection: apsw.Connection, name: str, *values: Binding) -> list[Row]:
    """Carry out the statement ``name`` and fetch all its rows; nothing of it stays open."""
    return connection.execute(statement(name), values).fetchall()


@cache
def _statements() -> dict[str, str]:
    _, *found = _HEADING.split(schema("queries"))
    texts = dict(zip(found[::2], found[1::2], strict=True))
    return {name: _plain(text) for name, text in texts.items()}


def _plain(text: str) -> str:
    """The statement without its comments, on one line: SQLite's cache of statements compares the text."""
    lines = (line.partition("--")[0].strip() for line in text.splitlines())
    return " ".join(line for line in lines if line)
