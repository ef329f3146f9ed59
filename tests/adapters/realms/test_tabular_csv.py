"""CSV read strictly: the same rows as the whole file gives, and every fault at its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.realms.tabular.csv_table import MAX_ROW_CHARACTERS, CsvTable
from artifact_plane.adapters.realms.tabular.table import MAX_COLUMNS, MAX_NAME_CHARACTERS
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import DribblingSource, csv_of


def table_of(data: bytes, delimiter: str = ",") -> CsvTable:
    return CsvTable(BytesSource(data), "data", delimiter, limit=10**9)


def read(data: bytes, delimiter: str = ",") -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
    """The names, and the rows with their lines."""
    table = table_of(data, delimiter)
    rows = [(place, tuple(batch.row(index))) for batch in table.batches() for index, place in enumerate(batch.places)]
    return table.columns.names, rows


def refused(data: bytes) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        read(data)
    assert caught.value.remedy
    return caught.value


def test_rows_are_given_with_the_line_at_which_they_begin() -> None:
    names, rows = read(b'a,b\n1,2\n\n"x\ny",3\r\n4,"5"\n')
    assert names == ["a", "b"]
    assert rows == [(2, ("1", "2")), (4, ("x\ny", "3")), (6, ("4", "5"))]


def test_blank_lines_are_passed_over_and_a_quoted_empty_cell_is_a_row() -> None:
    assert read(b'\n \na\n\n1\n""\n  \n')[1] == [(5, ("1",)), (6, ("",)), (7, ("  ",))]
    assert read(b"a,b\n   \n1,2\n")[1] == [(3, ("1", "2"))]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "it is empty"),
        (b"\n\n", 3, "it is empty"),
        (b"a,b\n1,2\n1,2,3\n", 3, "the row has 3 fields where the header has 2"),
        (b"a,b,c\n1,2\n", 2, "the row has 2 fields where the header has 3"),
        (b'a,b\n1,"x\n2,y\n', 2, "a quoted field that begins in this row is never closed"),
        (b'a,b\n1,2\n1,"x"y\n', 3, "followed by something else than the delimiter"),
        (b"a,b\n1," + b"x" * 140_000 + b"\n", 2, "longer than 131072 characters"),
        (b'a,b\n"' + b"x\n" * 80_000, 2, "longer than 131072 characters"),
        (b"1,2\n3,4\n", 1, "the names of the columns are expected"),
        (b"2020-01-01,NA\n", 1, "the names of the columns are expected"),
    ],
)
def test_a_malformed_table_is_refused_at_its_line(data: bytes, line: int, message: str) -> None:
    error = refused(data)
    assert error.where == f"attachment 'data', line {line}"
    assert message in error.message


def test_a_row_that_never_ends_is_refused_before_it_fills_memory() -> None:
    error = refused(b"a,b\n" + b'"\n",' * MAX_ROW_CHARACTERS)
    assert error.where == "attachment 'data', line 2"
    assert "longer than" in error.message


def test_faults_inside_never_show_the_content() -> None:
    for data in (b"a,b\nsecret,2,3\n", b'a,b\n1,"secret\n', b'a,b\n1,"x"secret\n'):
        error = refused(data)
        assert "secret" not in f"{error} {error.remedy}"


def test_an_empty_name_is_given_one_and_a_repeated_one_is_told_apart() -> None:
    table = table_of(b"a, a ,,a (2),a\n1,2,3,4,5\n")
    list(table.batches())
    assert table.columns.names == ["a", "a (2)", "column 3", "a (2) (2)", "a (3)"]
    assert [(one.column, one.reason) for one in table.columns.renamed] == [
        (2, "repeated"),
        (3, "empty"),
        (4, "repeated"),
        (5, "repeated"),
    ]


def test_a_name_is_made_printable() -> None:
    assert read(b'"a\nb\x1b[31m",c\n1,2\n')[0] == ["a b [31m", "c"]


def test_a_name_too_long_and_too_many_columns_are_refused_with_the_column() -> None:
    assert refused(b"a," + b"x" * (MAX_NAME_CHARACTERS + 1) + b"\n").where == "attachment 'data', line 1, column 2"
    assert "columns" in refused(",".join("c" * (MAX_COLUMNS + 1)).encode() + b"\n").message


def test_a_table_can_be_read_again_and_knows_its_size() -> None:
    data = csv_of("a,b", "1,2", "3,4")
    table = table_of(data)
    first = [batch.column(1) for batch in table.batches()]
    assert [batch.column(1) for batch in table.batches()] == first == [["2", "4"]]
    assert table.size == len(data)


def test_a_large_table_comes_in_several_batches_that_hold_all_of_it() -> None:
    rows = [f"{number},{'x' * 60}" for number in range(40_000)]
    data = csv_of("n,text", *rows)
    assert len(data) > MAX_ROW_CHARACTERS
    batches = list(table_of(data).batches())
    assert len(batches) > 2
    assert [cell for batch in batches for cell in batch.column(0)] == list(map(str, range(40_000)))
    assert [place for batch in batches for place in batch.places] == list(range(2, 40_002))


_CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5) | st.sampled_from(
    ["", "1", "a,b", 'say "x"', "x\ny", "x\r\ny", " "]
)


@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(_CELLS, min_size=width, max_size=width), max_size=6)),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 9),
)
def test_the_rows_are_those_that_were_written(rows: list[list[str]], delimiter: str, end: str, step: int) -> None:
    """Whatever is written as CSV is read back, with any delimiter and line end, however the bytes arrive."""
    width = len(rows[0]) if rows else 1
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"c{index}" for index in range(width)], *rows])
    table = CsvTable(DribblingSource(written.getvalue().encode(), step), "data", delimiter, limit=10**6)
    found = [list(batch.row(index)) for batch in table.batches() for index in range(len(batch.places))]
    assert found == rows
