"""The content realm draws: charts are chosen from the types of the columns."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.rendering import Renderable
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import MemoryShelf, carried_out, csv_of, intent, objects, refusal
from tests.adapters.realms.content_stage import PENGUINS, REALM, visual


def test_charts_are_chosen_from_the_types_of_the_columns() -> None:
    charts = visual(PENGUINS)
    assert [chart["kind"] for chart in charts] == ["line", "bar", "histogram", "bar", "bar"]
    assert all(chart["reason"] for chart in charts)
    line, counts, spread, means, _ = charts
    assert line["x"] == {"label": "seen", "categories": [f"2024-0{month}-01" for month in range(1, 10)]}
    assert counts["x"] == {"label": "species", "categories": ["Adelie", "Gentoo"]}
    assert objects(counts["series"])[0]["values"] == [40, 20]
    assert sum(objects(spread["series"])[0]["values"]) == 60  # type: ignore[arg-type]
    assert means["title"] == "Mean mass by species"


async def test_a_visual_offers_svg_markdown_and_html() -> None:
    output = await carried_out(REALM, intent("visualize", PENGUINS))
    assert [(view.name, view.renderer) for view in output.renderings if isinstance(view, Renderable)] == [
        ("svg", "chart"),
        ("markdown", "document"),
        ("html", "document"),
    ]


def test_two_measures_that_go_together_are_drawn_as_points() -> None:
    rows = [f"{x * 1.5},{x * -3 + x % 4}" for x in range(800)]
    scatter = next(chart for chart in visual(csv_of("a,b", *rows)) if chart["kind"] == "scatter")
    points = objects(scatter["series"])[0]["points"]
    assert isinstance(points, list | tuple)
    assert points[0] == [0, 0]
    assert 250 <= len(points) <= 500


def test_categories_that_are_numbers_stand_in_order_and_rare_ones_together() -> None:
    years = [f"{2000 + row % 9},x{row % 30 % 17}" for row in range(600)]
    charts = {str(chart["title"]): chart for chart in visual(csv_of("year,kind", *years))}
    assert charts["Rows by year"]["x"] == {"label": "year", "categories": [str(year) for year in range(2000, 2009)]}
    kinds = charts["Rows by kind"]["x"]
    assert isinstance(kinds, dict)
    assert kinds["categories"][-1] == "others"
    assert sum(objects(charts["Rows by kind"]["series"])[0]["values"]) == 600  # type: ignore[arg-type]


def test_a_small_table_is_drawn_row_by_row() -> None:
    chart = visual(csv_of("city,people", "Rome,3", "Oslo,1", "Bern,2"))[0]
    assert chart["x"] == {"label": "city", "categories": ["Rome", "Oslo", "Bern"]}
    assert objects(chart["series"])[0]["values"] == [3, 1, 2]


@pytest.mark.parametrize(
    "data", [b"a,b\n1,2\n", b"a,b\nx,y\n", b"a,b\nNA,\n", b'[{"a": [1]}]', b"a,b\n1,1\n1,1\n1,1\n"]
)
def test_any_table_with_a_row_has_a_chart(data: bytes) -> None:
    assert visual(data)


@pytest.mark.parametrize("data", [b"a,b\n", b"[{}]"])
def test_a_table_with_nothing_to_draw_is_refused(data: bytes) -> None:
    assert "nothing to draw" in refusal(REALM, "visualize", data).message


@pytest.mark.parametrize("data", [b"# Title\n\ntext\n", b"Just a text.\n", b'{"a": 1}', b"[1, 2]", b"[]"])
def test_what_is_no_table_is_refused_with_what_to_attach(data: bytes) -> None:
    assert "JSON objects" in (refusal(REALM, "visualize", data).remedy or "")


async def test_an_analysis_is_drawn_from_the_statistics_that_it_holds() -> None:
    shelf = MemoryShelf()
    analysis = await carried_out(REALM, intent("parse_content", PENGUINS))
    shelf.put("an-1", "analysis_result", analysis.semantic_payload)
    output = await carried_out(REALM, intent("visualize", artifact_id="an-1"), shelf)
    assert output.derived_from == ("an-1",)
    charts = objects(output.semantic_payload["charts"])
    assert [chart["title"] for chart in charts] == ["Rows by species", "Distribution of mass", "Rows by island"]
    direct = await carried_out(REALM, intent("visualize", PENGUINS))
    assert charts[1] in objects(direct.semantic_payload["charts"])


async def test_an_artifact_that_describes_no_table_is_refused() -> None:
    shelf = MemoryShelf()
    shelf.put("wf-1", "workflow", {"title": "Pay", "steps": []})
    with pytest.raises(RefusedInput, match="describes no table"):
        await carried_out(REALM, intent("visualize", artifact_id="wf-1"), shelf)
