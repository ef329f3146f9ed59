"""One pass over a table: every column's content, and an even sample of whole rows for what takes several columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.realms.tabular.column import MAX_VALUE_CHARACTERS, Column
from artifact_plane.adapters.realms.tabular.table import Batch, Table

CELLS_KEPT: Final = 150_000
"""About how many cells of a table are held at a time, whatever its size; the columns share them."""

MAX_SAMPLE_ROWS: Final = 10_000
"""A table of no more rows (and not too many columns) is its own sample."""

_MAX_DISTINCT: Final = 10_000
_MAX_FREQUENCIES: Final = 64
_LEAST: Final = 15
_WORD: Final = 2**64 - 1


def room_for(columns: int, most: int) -> int:
    """How many items a column may keep in a table of so many columns, ``most`` at most."""
    return max(_LEAST, min(most, CELLS_KEPT // max(1, columns)))


Observer: TypeAlias = Callable[[Batch], None]
"""What is shown every batch of a table as it is read."""


class RowSample:
    """A sample of rows, the same for the same number of rows: each is kept or not by a scramble of its number.

    When there are too many, the half with the higher scrambles is dropped, and from then on only rows with a
    lower one are taken. Every row has the same chance, wherever it stands and whatever the period of the data.
    """

    def __init__(self) -> None:
        # Plain tuples of text, which the garbage collector passes over: 10,000 lists would hold up every thread.
        self.rows: list[tuple[str, ...]] = []
        self.seen = 0
        self._numbers: list[int] = []
        self._below = _WORD + 1

    @property
    def is_whole(self) -> bool:
        """Whether no row was left out."""
        return len(self.rows) == self.seen

    def add(self, batch: Batch) -> None:
        """Take in some rows; long cells are cut."""
        room = room_for(len(batch.names), MAX_SAMPLE_ROWS)
        for begin in range(0, len(batch.places), room):
            self._take(batch, range(begin, min(begin + room, len(batch.places))))
            self._halve(room)
        self.seen += len(batch.places)

    def _take(self, batch: Batch, indexes: Sequence[int]) -> None:
        first, below = self.seen, self._below
        if below <= _WORD:
            indexes = [index for index in indexes if _scramble(first + index) < below]
        self.rows.extend(tuple([_cut(cell) for cell in batch.row(index)]) for index in indexes)
        self._numbers.extend(first + index for index in indexes)

    def _halve(self, room: int) -> None:
        while len(self.rows) > room:
            self._below //= 2
            kept = [_scramble(number) < self._below for number in self._numbers]
            self.rows = list(compress(self.rows, kept))
            self._numbers = list(compress(self._numbers, kept))


@attrs.frozen(kw_only=True)
class Profile:
    """What a table holds: all its columns, the number of its rows, and a sample of them."""

    columns: Sequence[Column]
    rows: int
    sample: RowSample


def profile_of(table: Table, *observers: Observer) -> Profile:
    """Read ``table`` once; each observer sees every batch too. It blocks.

    Raises:
        RefusedInput: the table is malformed.
    """
    columns: list[Column] = []
    sample = RowSample()
    for batch in table.batches():
        _widen(columns, batch.names)
        for index, cells, places in batch.columns():
            columns[index].add(cells, places)
        sample.add(batch)
        for observer in observers:
            observer(batch)
        del batch  # or it would be held while the next one is read
    return Profile(columns=columns, rows=sample.seen, sample=sample)


def _widen(columns: list[Column], names: Sequence[str]) -> None:
    """Add the columns that are new in this batch."""
    distinct = room_for(len(names), _MAX_DISTINCT)
    frequencies = room_for(len(names), _MAX_FREQUENCIES)
    for name in names[len(columns) :]:
        columns.append(Column(name, max_distinct=distinct, max_frequencies=frequencies))


def _cut(cell: str) -> str:
    return cell if len(cell) <= MAX_VALUE_CHARACTERS else cell[: MAX_VALUE_CHARACTERS - 1] + "…"


def _scramble(number: int) -> int:
    """A fixed mixing of a row's number into 64 bits, the high ones mixed best."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 & _WORD
    return (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93 & _WORD
