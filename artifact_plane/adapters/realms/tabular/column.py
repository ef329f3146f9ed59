"""What one column holds, gathered batch by batch: exact counts, and the rest in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.tabular.figures import Moments
from artifact_plane.adapters.realms.tabular.kinds import MISSING_CELLS, Kind, kind_of, numbers_of

FIRST_PLACES: Final = 5
"""How many places of each kind are kept."""

DOMINANT: Final = 0.9
"""The share of a column's values that must be of one kind for the column to be of that type."""

_CODES: Final = 0.01

MAX_VALUE_CHARACTERS: Final = 64
"""How long a value may be that is counted by itself."""


@attrs.define
class Column:
    """The cells of one column so far; numbers with and without a fraction are one kind, NUMBER.

    ``frequencies`` counts each value, or is None once there were more than ``max_frequencies`` (or one was too
    long); ``distinct`` counts values up to ``max_distinct``.
    """

    name: str
    max_distinct: int
    max_frequencies: int
    kinds: dict[Kind, int] = attrs.field(factory=dict)
    places: dict[Kind, list[int]] = attrs.field(factory=dict)
    whole: bool = True
    numbers: Moments = attrs.field(factory=Moments)
    frequencies: Counter[str] | None = attrs.field(factory=Counter)
    earliest: str | None = None
    latest: str | None = None
    longest: int = 0
    _hashes: set[int] | None = attrs.field(factory=set)

    def add(self, cells: Sequence[str], places: Sequence[int]) -> None:
        """Take in the cells of some rows."""
        present = cells
        if not MISSING_CELLS.isdisjoint(cells):
            present = [cell for cell in cells if cell not in MISSING_CELLS]
        if present and not self._add_numbers(present):
            self._add_one_by_one(present, cells, places)

    def _add_numbers(self, present: Sequence[str]) -> bool:
        """Take in cells that are all numbers, by a short way; False where they must be looked at one by one."""
        if len(self.places.get(Kind.NUMBER, ())) < FIRST_PLACES:
            return False
        found = numbers_of(present)
        if found is None:
            return False
        numbers, whole = found
        self.whole = self.whole and whole
        self.kinds[Kind.NUMBER] += len(numbers)
        self.numbers.add(numbers)
        if self.frequencies is not None:
            self._count(Counter(present))
        self._note_distinct(present)
        return True

    def _add_one_by_one(self, present: Sequence[str], cells: Sequence[str], places: Sequence[int]) -> None:
        counts = Counter(present)
        by_kind: dict[Kind, list[str]] = {}
        for cell in counts:
            by_kind.setdefault(kind_of(cell), []).append(cell)
        for blank in by_kind.pop(Kind.MISSING, ()):
            del counts[blank]
        if Kind.INTEGER in by_kind or Kind.NUMBER in by_kind:
            self._add_numeric(by_kind, counts)
        for kind, values in by_kind.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + sum(map(counts.__getitem__, values))
            self._note_places(kind, values, cells, places)
        self._note_dates(by_kind.get(Kind.DATE, ()))
        self.longest = max(self.longest, max(map(len, by_kind.get(Kind.TEXT, ())), default=0))
        self._count(counts)
        self._note_distinct(counts)

    def _add_numeric(self, by_kind: dict[Kind, list[str]], counts: Counter[str]) -> None:
        fractional = by_kind.pop(Kind.NUMBER, [])
        values = by_kind.pop(Kind.INTEGER, []) + fractional
        self.whole = self.whole and not fractional
        self.numbers.add(list(map(float, values)), [counts[value] for value in values])
        by_kind[Kind.NUMBER] = values

    def _note_places(self, kind: Kind, values: Iterable[str], cells: Sequence[str], places: Sequence[int]) -> None:
        noted = self.places.setdefault(kind, [])
        if len(noted) >= FIRST_PLACES:
            return
        wanted = frozenset(values)
        for cell, place in zip(cells, places, strict=True):
            if cell in wanted:
                noted.append(place)
                if len(noted) == FIRST_PLACES:
                    return

    def _note_dates(self, dates: Iterable[str]) -> None:
        for date in map(str.strip, dates):
            self.earliest = date if self.earliest is None or date < self.earliest else self.earliest
            self.latest = date if self.latest is None or date > self.latest else self.latest

    def _count(self, counts: Counter[str]) -> None:
        if self.frequencies is None:
            return
        self.frequencies.update(counts)
        if len(self.frequencies) > self.max_frequencies or max(map(len, counts), default=0) > MAX_VALUE_CHARACTERS:
            self.frequencies = None

    def _note_distinct(self, values: Iterable[str]) -> None:
        if self._hashes is None:
            return
        self._hashes.update(map(hash, values))
        if len(self._hashes) > self.max_distinct:
            self._hashes = None

    @property
    def present(self) -> int:
        """The number of cells that are not missing."""
        return sum(self.kinds.values())

    @property
    def distinct(self) -> tuple[int, bool]:
        """The number of different values, and whether that is all (else there are at least so many)."""
        return (self.max_distinct, False) if self._hashes is None else (len(self._hashes), True)

    def _tally(self) -> dict[Kind, int]:
        """The values by kind; where codes are more than a slip, whole numbers beside them are codes too: text."""
        tally = dict(self.kinds)
        codes = tally.pop(Kind.CODE, 0)
        if codes and self.whole and codes >= _CODES * (codes + tally.get(Kind.NUMBER, 0)):
            codes += tally.pop(Kind.NUMBER, 0)
        return {**tally, Kind.TEXT: tally.get(Kind.TEXT, 0) + codes} if codes else tally

    @property
    def leading(self) -> tuple[Kind, int]:
        """The most frequent kind of value and how many are of it; MISSING where there is no value."""
        return max(self._tally().items(), key=lambda item: (item[1], item[0]), default=(Kind.MISSING, 0))

    @property
    def type(self) -> Kind:
        """The leading kind where it has at least ``DOMINANT`` of the values, else TEXT."""
        kind, count = self.leading
        if kind is Kind.NUMBER and self.whole:
            kind = Kind.INTEGER
        return kind if count >= DOMINANT * self.present else Kind.TEXT

    @property
    def conflicts(self) -> int:
        """How many values are of another kind than the leading one; none where that is text, which takes all."""
        kind, count = self.leading
        return 0 if kind is Kind.TEXT else self.present - count

    @property
    def conflict_places(self) -> tuple[int, ...]:
        """The first places of conflicts."""
        others = self.places.keys() - {self.leading[0]} if self.conflicts else ()
        return tuple(sorted(place for kind in others for place in self.places[kind])[:FIRST_PLACES])
