"""A table as a sequence of batches: what every format is read into."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import ClassVar, Final

import attrs

from artifact_plane.ports.realm import RefusedInput

MAX_COLUMNS: Final = 16_384
"""How many columns a table may have."""

MAX_NAME_CHARACTERS: Final = 256
"""How long a column's name may be."""


class Batch(ABC):
    """Some rows that follow one another. A row may lack cells, which is as if they were empty."""

    names: Sequence[str]
    """The names of all columns so far."""

    places: Sequence[int]
    """The place of each row (see ``Table.place``)."""

    @abstractmethod
    def columns(self) -> Iterable[tuple[int, Sequence[str], Sequence[int]]]:
        """Of each column that has cells here: its index, the cells, and the place of each."""

    @abstractmethod
    def column(self, index: int) -> Sequence[str]:
        """The cells of one column, in order."""

    @abstractmethod
    def row(self, index: int) -> Sequence[str]:
        """The cells of one row, perhaps without the last ones."""

    @abstractmethod
    def keys(self) -> Iterable[Hashable]:
        """For each row a value that is equal for rows with equal cells, in other batches too."""


@attrs.frozen(kw_only=True)
class FullBatch(Batch):
    """Rows of which none lacks a cell, as tuples of text: the garbage collector passes over these."""

    names: Sequence[str]
    places: Sequence[int]
    rows: Sequence[tuple[str, ...]]

    def columns(self) -> Iterable[tuple[int, Sequence[str], Sequence[int]]]:
        # Not zip(*rows): its iterators, one a row, bring about full collections, which hold up every thread.
        return ((index, self.column(index), self.places) for index in range(len(self.names)))

    def column(self, index: int) -> Sequence[str]:
        return [row[index] for row in self.rows]

    def row(self, index: int) -> Sequence[str]:
        return self.rows[index]

    def keys(self) -> Iterable[Hashable]:
        return self.rows


@attrs.frozen(kw_only=True)
class Renamed:
    """A column that was given a name, because its own was empty or taken; columns count from 1."""

    column: int
    name: str
    reason: str


class Table(ABC):
    """Rows of text cells, read as a stream; reading blocks."""

    place: ClassVar[str]
    """What the places of rows count: ``line`` or ``record``, from 1."""

    columns: ColumnNames
    """The names and what became of them; complete when ``batches`` has ended."""

    size: int
    """The number of bytes, known when ``batches`` has ended."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is, as the beginning of a title."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Read the table from its beginning, in bounded memory; there is at least one batch, maybe without rows.

        Names may be added at the end from one batch to the next.

        Raises:
            RefusedInput: it is malformed; rows before the place may have been given already.
        """


class ColumnNames:
    """The names of a table's columns: printable, not empty, each used once."""

    def __init__(self, attachment: str, place: str) -> None:
        self.names: list[str] = []
        self.renamed: list[Renamed] = []
        self._attachment = attachment
        self._place = place
        self._taken: set[str] = set()

    def add(self, given: str, place: int) -> None:
        """Take in the next column's name: an empty one becomes ``column N``, a repeated one ``name (2)``.

        Raises:
            RefusedInput: the name is too long, or there are too many columns.
        """
        column = len(self.names) + 1
        self._refuse_excess(given, column, place)
        name = printable_text(given) or f"column {column}"
        unique = self._free(name)
        if unique != name or not given.strip():
            reason = "empty" if not given.strip() else "repeated"
            self.renamed.append(Renamed(column=column, name=unique, reason=reason))
        self._taken.add(unique)
        self.names.append(unique)

    def _refuse_excess(self, given: str, column: int, place: int) -> None:
        where = f"attachment '{self._attachment}', {self._place} {place}, column {column}"
        if column > MAX_COLUMNS:
            raise RefusedInput(f"there are more than {MAX_COLUMNS} columns", where=where, remedy="split the table")
        if len(given) > MAX_NAME_CHARACTERS:
            raise RefusedInput(
                f"the column's name is longer than {MAX_NAME_CHARACTERS} characters",
                where=where,
                remedy="shorten it, or put a line of column names first",
            )

    def _free(self, name: str) -> str:
        """``name``, or where it is taken ``name (2)``, ``name (3)`` …"""
        number, free = 1, name
        while free in self._taken:
            number += 1
            free = f"{name} ({number})"
        return free


def printable_text(text: str, limit: int = MAX_NAME_CHARACTERS) -> str:
    """``text`` in one line without control characters, cut at ``limit`` characters."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    if not shown.isprintable():
        shown = "".join(letter if letter.isprintable() else " " for letter in shown)
    return " ".join(shown.split())
