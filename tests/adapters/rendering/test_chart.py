"""The renderer `chart`."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.rendering.chart.scale import scale
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.json import Json, JsonObject

from .drawing import SVG, draw, parse_svg, texts
from .samples import CHARTS, HOSTILE

_numbers = st.floats(-1e300, 1e300, allow_nan=False) | st.integers(-(2**53), 2**53)
_labels = st.text(max_size=60) | st.just(HOSTILE)


def _bars(categories: list[Json], *series: list[Json]) -> JsonObject:
    named: list[Json] = [{"name": f"series {number}", "values": values} for number, values in enumerate(series)]
    return {
        "charts": [{"kind": "bar", "title": "Bars", "x": {"label": "x", "categories": categories}, "series": named}]
    }


@st.composite
def _any_chart(draw: st.DrawFn) -> JsonObject:
    count = draw(st.integers(0, 30))
    values = st.lists(st.none() | _numbers, min_size=count, max_size=count)
    kind = draw(st.sampled_from(["bar", "line", "line by number", "scatter", "histogram"]))
    x: dict[str, Json] = {"label": draw(_labels)}
    if kind == "histogram":
        x["edges"] = sorted(draw(st.sets(st.integers(-10_000, 10_000), min_size=count + 1, max_size=count + 1)))
        x["edges"] = x["edges"] if count else []
    elif kind == "line by number":
        x["values"] = draw(st.lists(_numbers, min_size=count, max_size=count))
    elif kind != "scatter":
        x["categories"] = draw(st.lists(_labels, min_size=count, max_size=count))
    series: list[Json] = []
    for _ in range(draw(st.integers(0, 10))):
        points: Json = [list(pair) for pair in draw(st.lists(st.tuples(_numbers, _numbers), max_size=20))]
        given_values: dict[str, Json] = {"points": points} if kind == "scatter" else {"values": draw(values)}
        series.append({"name": draw(_labels), **given_values})
    title: dict[str, Json] = {"kind": kind.split()[0], "title": draw(_labels), "y": {"label": draw(_labels)}}
    return {"charts": [{**title, "x": x, "series": series}]}


@given(_any_chart())
@settings(deadline=None)
def test_any_chart_becomes_well_formed_inert_svg_inside_its_frame(payload: JsonObject) -> None:
    """Whatever numbers and texts there are: well-formed, no active element, and no mark beyond the drawing."""
    root = parse_svg(draw("chart", "svg", payload))
    allowed = {"svg", "title", "desc", "g", "rect", "line", "text", "tspan", "polyline", "polygon", "circle"}
    assert {str(element.tag).removeprefix(SVG) for element in root.iter()} <= allowed
    assert all(not name.startswith("on") and "href" not in name for one in root.iter() for name in one.attrib)
    height = float(root.attrib["height"])
    for element in root.iter(f"{SVG}rect"):
        assert 0 <= float(element.attrib.get("x", "0")) <= 760
        assert 0 <= float(element.attrib.get("y", "0")) <= height
        assert float(element.attrib["width"]) >= 0 <= float(element.attrib["height"])


@given(st.lists(_numbers, min_size=1, max_size=20), st.booleans(), st.booleans())
@settings(deadline=None)
@example([5e-324], False, False)
@example([1, 1.00000001], False, False)
def test_a_scale_holds_its_values_between_round_rising_marks(values: list[float], from_zero: bool, whole: bool) -> None:
    """Marks are one step apart, few, their labels differ, and every value lies between the first and the last."""
    axis = scale(values, about=5, from_zero=from_zero, whole=whole)
    assert 2 <= len(axis.marks) <= 13
    assert len(set(axis.labels)) == len(axis.labels)
    assert all(left < right for left, right in pairwise(axis.marks))
    assert all(-1e-6 <= axis.share(value) <= 1 + 1e-6 for value in values)
    assert not from_zero or axis.marks[0] <= 0 <= axis.marks[-1]


def test_marks_are_round_numbers() -> None:
    """Steps of 1, 2, 2.5 or 5, written without a trace of binary fractions."""
    assert scale([0.1, 0.35], about=5).labels == ("0.10", "0.15", "0.20", "0.25", "0.30", "0.35")
    assert scale([0, 152], about=5).labels == ("0", "50", "100", "150", "200")
    assert scale([12010, 15010], about=3).labels == ("12,000", "13,000", "14,000", "15,000", "16,000")
    assert scale([-3, 7], about=5).labels == ("-4", "-2", "0", "2", "4", "6", "8")
    assert scale([2e15, 3e15], about=2).labels == ("2.0e+15", "2.5e+15", "3.0e+15")
    assert scale([1, 2], about=5, whole=True).labels == ("1", "2")


def test_every_chart_of_the_meaning_is_drawn_under_the_one_before() -> None:
    """Titles, axis names, legends and numbers of all four kinds are there, in order."""
    svg = draw("chart", "svg", CHARTS)
    shown = texts(parse_svg(svg))
    titles = ["What the file shows", "Penguins by species", "Body mass", "Bill", "Claims"]
    assert [text for text in shown if text in titles] == titles
    for text in ("species", "count", "Adelie", "none", "152", "g", "length", "depth", "Gentoo", "2025", "Series 2"):
        assert text in shown
    tops = [float(element.attrib["y"]) for element in parse_svg(svg).iter(f"{SVG}tspan")]
    assert tops == sorted(tops)


def test_a_picture_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    """It has the role of an image, a title, and a description with figures, on a ground of its own."""
    root = parse_svg(draw("chart", "svg", CHARTS))
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root][:3] == [f"{SVG}title", f"{SVG}desc", f"{SVG}rect"]
    assert root[0].text == "What the file shows"
    assert "Bar chart “Penguins by species”: 1 series, 3 values from 68 to 152." in str(root[1].text)


def test_bars_start_at_zero_and_gaps_stay_empty() -> None:
    """Heights are in proportion to the values; a null is no bar."""
    root = parse_svg(draw("chart", "svg", _bars(["a", "b", "c", "d"], [10, -5, None, 20])))
    bars = [element for group in root.iter(f"{SVG}g") if "fill" in group.attrib for element in group]
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert len(bars) == 3
    assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] * 2], abs=0.02)
    assert float(bars[1].attrib["y"]) == pytest.approx(float(bars[0].attrib["y"]) + heights[0], abs=0.02)


def test_the_base_of_a_line_chart_is_zero_or_the_bottom() -> None:
    """A chart of negative numbers has its base below them, where the words are."""
    for values, is_at_zero in (([-3, -1], False), ([-3, 3], True), ([7, 9], False)):
        line: Json = {"kind": "line", "x": {"values": [0, 1]}, "series": [{"values": values}]}
        root = parse_svg(draw("chart", "svg", {"charts": [line]}))
        base = next(one for one in root.iter(f"{SVG}line") if one.attrib["stroke"] == "#8793a3")
        heights = [float(one.attrib["y1"]) for one in root.iter(f"{SVG}line") if one.attrib["stroke"] == "#e3e8ee"]
        assert (float(base.attrib["y1"]) == max(heights)) is not is_at_zero


@pytest.mark.parametrize("count", [3, 12, 40, 400])
def test_category_labels_never_overlap(count: int) -> None:
    """However many there are: level labels stand clear of each other, slanted ones are a line apart."""
    names: list[Json] = [f"category with a long name {number}" for number in range(count)]
    root = parse_svg(draw("chart", "svg", _bars(names, [1] * count)))
    labels = [element for element in root.iter(f"{SVG}text") if re.match("category|…", element.text or "")]
    places = [float(element.attrib["x"]) for element in labels if "transform" in element.attrib]
    assert len(labels) >= min(count, 3)
    assert all(right - left >= 20 for left, right in pairwise(places))


@pytest.mark.parametrize("kind", ["bar", "line", "scatter", "histogram"])
def test_a_chart_without_numbers_says_so(kind: str) -> None:
    """No series, or only gaps: a frame with the words "no data"."""
    x: Json = {"label": "x", "edges": []} if kind == "histogram" else {"label": "x", "categories": []}
    payload: JsonObject = {"charts": [{"kind": kind, "title": "Empty", "x": x, "series": []}]}
    assert "no data" in texts(parse_svg(draw("chart", "svg", payload)))


def test_points_on_the_same_spot_are_drawn_once() -> None:
    """So that a picture of a hundred thousand points stays small."""
    points: Json = [[number % 10, 0] for number in range(100_000)]
    svg = draw("chart", "svg", {"charts": [{"kind": "scatter", "series": [{"points": points}]}]})
    assert len(list(parse_svg(svg).iter(f"{SVG}circle"))) == 10


def test_a_meaning_without_charts_is_refused() -> None:
    """And the error says what is missing."""
    with pytest.raises(UnsupportedRendering, match="no key 'charts'"):
        draw("chart", "svg", {"title": "x"})


@pytest.mark.parametrize(
    ("chart", "where"),
    [
        (7, "charts[0]"),
        ({"kind": "pie"}, "charts[0].kind"),
        ({"kind": "bar", "x": {"categories": "abc"}}, "charts[0].x.categories"),
        ({"kind": "bar", "x": {}}, "charts[0].x.values"),
        ({"kind": "bar", "x": {"categories": ["a"]}, "series": [{"values": []}]}, "charts[0].series[0].values"),
        ({"kind": "line", "x": {"values": [1]}, "series": [{"values": ["secret"]}]}, "charts[0].series[0].values[0]"),
        ({"kind": "line", "x": {"values": [1]}, "series": [{"values": [True]}]}, "charts[0].series[0].values[0]"),
        ({"kind": "line", "x": {"values": [1e301]}}, "charts[0].x.values[0]"),
        ({"kind": "histogram", "x": {"edges": [2, 1]}}, "charts[0].x.edges"),
        ({"kind": "scatter", "series": [{"points": [[1]]}]}, "charts[0].series[0].points[0]"),
        ({"kind": "bar", "title": 3, "x": {"categories": []}}, "charts[0].title"),
    ],
)  # fmt: skip
def test_a_chart_of_another_shape_is_refused_at_its_place(chart: Json, where: str) -> None:
    """The error names the place and never quotes what stands there."""
    with pytest.raises(UnsupportedRendering) as refusal:
        draw("chart", "svg", {"charts": [chart]})
    assert refusal.value.where == where
    assert "secret" not in str(refusal.value)
