"""The Content realm: what a file is and holds, and charts of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms.content import ContentRealm
from artifact_plane.adapters.realms.content.plain_text import TextCounts
from artifact_plane.adapters.realms.insights import InsightsRealm
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import BytesSource, Renderable
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import (
    DribblingSource,
    MemoryShelf,
    carried_out,
    csv_of,
    done,
    intent,
    objects,
    refusal,
)
from tests.adapters.realms.content_stage import PENGUINS, REALM, fields_by_name, parsed


async def test_the_realm_names_itself_and_what_it_handles() -> None:
    assert REALM.name == "content"
    assert REALM.intent_types == {"parse_content", "visualize"}
    with pytest.raises(RefusedInput, match="does not handle 'create_poc'"):
        await carried_out(REALM, intent("create_poc", b"x"))


# parse_content


def test_a_csv_is_parsed_into_its_size_and_its_fields() -> None:
    payload = parsed(PENGUINS)
    assert (payload["format"], payload["rows"], payload["columns"]) == ("csv", 60, 5)
    assert payload["title"] == "CSV table, 60 rows, 5 columns"
    assert payload["bytes"] == len(PENGUINS)
    assert payload["delimiter"] == ","
    fields = fields_by_name(payload)
    assert {name: field["type"] for name, field in fields.items()} == {
        "species": "text",
        "island": "text",
        "mass": "integer",
        "sex": "text",
        "seen": "date",
    }
    assert fields["species"]["top"] == [{"value": "Adelie", "count": 40}, {"value": "Gentoo", "count": 20}]
    assert (fields["sex"]["missing"], fields["sex"]["values"], fields["sex"]["distinct"]) == (6, 54, 1)
    assert (fields["seen"]["min"], fields["seen"]["max"]) == ("2024-01-01", "2024-09-01")
    assert payload["missing_cells"] == 6
    assert "na" in (payload["missing_words"] or ())  # type: ignore[operator]


async def test_an_analysis_offers_markdown_and_html_and_others_where_asked_for() -> None:
    output = await carried_out(REALM, intent("parse_content", PENGUINS))
    assert output.renderings == (
        Renderable(name="markdown", renderer="document", format="markdown"),
        Renderable(name="html", renderer="document", format="html"),
    )
    asked = await carried_out(REALM, intent("parse_content", PENGUINS, formats=["pdf"]))
    assert [view.name for view in asked.renderings] == ["pdf"]


async def test_labels_asked_for_are_put_on_the_output_of_every_intent_type() -> None:
    """So that a policy can be tried by label."""
    for realm in (ContentRealm(), InsightsRealm()):
        for intent_type in sorted(realm.intent_types):
            output = await carried_out(realm, intent(intent_type, PENGUINS, labels=["pii", "draft", "pii"]))
            assert output.labels == ("draft", "pii")


def test_a_header_without_rows_is_a_table_of_no_rows() -> None:
    payload = parsed(b"a,b,c\n")
    assert (payload["rows"], payload["columns"]) == (0, 3)
    assert [field["type"] for field in objects(payload["fields"])] == ["empty"] * 3


def test_columns_that_were_given_another_name_are_listed() -> None:
    assert parsed(b"a,a,\n1,2,3\n")["header"] == {
        "renamed": [
            {"column": 2, "name": "a (2)", "reason": "repeated"},
            {"column": 3, "name": "column 3", "reason": "empty"},
        ],
        "renamed_columns": 2,
    }


def test_the_format_given_wins_over_the_one_that_is_found() -> None:
    assert parsed(b"name\nAnn\nBob\n")["format"] == "text"
    payload = parsed(b"name\nAnn\nBob\n", format="csv")
    assert (payload["format"], payload["rows"], payload["columns"]) == ("csv", 2, 1)
    assert parsed(b"a,b\n1,2\n", format="text")["lines"] == 2
    assert parsed(b"a\tb\n1,5\t2\n")["format"] == "tsv"
    assert parsed(b"{ unfinished prose", format="text")["words"] == 3


def test_json_records_are_a_table_with_records_as_places() -> None:
    payload = parsed(b'[{"id": 1, "zip": "01234"}, {"id": "x", "zip": "9", "more": [1]}, {"id": 3}]')
    assert (payload["format"], payload["root"], payload["rows"], payload["columns"]) == ("json", "array", 3, 3)
    assert payload["place"] == "record"
    assert {name: field["type"] for name, field in fields_by_name(payload).items()} == {
        "id": "text",
        "zip": "text",
        "more": "nested",
    }
    assert fields_by_name(payload)["id"]["conflicts"] == {"expected": "number", "count": 1, "places": [2]}


def test_another_json_document_has_a_structure() -> None:
    payload = parsed(b'{"a": {"b": [1, {"c": null}]}, "d": "x"}')
    assert payload["title"] == "JSON object: 7 values, depth 4"
    assert payload["counts"] == {"array": 1, "null": 1, "number": 1, "object": 3, "text": 1}
    assert payload["members"] == [{"name": "a", "type": "object"}, {"name": "d", "type": "text"}]
    assert "rows" not in payload


def test_plain_text_is_counted() -> None:
    payload = parsed(b"One two three.\r\nFour.\r\n\r\n\r\nFive six\n")
    assert {key: payload[key] for key in ("lines", "words", "paragraphs", "characters", "longest_line")} == {
        "lines": 5,
        "words": 6,
        "paragraphs": 2,
        "characters": 32,
        "longest_line": 14,
    }


@given(st.lists(st.sampled_from(["a", "bb", " ", "\n", "\r\n", "\r", "\t"]), max_size=60), st.integers(1, 9))
def test_the_counts_of_a_text_in_pieces_are_those_of_the_whole_text(parts: list[str], step: int) -> None:
    text = "".join(parts)
    counts = TextCounts.of(text[begin : begin + step] for begin in range(0, len(text), step))
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.removesuffix("\n").split("\n") if plain else []
    assert (counts.lines, counts.words, counts.characters) == (len(lines), len(plain.split()), len(plain))
    assert counts.longest_line == max(map(len, lines), default=0)
    begins = [line for before, line in zip(["", *lines], lines, strict=False) if line.strip() and not before.strip()]
    assert counts.paragraphs == len(begins)


async def test_the_meaning_of_an_artifact_is_analysed_as_the_document_that_it_is() -> None:
    shelf = MemoryShelf()
    shelf.put("wf-1", "workflow", {"title": "Pay…", "steps": [{"id": "a"}, {"id": "b"}]})
    output = await carried_out(REALM, intent("parse_content", artifact_id="wf-1"), shelf)
    assert output.derived_from == ("wf-1",)
    payload = output.semantic_payload
    assert payload["title"] == "Meaning of an artifact of type workflow"
    assert (payload["artifact_id"], payload["version"], payload["root"]) == ("wf-1", 3, "object")
    assert payload["counts"] == {"array": 1, "object": 3, "text": 3}


async def test_an_artifact_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        await carried_out(REALM, intent("parse_content", artifact_id="gone"))


def test_neither_or_both_of_attachment_and_artifact_are_refused() -> None:
    assert refusal(REALM, "parse_content").where == "attachment 'data'"
    assert refusal(REALM, "parse_content", b"a,b\n", artifact_id="a-1").where == "attachment 'data'"
    assert refusal(REALM, "parse_content", artifact_id="a-1", format="csv").where == "parameter 'format'"


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"fromat": "csv"}, "parameter 'fromat'"),
        ({"format": "xml"}, "parameter 'format'"),
        ({"format": 1}, "parameter 'format'"),
        ({"formats": ["svg"]}, "parameter 'formats'"),
        ({"formats": {}}, "parameter 'formats'"),
        ({"artifact_id": "a:b"}, "parameter 'artifact_id'"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(parameters: dict[str, Json], where: str) -> None:
    assert refusal(REALM, "parse_content", b"a,b\n1,2\n", **parameters).where == where


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "byte 0"),
        (b" \n \n", "byte 0"),
        (b"a,b\n1,\x002\n", "byte 6"),
        (b"a,b\n1,\xff\n", "byte 6"),
        (bytes(range(256)), "byte 0"),
        ("a,b\n1,2\n".encode("utf-16"), "byte 0"),
        (b"a,b\n1,2\n1,2,3\n", "line 3"),
        (b'a,b\n1,"x\n', "line 2"),
        (b"[" * 100_000, "line 1, column 102"),
        (b'{"a": 1, "a": 2}', "line 1, column 10"),
        (b"[NaN]", "line 1, column 2"),
    ],
)
def test_malformed_empty_and_binary_input_is_refused_at_its_place(data: bytes, where: str) -> None:
    format: dict[str, Json] = {"format": "json"} if data.startswith(b"[NaN") else {}
    error = refusal(REALM, "parse_content", data, **format)
    assert error.where == f"attachment 'data', {where}"


@pytest.mark.parametrize(
    ("data", "format"),
    [(PENGUINS, "csv"), (b'[{"a": 1}]', "json"), (b"# Title\n", "markdown"), (b"Some text.\n", "text")],
)
def test_input_over_its_limit_is_refused_in_every_format(data: bytes, format: str) -> None:
    tight = ContentRealm(max_table_bytes=5, max_json_bytes=5, max_document_bytes=5)
    for source in (BytesSource(data), DribblingSource(data)):
        assert "limit of 5 bytes" in refusal(tight, "parse_content", source, format=format).message


# Everything


_TABLES = st.lists(
    st.lists(st.sampled_from(["1", "2.5", "x", "", "NA", "2024-01-01", '"q"', "yes"]), max_size=3), max_size=6
)


@settings(deadline=None)
@given(
    st.binary(max_size=80)
    | st.text(max_size=60).map(str.encode)
    | _TABLES.map(lambda rows: "\n".join(map(",".join, [["a", "b"], *rows])).encode())
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["parse_content", "visualize"]),
    st.sampled_from([None, "csv", "tsv", "json", "markdown", "text"]),
)
def test_any_bytes_give_a_result_or_a_refusal_with_place_and_remedy(
    data: bytes, intent_type: str, format: str | None
) -> None:
    try:
        payload = done(REALM, intent_type, data, format=format)
    except RefusedInput as refused:
        assert refused.where
        assert refused.remedy
    else:
        assert payload["title"]
        assert payload == done(REALM, intent_type, data, format=format)


def test_a_table_of_ten_thousand_columns_gives_bounded_payloads() -> None:
    """The outputs' size is checked for every output; the longest names and values that are allowed are used."""
    names = ",".join("\N{GRINNING FACE}" * 200 + str(index) for index in range(500))
    row = ",".join("\N{GRINNING FACE}" * 60 + str(index % 7) for index in range(500))
    data = csv_of(names, *[row] * 4)
    for intent_type in sorted(REALM.intent_types):
        assert done(REALM, intent_type, data, format="csv")["columns"] == 500
