"""JSON read as a stream: the same values as the whole document gives, and every fault at its line and column."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.realms.attachments_text import CHUNK_BYTES, Text
from artifact_plane.adapters.realms.tabular.json_events import (
    MAX_DEPTH,
    MAX_OPEN_KEYS,
    MAX_TEXT_CHARACTERS,
    JsonEvent,
    JsonEvents,
    JsonType,
)
from artifact_plane.adapters.realms.tabular.json_table import JsonTable
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import DribblingSource


def events_of(data: bytes) -> list[JsonEvent]:
    with Text(DribblingSource(data, 1 << 20), "data", limit=10**9) as text:
        return list(JsonEvents(text))


def refused(data: bytes) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        events_of(data)
    assert caught.value.remedy
    return caught.value


def expected_events(value: Json, depth: int = 0, key: str | None = None) -> list[JsonEvent]:
    """The oracle: the events of a value that is in memory."""
    if isinstance(value, dict):
        inner = [event for name, item in value.items() for event in expected_events(item, depth + 1, name)]
        return [(depth, key, JsonType.OBJECT, ""), *inner]
    if isinstance(value, list):
        inner = [event for item in value for event in expected_events(item, depth + 1)]
        return [(depth, key, JsonType.ARRAY, ""), *inner]
    if isinstance(value, str):
        return [(depth, key, JsonType.TEXT, value)]
    kinds = {bool: JsonType.BOOLEAN, type(None): JsonType.NULL}
    return [(depth, key, kinds.get(type(value), JsonType.NUMBER), json.dumps(value))]


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_the_events_are_those_of_the_parsed_document(value: Json, indent: int | None, ascii_only: bool) -> None:
    document = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert events_of(document.encode()) == expected_events(value)


@given(st.integers(1, 60), st.sampled_from(["[%s1, 2.5]", '["a", %s{"key": "\\u00e9x"}]', '%s{"k" : [true, null]}']))
def test_a_value_that_is_cut_between_two_pieces_is_read_all_the_same(before_end: int, document: str) -> None:
    """Blanks move each part of the document over the place where one piece ends and the next begins."""
    padded = document % (" " * (CHUNK_BYTES - before_end))
    assert events_of(padded.encode()) == expected_events(json.loads(padded))


@given(st.integers(0, 60))
def test_a_long_text_is_read_over_several_pieces(offset: int) -> None:
    value = ["x" * offset, 'a"\\é' * 40_000, "y"]
    assert events_of(json.dumps(value).encode()) == expected_events(value)


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        ("", "line 1, column 1", "a JSON value is expected"),
        ("[1,]", "line 1, column 4", "a JSON value is expected"),
        ("[1 2]", "line 1, column 4", "',' or ']' is expected"),
        ('{"a": 1 "b"}', "line 1, column 9", "',' or '}' is expected"),
        ('{"a" 1}', "line 1, column 2", "a key in double quotes and a ':'"),
        ("{a: 1}", "line 1, column 2", "a key in double quotes and a ':'"),
        ("{'a': 1}", "line 1, column 2", "a key in double quotes and a ':'"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', "line 3, column 2", "has this key already"),
        ('{"\\u0061": 1, "a": 3}', "line 1, column 15", "has this key already"),
        ("[\n1,\n  NaN]", "line 3, column 3", "a JSON value is expected"),
        ("[Infinity]", "line 1, column 2", "a JSON value is expected"),
        ("[01]", "line 1, column 2", "a JSON value is expected"),
        ("[1.]", "line 1, column 2", "a JSON value is expected"),
        ("[trueish]", "line 1, column 2", "a JSON value is expected"),
        ('["a\nb"]', "line 1, column 2", "a JSON value is expected"),
        ('["\\x"]', "line 1, column 2", "a JSON value is expected"),
        ('["abc', "line 1, column 2", "a JSON value is expected"),
        ('["\\ud800"]', "line 1, column 2", "lone surrogate"),
        ('[1, {"\\udc00": 1}]', "line 1, column 6", "lone surrogate"),
        ('{"a": 1}\n{"a": 2}', "line 2, column 1", "something follows the document"),
        ("[" * 100_000, f"line 1, column {MAX_DEPTH + 2}", "nested deeper than 100"),
        ('{"a":' * 100_000, f"line 1, column {MAX_DEPTH * 5 + 2}", "nested deeper than 100"),
    ],
)
def test_a_malformed_document_is_refused_at_its_place(document: str, place: str, message: str) -> None:
    error = refused(document.encode())
    assert error.where == f"attachment 'data', {place}"
    assert message in error.message


def test_a_fault_far_into_the_document_is_found_at_its_line() -> None:
    lines = ['  {"n": 1}'] * 20_000
    document = "[\n" + ",\n".join([*lines, '  {"n": }']) + "\n]"
    assert refused(document.encode()).where == "attachment 'data', line 20002, column 9"


@pytest.mark.parametrize(
    "document",
    [
        '["' + "x" * 3 * MAX_TEXT_CHARACTERS + '"]',
        "1" * 3 * MAX_TEXT_CHARACTERS,
        "{" + ",".join(f'"{index}":1' for index in range(MAX_OPEN_KEYS + 1)) + "}",
    ],
    ids=["text", "number", "keys"],
)
def test_what_would_fill_memory_is_refused(document: str) -> None:
    assert "than" in refused(document.encode()).message


def test_blanks_without_end_are_passed_over() -> None:
    blanks = " \n" * 300_000
    assert events_of(f"[1{blanks},{blanks}2]{blanks}".encode()) == expected_events([1, 2])


def table_of(value: Json) -> tuple[JsonTable, list[list[str]]]:
    table = JsonTable(BytesSource(json.dumps(value).encode()), "data", limit=10**9)
    return table, [list(batch.row(index)) for batch in table.batches() for index in range(len(batch.places))]


def test_records_become_rows_in_which_a_text_that_looks_like_a_number_stays_a_text() -> None:
    table, rows = table_of([{"a": 12, "b": "12"}, {"c": [1], "b": "x", "a": None}, {}, {"d": {"e": 1}, "b": True}])
    assert table.columns.names == ["a", "b", "c", "d"]
    assert rows == [["12", '"12"'], ["", "x", "[…]"], [], ["", "true", "", "{…}"]]
    assert table.structure.is_table


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], [{"a": 1}, 2], [], [[{"a": 1}]], "text", 1, None])
def test_what_is_no_array_of_objects_is_no_table_and_its_structure_is_known(value: Json) -> None:
    table, _ = table_of(value)
    assert not table.structure.is_table
    assert table.structure.types == Counter(kind for _, _, kind, _ in expected_events(value))
    assert table.structure.depth == max(depth for depth, _, _, _ in expected_events(value))
    assert table.structure.root is expected_events(value)[0][2]


def test_equal_records_have_equal_keys_whatever_the_order_of_their_members() -> None:
    records = [{"a": 1, "b": 2}, {"b": 2, "a": 1, "c": None}, {"a": 2, "b": 1}]
    table = JsonTable(BytesSource(json.dumps(records).encode()), "data", limit=10**6)
    first, second, third = (key for batch in table.batches() for key in batch.keys())  # noqa: SIM118 (no mapping)
    assert first == second != third


def test_many_records_come_in_several_batches_with_their_numbers() -> None:
    records: list[Json] = [{"n": index, "text": "x" * 100} for index in range(10_000)]
    table = JsonTable(BytesSource(json.dumps(records).encode()), "data", limit=10**9)
    batches = list(table.batches())
    assert len(batches) > 2
    assert [place for batch in batches for place in batch.places] == list(range(1, 10_001))
    assert [cell for batch in batches for cell in batch.column(0)] == list(map(str, range(10_000)))
