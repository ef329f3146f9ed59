"""The Insights realm: figures that can be checked by hand, and nothing that is not in the data."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms import builtin_realms
from artifact_plane.adapters.realms.content import ContentRealm
from artifact_plane.adapters.realms.insights.repeated import RepeatedRows
from artifact_plane.adapters.realms.tabular.profile import MAX_SAMPLE_ROWS
from artifact_plane.adapters.realms.tabular.table import FullBatch
from artifact_plane.domain.model.rendering import Renderable
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import MemoryShelf, carried_out, csv_of, done, intent, objects, refusal
from tests.adapters.realms.insights_stage import CLAIMS, REALM, report, sentences


async def test_the_realm_names_itself_and_what_it_handles() -> None:
    assert REALM.name == "insights"
    assert REALM.intent_types == {"assess_data_quality", "interpret_data"}
    with pytest.raises(RefusedInput, match="does not handle 'visualize'"):
        await carried_out(REALM, intent("visualize", b"x"))


# assess_data_quality


def test_a_report_has_the_figures_of_what_is_wrong() -> None:
    payload = report(CLAIMS)
    assert (payload["rows"], payload["columns"]) == (20, 4)
    assert payload["missing"] == {
        "total": 2,
        "share": 0.025,
        "columns": [{"column": "amount", "count": 1, "share": 0.05}, {"column": "paid", "count": 1, "share": 0.05}],
    }
    assert payload["duplicates"] == {"count": 1, "share": 0.05, "rows_checked": 20}
    assert payload["type_conflicts"] == [{"column": "amount", "expected": "number", "count": 1, "places": [4]}]
    (outliers,) = objects(payload["outliers"])
    assert (outliers["column"], outliers["method"], outliers["count"]) == ("amount", "IQR", 1)
    assert payload["not_assessed"] == []


def test_the_score_follows_its_formula() -> None:
    payload = report(CLAIMS)
    shares = payload["shares"]
    assert isinstance(shares, dict)
    expected = 100.0
    for share in shares.values():
        expected *= 1 - share
    assert payload["score"] == round(expected, 1)
    assert "missing share" in str(payload["formula"])
    assert report(b"a,b\n1,x\n2,y\n")["score"] == 100


def test_findings_are_sentences_with_figures_the_gravest_first() -> None:
    findings = objects(report(CLAIMS)["findings"])
    texts = [str(one["finding"]) for one in findings]
    assert "1 of 20 rows repeat an earlier row (5 %)." in texts
    assert "'amount' misses 1 of 20 values (5 %)." in texts
    assert "'amount' holds 1 of 19 values that are no number, first at line 4." in texts
    order = ["high", "medium", "low", "info"]
    ranks = [order.index(str(one["severity"])) for one in findings]
    assert ranks == sorted(ranks)


def test_data_without_fault_is_said_to_be_so() -> None:
    assert objects(report(b"a,b\n1,x\n2,y\n")["findings"]) == [
        {
            "finding": "Nothing was found: no missing values, repeated rows, type conflicts or outliers.",
            "severity": "info",
        }
    ]


def test_an_empty_column_and_a_constant_one_are_found() -> None:
    texts = [one["finding"] for one in objects(report(b"a,b,c\n1,,x\n2,NA,x\n")["findings"])]
    assert "'b' holds no value at all." in texts
    assert "'c' holds the same value 2 times." in texts


def test_a_table_without_rows_has_no_score() -> None:
    payload = report(b"a,b\n")
    assert payload["score"] is None
    assert objects(payload["findings"])[0] == {"finding": "The table has no rows.", "severity": "high"}


async def test_a_report_offers_charts_where_there_is_something_to_draw() -> None:
    output = await carried_out(REALM, intent("assess_data_quality", CLAIMS))
    assert [(view.name, view.renderer) for view in output.renderings if isinstance(view, Renderable)] == [
        ("markdown", "document"),
        ("html", "document"),
        ("svg", "chart"),
    ]
    titles = [chart["title"] for chart in objects(output.semantic_payload["charts"])]
    assert titles == ["Missing values by column, in %", "Distribution of amount"]
    clean = await carried_out(REALM, intent("assess_data_quality", b"a,b\n1,x\n2,y\n"))
    assert [view.name for view in clean.renderings] == ["markdown", "html"]


def test_a_chart_that_cannot_be_drawn_is_refused_when_asked_for() -> None:
    assert refusal(REALM, "assess_data_quality", b"a,b\n1,x\n", formats=["svg"]).where == "parameter 'formats'"
    assert refusal(REALM, "assess_data_quality", b"a,b\n1,x\n", formats=["gif"]).where == "parameter 'formats'"


def test_outliers_of_a_table_larger_than_its_sample_are_counted_in_all_rows() -> None:
    rows = 2 * MAX_SAMPLE_ROWS
    values = [str(row % 100 * 1.5) if row % 1000 else "99999" for row in range(rows)]
    (outliers,) = objects(report(csv_of("x,y", *(f"{value}," for value in values)))["outliers"])
    assert outliers["count"] == rows // 1000


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "1", "x"])), max_size=30), st.integers(1, 9))
def test_repeated_rows_are_those_beyond_the_first_of_each(rows: list[tuple[str, str]], batch_rows: int) -> None:
    repeated = RepeatedRows()
    for begin in range(0, len(rows), batch_rows):
        batch = rows[begin : begin + batch_rows]
        repeated(FullBatch(names=("a", "b"), rows=batch, places=range(len(batch))))
    assert (repeated.checked, repeated.count()) == (len(rows), len(rows) - len(set(rows)))


def test_rows_beyond_the_room_are_not_compared_and_the_report_says_how_many_were() -> None:
    repeated = RepeatedRows(max_rows=3)
    repeated(FullBatch(names=("a",), rows=[("x",)] * 2, places=range(2)))
    repeated(FullBatch(names=("a",), rows=[("x",)] * 5, places=range(5)))
    assert (repeated.checked, repeated.count()) == (3, 2)


def test_records_are_repeated_whatever_the_order_of_their_members() -> None:
    data = b'[{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 2, "c": null}, {"a": 1}]'
    assert report(data)["duplicates"] == {"count": 2, "share": 0.5, "rows_checked": 4}


_ROWS = st.lists(st.tuples(*[st.sampled_from(["", "NA", "1", "2", "3.5", "x", "yes", "a,b", "q\n"])] * 3), max_size=25)


@given(_ROWS)
def test_missing_cells_and_repeated_rows_are_those_of_a_naive_look(rows: list[tuple[str, str, str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    payload = report(written.getvalue().encode(), format="csv")
    missing = payload["missing"]
    assert isinstance(missing, dict)
    assert missing["total"] == sum(cell in ("", "NA") for row in rows for cell in row)
    duplicates = payload["duplicates"]
    assert isinstance(duplicates, dict)
    assert duplicates["count"] == len(rows) - len(set(rows))
    assert payload["rows"] == len(rows)


# From earlier artifacts


async def test_an_analysis_is_assessed_from_its_statistics_and_says_what_was_not() -> None:
    shelf = MemoryShelf()
    analysis = await carried_out(ContentRealm(), intent("parse_content", CLAIMS))
    shelf.put("an-1", "analysis_result", analysis.semantic_payload)
    output = await carried_out(REALM, intent("assess_data_quality", artifact_id="an-1"), shelf)
    assert output.derived_from == ("an-1",)
    payload = output.semantic_payload
    direct = (await carried_out(REALM, intent("assess_data_quality", CLAIMS))).semantic_payload
    for same in ("rows", "columns", "missing", "type_conflicts", "fields"):
        assert payload[same] == direct[same]
    assert payload["not_assessed"] == ["duplicates", "outliers"]
    assert payload["duplicates"] == {"count": None}


async def test_a_quality_report_is_interpreted_with_what_it_says_of_the_rows() -> None:
    shelf = MemoryShelf()
    quality = await carried_out(REALM, intent("assess_data_quality", CLAIMS))
    shelf.put("q-1", "quality_report", quality.semantic_payload)
    output = await carried_out(REALM, intent("interpret_data", artifact_id="q-1"), shelf)
    assert output.derived_from == ("q-1",)
    texts = sentences(output.semantic_payload)
    assert "Rows that repeat an earlier one: 1. Every count and mean weighs them again." in texts
    assert "Values of 'amount' far from the others: 1. Its mean and deviation depend on them." in texts
    assert "Give the table itself as 'data' to see how its columns relate." in (
        output.semantic_payload["next_steps"] or ()  # type: ignore[operator]
    )


@pytest.mark.parametrize("intent_type", sorted(REALM.intent_types))
def test_what_is_no_table_is_refused(intent_type: str) -> None:
    for data in (b"# Title\n\ntext\n", b"Just a text.\n", b'{"a": 1}', b""):
        assert "attach" in (refusal(REALM, intent_type, data).remedy or "")
    assert refusal(REALM, intent_type, b"a,b\n1\n").where == "attachment 'data', line 2"
    assert refusal(REALM, intent_type).where == "attachment 'data'"


# Everything


_TABLES = st.lists(
    st.lists(
        st.sampled_from(
            ["1", "2.5", "-3", "1e308", "-1e308", "1e-320", "x", "", "NA", "2024-01-01", "0001-01-01", "yes"]
        ),
        min_size=2,
        max_size=2,
    ),
    max_size=20,
)


@settings(deadline=None)
@given(
    st.binary(max_size=60)
    | _TABLES.map(lambda rows: "\n".join(map(",".join, [["a", "b"], *rows])).encode())
    | _TABLES.map(lambda rows: "\n".join(map(",".join, [["a", "b"], *rows, *rows, *rows])).encode()),
    st.sampled_from(["assess_data_quality", "interpret_data"]),
    st.sampled_from([None, "csv"]),
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
        assert payload == done(REALM, intent_type, data, format=format)


def test_a_table_of_many_columns_with_the_longest_names_gives_bounded_payloads() -> None:
    """The outputs' size is checked for every output."""
    names = ",".join("\N{GRINNING FACE}" * 200 + str(index) for index in range(500))
    rows = [
        ",".join("NA" if (row + index) % 5 == 0 else str(row * index % 7 + 0.5) for index in range(500))
        for row in range(30)
    ]
    broken = ",".join(["x"] * 500)
    for intent_type in sorted(REALM.intent_types):
        assert done(REALM, intent_type, csv_of(names, *rows, broken), format="csv")["columns"] == 500


def test_the_realms_that_come_with_the_plane_share_no_name_and_no_intent_type() -> None:
    realms = builtin_realms()
    assert [realm.name for realm in realms] == ["content", "insights", "journey", "outcomes"]
    handled = [intent_type for realm in realms for intent_type in realm.intent_types]
    assert len(handled) == len(set(handled)) == 10
