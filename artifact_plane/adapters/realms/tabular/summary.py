"""The summary of a table: what the realms reason about, whether it was just read or comes out of an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.tabular.column import Column
from artifact_plane.adapters.realms.tabular.figures import counted, histogram, quartiles
from artifact_plane.adapters.realms.tabular.kinds import Kind, number_of
from artifact_plane.adapters.realms.tabular.profile import Profile, RowSample
from artifact_plane.adapters.realms.tabular.table import printable_text

MAX_FIELDS: Final = 200
"""How many columns are described one by one; further ones are counted only."""

MAX_TOP: Final = 20
"""How many of a field's most frequent values are known at most."""

EMPTY: Final = "empty"
"""The type of a column without any value."""

_NUMERIC: Final = (Kind.INTEGER.value, Kind.NUMBER.value)


@attrs.frozen(kw_only=True)
class Histogram:
    """How often numbers fall between edges; one edge more than counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@attrs.frozen(kw_only=True)
class Conflicts:
    """Values of another kind than most of the column: how many, and the first places."""

    expected: str
    count: int
    places: tuple[int, ...]


@attrs.frozen(kw_only=True)
class Field:
    """One column. ``least`` and ``greatest`` are numbers, or dates as text, or None for other types.

    ``quartiles`` and ``histogram`` are of ``measured`` values, all of them or those of an even sample. ``top``
    holds the most frequent values, where they are few and repeat; ``distinct_is_all`` is false where there are
    at least ``distinct`` values.
    """

    name: str
    type: str
    values: int
    missing: int
    distinct: int
    distinct_is_all: bool = True
    least: float | str | None = None
    greatest: float | str | None = None
    mean: float | None = None
    deviation: float | None = None
    quartiles: tuple[float, float, float] | None = None
    histogram: Histogram | None = None
    measured: int = 0
    top: tuple[tuple[str, int], ...] = ()
    conflicts: Conflicts | None = None

    @property
    def is_numeric(self) -> bool:
        return self.type in _NUMERIC

    @property
    def is_date(self) -> bool:
        return self.type == Kind.DATE

    @property
    def is_category(self) -> bool:
        """Whether the values are few and name groups: text or booleans, or a few whole numbers such as years."""
        most = 12 if self.type == Kind.INTEGER else MAX_TOP
        return bool(self.top) and self.type in _CATEGORIES and 2 <= self.distinct <= most

    @property
    def is_measure(self) -> bool:
        """Whether the values are numbers that vary and mean an amount, not a group or a running number."""
        if not self.is_numeric or self.is_category or self.distinct < 3:
            return False
        return self.type == Kind.NUMBER or not self._is_running_number

    @property
    def _is_running_number(self) -> bool:
        """Whole numbers without a gap: all different, or counted up from 0 or 1 a few times over."""
        if not (isinstance(self.least, float) and isinstance(self.greatest, float)):
            return False
        span = self.greatest - self.least + 1
        if span == self.values:
            return self.distinct == self.values or not self.distinct_is_all
        return span == self.distinct and self.least in (0, 1) and self.values < _FEW_TIMES * self.distinct


_FEW_TIMES: Final = 5
_CATEGORIES: Final = (Kind.TEXT, Kind.BOOLEAN, Kind.INTEGER)


@attrs.frozen(kw_only=True)
class Summary:
    """A table: its size, its first ``MAX_FIELDS`` fields, and rows to look at, all of them or an even sample.

    ``missing_cells`` counts all columns; ``origin`` says what the table is, for titles and errors; ``place`` what
    the places of rows count. A summary that comes out of an artifact has no ``sample``.
    """

    origin: str
    rows: int
    columns: int
    missing_cells: int
    fields: tuple[Field, ...]
    place: str
    sample: RowSample | None = None

    @property
    def title(self) -> str:
        """The table in a few words."""
        return f"{self.origin}, {counted(self.rows, 'row')}, {counted(self.columns, 'column')}"

    @property
    def cells(self) -> int:
        """The number of cells, missing ones included."""
        return self.rows * self.columns

    @property
    def is_truncated(self) -> bool:
        """Whether there are more columns than fields."""
        return self.columns > len(self.fields)

    @property
    def sampled_rows(self) -> Sequence[Sequence[str]]:
        """The rows there are to look at, in order."""
        return self.sample.rows if self.sample is not None else ()

    def cells_of(self, index: int) -> list[str]:
        """The cells of a column in the sampled rows, in order."""
        return [row[index] if index < len(row) else "" for row in self.sampled_rows]

    def numbers_of(self, index: int) -> list[float | None]:
        """The cells of a column in the sampled rows as numbers, None for those that are none."""
        return list(map(number_of, self.cells_of(index)))


def summary_of(profile: Profile, *, origin: str, place: str) -> Summary:
    """The summary of what was read."""
    bare = Summary(
        origin=origin,
        rows=profile.rows,
        columns=len(profile.columns),
        missing_cells=sum(profile.rows - column.present for column in profile.columns),
        fields=(),
        place=place,
        sample=profile.sample,
    )
    fields = tuple(_field(column, bare, index) for index, column in enumerate(profile.columns[:MAX_FIELDS]))
    return attrs.evolve(bare, fields=fields)


def _field(column: Column, summary: Summary, index: int) -> Field:
    distinct, is_all = column.distinct
    field = Field(
        name=column.name,
        type=EMPTY if column.type is Kind.MISSING else column.type.value,
        values=column.present,
        missing=summary.rows - column.present,
        distinct=distinct,
        distinct_is_all=is_all,
        top=_top(column),
        conflicts=_conflicts(column),
    )
    if field.is_numeric:
        return _with_numbers(field, column, summary.numbers_of(index))
    if field.is_date:
        return attrs.evolve(field, least=column.earliest, greatest=column.latest)
    return field


def _with_numbers(field: Field, column: Column, cells: Sequence[float | None]) -> Field:
    ordered = sorted(number for number in cells if number is not None)
    bars = histogram(ordered, whole=column.whole) if ordered else None
    return attrs.evolve(
        field,
        least=column.numbers.least,
        greatest=column.numbers.greatest,
        mean=column.numbers.mean,
        deviation=column.numbers.deviation,
        quartiles=quartiles(ordered) if ordered else None,
        histogram=Histogram(edges=bars[0], counts=bars[1]) if bars else None,
        measured=len(ordered),
    )


def _top(column: Column) -> tuple[tuple[str, int], ...]:
    """The most frequent values, where values repeat; what is nearly unique is content, and stays where it is."""
    counts = column.frequencies
    if not counts or len(counts) * 2 > column.present:
        return ()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((printable_text(value), count) for value, count in ranked[:MAX_TOP])


def _conflicts(column: Column) -> Conflicts | None:
    if not column.conflicts:
        return None
    expected, _ = column.leading
    return Conflicts(expected=expected.value, count=column.conflicts, places=column.conflict_places)
