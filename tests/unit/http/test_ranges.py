"""Ranges and preconditions: read in linear time, and never more than what was asked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.http.preconditions import (
    expected_versions,
    not_modified,
    still_the_same,
    version_tag,
)
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.ranges import Span, span_of

MOST = 5


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_range_is_what_a_slice_of_the_bytes_is(size: int, first: int, last: int) -> None:
    header = f"bytes={first}-{last}"
    expected = range(size)[first : last + 1]
    if last < first:
        assert span_of(header, size, MOST) is None
    elif not expected:
        with pytest.raises(RequestProblem) as refused:
            span_of(header, size, MOST)
        assert refused.value.headers["content-range"] == f"bytes */{size}"
    else:
        assert span_of(header, size, MOST) == Span(expected.start, expected.stop)


@given(st.text("bytes=0123456789-, x", max_size=40), st.integers(0, 100))
def test_any_header_gives_a_span_within_the_bytes_or_none_or_416(header: str, size: int) -> None:
    try:
        span = span_of(header, size, MOST)
    except RequestProblem as refused:
        assert refused.status == 416
    else:
        assert span is None or 0 <= span.start < span.stop <= size


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 20_000, "0" * 20_000 + "12"])
def test_a_place_past_the_end_is_416_in_however_many_digits_it_is_written(digits: str) -> None:
    with pytest.raises(RequestProblem) as refused:
        span_of(f"bytes={digits}-", 10, MOST)
    assert refused.value.status == 416
    assert span_of(f"bytes=2-{digits}", 10, MOST) == Span(2, 10)
    assert span_of(f"bytes=-{digits}", 10, MOST) == Span(0, 10)


def test_a_span_tells_its_length_and_its_place() -> None:
    assert (len(Span(2, 5)), Span(2, 5).content_range(9)) == (3, "bytes 2-4/9")


def test_many_ranges_are_refused_and_a_few_are_the_whole() -> None:
    assert span_of("bytes=0-1,3-4", 10, MOST) is None
    with pytest.raises(RequestProblem):
        span_of("bytes=" + "0-," * 10_000, 10, MOST)


# Tags


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ('"a@1"', True),
        ('W/"a@1"', True),
        ("*", True),
        ('"x", "a@1"', True),
        ('"x","y" , "a@1"', True),
        ('"a@2"', False),
        ("a@1", False),
        ("", False),
        ('nonsense, "a@1"', False),
        (None, False),
    ],
)
def test_a_caller_has_it_where_any_of_its_tags_is_this(header: str | None, same: bool) -> None:
    assert not_modified(header, '"a@1"') is same


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ("*", None),
        ('"a@1"', (1,)),
        ('"a@1", "a@3"', (1, 3)),
        ('W/"a@1"', ()),
        ('"b@1"', ()),
        ('"a@x"', ()),
        ('"a@' + "9" * 20 + '"', ()),
        ("a@1", ()),
    ],
)
def test_if_match_names_the_versions_that_may_be_replaced(header: str, versions: tuple[int, ...] | None) -> None:
    assert expected_versions(header, "a") == versions


@pytest.mark.parametrize("header", [None, "", "  "])
def test_without_if_match_nothing_is_replaced(header: str | None) -> None:
    with pytest.raises(RequestProblem) as refused:
        expected_versions(header, "a")
    assert refused.value.status == 428


@given(st.from_regex(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"), fullmatch=True), st.integers(1, 2**31))
def test_the_tag_of_a_version_names_that_version(artifact_id: str, version: int) -> None:
    assert expected_versions(version_tag(artifact_id, version), artifact_id) == (version,)


def test_a_thousand_tags_are_not_all_looked_at() -> None:
    assert not not_modified(", ".join(f'"t{number}"' for number in range(1_000)) + ', "a"', '"a"')


def test_a_range_is_wanted_of_the_same_content_only() -> None:
    assert still_the_same(None, '"a"') and still_the_same('"a"', '"a"')
    assert not still_the_same('W/"a"', '"a"') and not still_the_same("Sat, 01 Jan 2000 00:00:00 GMT", '"a"')
