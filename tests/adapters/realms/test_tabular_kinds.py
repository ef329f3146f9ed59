"""What a cell is, alone and many at once; and what a file is, by its beginning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.realms.tabular.kinds import MISSING_WORDS, Kind, kind_of, moment_of, number_of, numbers_of
from artifact_plane.adapters.realms.tabular.sniff import SNIFFED_BYTES, Format, delimiter_of, format_of


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (Kind.INTEGER, ["0", "-0", "+7", "12", " 12 ", "9007199254740993"]),
        (Kind.NUMBER, ["1.5", "1.", ".5", "-1e3", "1E+05", "0.0"]),
        (Kind.CODE, ["007", "00", "01234"]),
        (Kind.BOOLEAN, ["true", "False", "YES", "no"]),
        (Kind.DATE, ["2007-11-11", "2024-02-29", "2024-01-02T03:04", "2024-01-02 03:04:05.5", "2024-01-02T03:04:05Z"]),
        (Kind.MISSING, ["", "  ", "NA", "n/a", "NaN", "nan", "NULL", "none", "#N/A", "<na>"]),
        (Kind.TEXT, ["a", "1,5", "1_000", "1e999", "-", "2023-02-29", "٣", "inf", "00.5", "true story"]),
    ],
)
def test_the_kind_of_a_cell(kind: Kind, cells: list[str]) -> None:
    assert {cell: kind_of(cell) for cell in cells} == dict.fromkeys(cells, kind)


@given(st.sampled_from(MISSING_WORDS), st.lists(st.booleans(), min_size=4, max_size=4))
def test_missing_words_count_in_any_case_and_with_blanks(word: str, upper: list[bool]) -> None:
    mixed = "".join(letter.upper() if up else letter for letter, up in zip(word, upper, strict=False))
    assert kind_of(f" {mixed} ") is Kind.MISSING


def test_a_number_is_read_as_such_and_a_date_as_a_moment() -> None:
    assert number_of(" -1.5 ") == -1.5
    assert number_of("007") is None
    moment = moment_of("2024-01-02T03:04:05+02:00")
    assert moment is not None
    assert moment.utcoffset() is not None
    assert moment_of("2024-13-01") is None


_NUMERIC = st.text("0123456789+-.eE \n", max_size=6)


@given(st.lists(_NUMERIC | st.integers().map(str) | st.floats().map(str) | st.text(max_size=3), max_size=8))
def test_looking_at_all_cells_at_once_never_tells_another_thing_than_one_by_one(cells: list[str]) -> None:
    found = numbers_of(cells)
    if found is None:
        return
    kinds = [kind_of(cell) for cell in cells]
    assert set(kinds) <= {Kind.INTEGER, Kind.NUMBER}
    assert found == ([number_of(cell) for cell in cells], Kind.NUMBER not in kinds)


@given(st.lists(st.integers(-(10**9), 10**9).map(str) | st.floats(-1e9, 1e9).map(str), min_size=1, max_size=8))
def test_plain_numbers_are_read_at_once(cells: list[str]) -> None:
    assert numbers_of(cells) is not None


@pytest.mark.parametrize("odd", ["007", "-01", "1e999", "1_0", " 1", "", "-", "1,5"])
def test_one_cell_that_is_no_plain_number_makes_each_be_looked_at(odd: str) -> None:
    assert numbers_of(["1", odd, "2"]) is None


@pytest.mark.parametrize(
    ("format", "beginning"),
    [
        (Format.CSV, b"a,b\n1,2\n"),
        (Format.CSV, b"name, city\nAnn, 3\n"),
        (Format.CSV, b"a;b;c\n1,5;2;3\n"),
        (Format.CSV, b"a|b\n1|2\n"),
        (Format.CSV, b"id,species,island\n"),
        (Format.CSV, b"\xef\xbb\xbfa,b\n1,2\n"),
        (Format.CSV, b'a,b\n"x, y",2\n"q\nr",3\n'),
        (Format.CSV, b"a,b\n1,2\n1,2,3\n1,2\n"),
        (Format.CSV, b"Which city do you like best of all?,Why?\n" + b"Rome,Sun\n" * 5),
        (Format.TSV, b"a\tb\n1\t2\n"),
        (Format.JSON, b' \n{"a": 1}'),
        (Format.JSON, b"[1, 2]"),
        (Format.JSON, b'[{"a": 1}]'),
        (Format.JSON, b"[" * 1000),
        (Format.JSON, b"{oops"),
        (Format.MARKDOWN, b"# Title\n\nText, and more text, here.\n"),
        (Format.MARKDOWN, b"Title\n=====\n\ntext\n"),
        (Format.MARKDOWN, b"| a | b |\n|---|---|\n| 1 | 2 |\n"),
        (Format.MARKDOWN, b"- one, 1\n- two, 2\n"),
        (Format.MARKDOWN, b"1. one\n2. two\n"),
        (Format.MARKDOWN, b"See [the page](http://example.org).\n"),
        (Format.TEXT, b"Hello, world.\n"),
        (Format.TEXT, b"Roses are red, violets are blue,\nSugar is sweet, and so are you,\n"),
        (Format.TEXT, b"one\ntwo\nthree\n"),
        (Format.TEXT, b""),
        (Format.TEXT, b"[1] Smith, a book.\n"),
    ],
)
def test_the_format_of_a_file_is_told_from_its_beginning(format: Format, beginning: bytes) -> None:
    assert format_of(beginning) is format


def test_a_row_that_is_cut_off_where_the_beginning_ends_does_not_count() -> None:
    row = b"x" * 3000 + b",2,[page](http://example.org)\n"
    data = b"a,b,c\n" + row * 40
    assert len(data) > SNIFFED_BYTES
    assert format_of(data[: SNIFFED_BYTES + 1]) is Format.CSV


def test_a_first_line_longer_than_the_beginning_tells_the_format_too() -> None:
    header = ",".join(f"column_{index}" for index in range(20_000)).encode()
    assert len(header) > SNIFFED_BYTES
    assert format_of(header[: SNIFFED_BYTES + 1]) is Format.CSV


@pytest.mark.parametrize(
    ("delimiter", "beginning"),
    [(",", b"a\n1\n"), (";", b"a;b\n1,5;2,5\n"), ("\t", b"a\tb\n"), ("|", b"a|b|c\n"), (",", b"")],
)
def test_the_delimiter_is_the_one_that_gives_most_columns(delimiter: str, beginning: bytes) -> None:
    assert delimiter_of(beginning) == delimiter


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_beginning_has_a_format_and_a_delimiter(beginning: bytes) -> None:
    assert format_of(beginning) in Format
    assert delimiter_of(beginning) in "\t;,|"
