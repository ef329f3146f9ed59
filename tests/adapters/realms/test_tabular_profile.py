"""What a pass over a table finds: the same as a naive look at all of it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.realms.tabular.column import Column
from artifact_plane.adapters.realms.tabular.csv_table import CsvTable
from artifact_plane.adapters.realms.tabular.fields_json import summary_in, table_json
from artifact_plane.adapters.realms.tabular.figures import Moments, figure, histogram, percent, quartiles
from artifact_plane.adapters.realms.tabular.kinds import Kind, kind_of
from artifact_plane.adapters.realms.tabular.profile import CELLS_KEPT, MAX_SAMPLE_ROWS, RowSample, profile_of
from artifact_plane.adapters.realms.tabular.summary import MAX_FIELDS, Field, Summary, summary_of
from artifact_plane.adapters.realms.tabular.table import Batch, ColumnNames, FullBatch, Table
from artifact_plane.domain.model.json import admit_object
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.realm import ArtifactReading, RefusedInput
from tests.adapters.realms.conftest import csv_of


@attrs.define
class ListedTable(Table):
    """A table whose batches are given."""

    names: Sequence[str]
    rows: Sequence[tuple[str, ...]]
    batch_rows: int = 3
    size: int = 0
    columns: ColumnNames = attrs.field(init=False, factory=lambda: ColumnNames("data", "line"))

    place = "line"

    @property
    def title(self) -> str:
        return "listed table"

    def batches(self) -> Iterator[Batch]:
        for begin in range(0, max(1, len(self.rows)), self.batch_rows):
            rows = self.rows[begin : begin + self.batch_rows]
            yield FullBatch(names=self.names, rows=rows, places=range(begin + 2, begin + 2 + len(rows)))


def field_of(*cells: str, batch_rows: int = 3) -> Field:
    """The field that a column of these cells becomes."""
    table = ListedTable(["c"], [(cell,) for cell in cells], batch_rows)
    return summary_of(profile_of(table), origin="t", place="line").fields[0]


def column_of(cells: Sequence[str], batch_rows: int) -> Column:
    return profile_of(ListedTable(["c"], [(cell,) for cell in cells], batch_rows)).columns[0]


_CELLS = st.one_of(
    st.sampled_from(["", "NA", " null ", "true", "no", "2024-01-02", "2023-12-31", "x", "007", "1", "2"]),
    st.integers(-1000, 1000).map(str),
    st.floats(-1000, 1000).map(lambda number: f"{number:.3f}"),
    st.text(st.characters(codec="utf-8"), max_size=3),
)


@given(
    st.lists(_CELLS, max_size=40) | st.lists(st.integers(0, 99).map(str), min_size=20, max_size=60), st.integers(1, 9)
)
def test_a_column_counts_what_a_naive_look_at_all_cells_counts(cells: list[str], batch_rows: int) -> None:
    """Kinds, places, distinct values, frequencies and moments are exact, however the cells are cut into batches."""
    column = column_of(cells, batch_rows)
    kinds = [Kind.NUMBER if kind_of(cell) is Kind.INTEGER else kind_of(cell) for cell in cells]
    present = [
        (place, cell, kind)
        for place, (cell, kind) in enumerate(zip(cells, kinds, strict=True), 2)
        if kind is not Kind.MISSING
    ]
    assert column.kinds == Counter(kind for _, _, kind in present)
    assert column.present == len(present)
    for kind, places in column.places.items():
        assert places == [place for place, _, found in present if found is kind][:5]
    assert column.distinct == (len({cell for _, cell, _ in present}), True)
    assert column.frequencies == Counter(cell for _, cell, _ in present)
    numbers = [float(cell) for _, cell, kind in present if kind is Kind.NUMBER]
    assert column.whole == all(kind_of(cell) is not Kind.NUMBER for _, cell, _ in present)
    if numbers:
        assert (column.numbers.least, column.numbers.greatest) == (min(numbers), max(numbers))
        assert math.isclose(column.numbers.mean, statistics.fmean(numbers), rel_tol=1e-9, abs_tol=1e-9)
    dates = sorted(cell for _, cell, kind in present if kind is Kind.DATE)
    assert (column.earliest, column.latest) == ((dates[0], dates[-1]) if dates else (None, None))


@pytest.mark.parametrize(
    ("type", "cells"),
    [
        ("integer", ["1", "2", "NA", "30"]),
        ("number", ["1", "2.5"]),
        ("boolean", ["yes", "no", ""]),
        ("date", ["2024-01-02", "2024-01-03T10:00"]),
        ("text", ["a", "1", "2"]),
        ("text", ["01234", "10001", "99999"]),
        ("empty", ["", "NA"]),
        ("empty", []),
        ("nested", ["[…]", "{…}"]),
        ("integer", ["1"] * 9 + ["x"]),
        ("integer", ["1"] * 500 + ["007"]),
        ("text", ["1"] * 8 + ["x"] * 2),
    ],
)
def test_the_type_of_a_column_is_that_of_nine_in_ten_values(type: str, cells: list[str]) -> None:
    assert field_of(*cells).type == type


def test_fractions_that_come_late_make_numbers_of_all() -> None:
    assert field_of(*["1"] * 9, "2.5", "3.5", "4.5").type == "number"


def test_missing_words_with_blanks_around_are_no_values() -> None:
    field = field_of("a", " NA ", "  ", "a")
    assert (field.values, field.missing, field.distinct, field.top) == (2, 2, 1, (("a", 2),))


def test_what_conflicts_with_the_leading_kind_is_counted_with_its_first_places() -> None:
    conflicts = field_of(*["1"] * 20, "x", "2024-01-01", *["2"] * 5, "y").conflicts
    assert conflicts is not None
    assert (conflicts.expected, conflicts.count, conflicts.places) == ("number", 3, (22, 23, 29))
    assert field_of("a", "b", "1").conflicts is None


def test_distinct_values_beyond_the_room_are_told_as_at_least() -> None:
    field = field_of(*(f"v{number}" for number in range(10_500)), batch_rows=1000)
    assert (field.distinct, field.distinct_is_all) == (10_000, False)


def test_values_that_hardly_repeat_are_not_copied() -> None:
    assert field_of("ann", "bob", "cid", "ann").top == ()
    assert field_of(*["ann"] * 3, "bob").top == (("ann", 3), ("bob", 1))
    assert field_of(*["x" * 100] * 9).top == ()


def test_a_running_number_and_a_group_are_no_measures() -> None:
    assert not field_of(*map(str, range(1, 50))).is_measure
    assert not field_of(*[str(number) for number in range(1, 50)] * 3).is_measure
    assert not field_of(*["2007", "2008", "2009"] * 9).is_measure
    assert field_of(*["2007", "2008", "2009"] * 9).is_category
    assert field_of(*(str(number * 7) for number in range(50))).is_measure
    assert field_of("1.5", "2.5", "9").is_measure


# Samples


def sampled(rows: int, batch_rows: int, columns: int = 1) -> RowSample:
    table = ListedTable(
        [f"c{index}" for index in range(columns)], [(str(row),) * columns for row in range(rows)], batch_rows
    )
    return profile_of(table).sample


def test_a_small_table_is_its_own_sample() -> None:
    sample = sampled(100, 7)
    assert sample.is_whole
    assert sample.rows == [(str(row),) for row in range(100)]


def test_a_sample_is_bounded_even_and_the_same_however_the_rows_arrive() -> None:
    rows = 3 * MAX_SAMPLE_ROWS
    sample = sampled(rows, 1000)
    assert MAX_SAMPLE_ROWS // 4 < len(sample.rows) <= MAX_SAMPLE_ROWS
    assert not sample.is_whole
    assert sample.rows == sampled(rows, 777).rows == sampled(rows, rows).rows
    numbers = [int(row[0]) for row in sample.rows]
    assert numbers == sorted(numbers)
    for part in range(3):
        in_part = sum(part * MAX_SAMPLE_ROWS <= number < (part + 1) * MAX_SAMPLE_ROWS for number in numbers)
        assert 0.28 < in_part / len(numbers) < 0.39


def test_the_sample_of_a_wide_table_has_fewer_rows() -> None:
    assert len(sampled(2_000, 500, columns=1_000).rows) <= CELLS_KEPT // 1_000


# Figures


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), min_size=1, max_size=6))
def test_moments_of_batches_are_those_of_all_numbers(batches: list[list[float]]) -> None:
    moments = Moments()
    for batch in batches:
        moments.add(batch)
    numbers = [number for batch in batches for number in batch]
    assert moments.count == len(numbers)
    assert (moments.least, moments.greatest) == (min(numbers), max(numbers))
    assert math.isclose(moments.mean, statistics.fmean(numbers), rel_tol=1e-9, abs_tol=1e-6)
    if len(numbers) > 1:
        assert math.isclose(moments.deviation or 0, statistics.stdev(numbers), rel_tol=1e-6, abs_tol=1e-3)
    else:
        assert moments.deviation is None


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30))
def test_quartiles_are_those_of_the_standard_library(numbers: list[float]) -> None:
    expected = statistics.quantiles(numbers, n=4, method="inclusive")
    assert all(
        math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-6)
        for found, wanted in zip(quartiles(sorted(numbers)), expected, strict=True)
    )


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-50, 50).map(float), min_size=1, max_size=60), st.booleans())
def test_a_histogram_holds_each_number_once_between_rising_edges(numbers: list[float], whole: bool) -> None:
    ordered = sorted(map(round, numbers)) if whole else sorted(numbers)
    found = histogram([float(number) for number in ordered], whole=whole)
    if found is None:
        return
    edges, counts = found
    assert len(edges) == len(counts) + 1 <= 40
    assert sum(counts) == len(numbers)
    assert list(edges) == sorted(set(edges))
    assert edges[0] <= ordered[0]
    assert ordered[-1] <= edges[-1] * (1 + 1e-9) or math.isclose(ordered[-1], edges[-1], abs_tol=1e-6)
    for index, count in enumerate(counts[:-1]):
        assert count == sum(edges[index] <= number < edges[index + 1] for number in ordered) or index == 0


def test_equal_numbers_have_no_histogram_and_years_have_a_bar_each() -> None:
    assert histogram([3.0, 3.0], whole=True) is None
    assert histogram([2007.0, 2008.0, 2008.0, 2009.0], whole=True) == ((2007.0, 2008.0, 2009.0, 2010.0), (1, 2, 1))


def test_figures_are_finite_short_and_whole_where_they_can_be() -> None:
    assert figure(2.0) == 2
    assert isinstance(figure(2.0), int)
    assert figure(1 / 3) == 0.333333
    assert figure(123456789.0) == 123456789
    assert figure(math.inf) is figure(math.nan) is figure(None) is None
    assert figure(1e300) == 1e300


def test_a_percentage_is_none_or_all_only_where_it_is() -> None:
    assert [percent(part) for part in (0, 0.00001, 0.25, 0.99999, 1)] == [
        "0 %",
        "less than 0.1 %",
        "25 %",
        "more than 99.9 %",
        "100 %",
    ]


# Summaries in payloads


def summary(data: bytes) -> Summary:
    table = CsvTable(BytesSource(data), "data", ",", limit=10**9)
    return summary_of(profile_of(table), origin=table.title, place=table.place)


def reading_of(payload: Mapping[str, object]) -> ArtifactReading:
    return ArtifactReading(
        artifact_id="a-1", version=1, artifact_type="x", labels=(), semantic_payload=admit_object(payload)
    )


def test_a_summary_is_read_out_of_a_payload_as_it_was_written() -> None:
    rows = [f"{row},{row % 3 and row * 0.5},{'ab'[row % 2]},2024-01-{row % 28 + 1:02}" for row in range(40)]
    written = summary(csv_of("n,x,kind,day", *rows, "oops,1,a,2024-02-01"))
    read = summary_in(reading_of(table_json(written)))
    assert (read.rows, read.columns, read.place) == (41, 4, "line")
    assert read.missing_cells == written.missing_cells
    for before, after in zip(written.fields, read.fields, strict=True):
        assert (after.name, after.type, after.values, after.missing) == (
            before.name,
            before.type,
            before.values,
            before.missing,
        )
        assert after.histogram == before.histogram
        assert after.conflicts == before.conflicts
        assert after.top == before.top[:5]
        assert after.is_measure == before.is_measure
        assert after.is_category == before.is_category


def test_a_payload_holds_the_five_most_frequent_values() -> None:
    written = summary(csv_of("a,b", *(f"{'abcdefg'[row % 7 if row < 70 else 6]},1" for row in range(80))))
    assert len(written.fields[0].top) == 7
    (first, *_) = summary_in(reading_of(table_json(written))).fields
    assert [value for value, _ in first.top] == ["g", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"rows": 1},
        {"rows": 1, "columns": 1, "fields": "none"},
        {"rows": 1, "columns": 1, "fields": [1]},
        {"rows": 1, "columns": 1, "fields": [{"name": "a"}]},
    ],
)
def test_a_meaning_that_describes_no_table_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(RefusedInput, match="describes no table") as caught:
        summary_in(reading_of(payload))
    assert caught.value.where == "parameter 'artifact_id'"


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    ["values", "missing", "distinct", "min", "max", "mean", "quartiles", "histogram", "top", "conflicts", "measured"]
)


@given(st.lists(st.dictionaries(_KEYS, _JUNK, max_size=6), max_size=3))
def test_fields_of_any_shape_are_read_without_an_error(fields: list[dict[str, object]]) -> None:
    """Artifacts are other people's meanings: what does not fit is left out."""
    named = [{"name": "a", "type": "integer", **field} for field in fields]
    assert len(summary_in(reading_of({"rows": 1, "columns": 1, "fields": named})).fields) == len(fields)


def test_a_table_of_ten_thousand_columns_has_a_bounded_summary_that_says_so() -> None:
    names = ",".join(f"column {index}" for index in range(10_000))
    written = table_json(summary(csv_of(names, *[",".join(["1"] * 10_000)] * 3)))
    assert written["columns"] == 10_000
    assert written["truncated"] is True
    assert len(written["fields"]) == MAX_FIELDS  # type: ignore[arg-type]
