"""The SQL of this adapter, read once from its files, and how it is carried out.

In the files ?1 is the tenant's number unless a comment says otherwise; ``carray(?)`` is a list that is bound as one
value, and CROSS JOIN makes SQLite go through it first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

from artifact_plane.adapters.codec.statements import statements_in

Binding: TypeAlias = "apsw.CArrayBinding | bytes | int | str | None"
Row: TypeAlias = tuple[Any, ...]
"""A row as SQLite gives it: what its columns are is known to the statement alone."""

_FOLDER: Final = Path(__file__).with_name("queries")


@cache
def schema(name: str) -> str:
    """The text of one of the files that make tables."""
    return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")


@cache
def statement(name: str) -> str:
    """The statement with that name in the files of ``queries/``; see ``codec.statements``."""
    return statements()[name]


@cache
def statements() -> Mapping[str, str]:
    """All of them, each on one line: SQLite's cache of statements compares the text."""
    return {name: " ".join(text.split()) for name, text in statements_in(_FOLDER).items()}


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
