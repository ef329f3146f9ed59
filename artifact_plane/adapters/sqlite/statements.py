"""The SQL of this adapter, read once from its files, and how it is carried out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

Binding: TypeAlias = "apsw.CArrayBinding | bytes | int | str | None"
Row: TypeAlias = tuple[Any, ...]
"""A row as SQLite gives it: what its columns are is known to the statement alone."""

_HEADING: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def schema(name: str) -> str:
    """The text of one of this package's SQL files."""
    return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")


@cache
def statement(name: str) -> str:
    """The statement with that name, of ``queries.sql`` or ``record_archive.sql``."""
    return _statements()[name]


def select(connection: apsw.Connection, name: str, *values: Binding) -> list[Row]:
    """Carry out the statement ``name`` and fetch all its rows; nothing of it stays open."""
    return connection.execute(statement(name), values).fetchall()


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that may write: all that is done inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    with ExitStack() as undo:
        undo.callback(roll_back, connection)
        yield
        connection.execute("COMMIT")
        undo.pop_all()


@contextmanager
def snapshot(connection: apsw.Connection) -> Iterator[None]:
    """Several questions to one state of the database; not for long."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        roll_back(connection)


def roll_back(connection: apsw.Connection) -> None:
    """End a transaction that failed; SQLite may have ended it by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@cache
def _statements() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in ("queries", "record_archive"):
        _, *found = _HEADING.split(schema(file))
        texts.update(zip(found[::2], found[1::2], strict=True))
    return {name: _plain(text) for name, text in texts.items()}


def _plain(text: str) -> str:
    """The statement without its comments, on one line: SQLite's cache of statements compares the text."""
    lines = (line.partition("--")[0].strip() for line in text.splitlines())
    return " ".join(line for line in lines if line)
