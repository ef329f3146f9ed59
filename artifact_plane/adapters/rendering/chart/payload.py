"""From JSON to charts; every refusal names the place in the payload, never what stands there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from artifact_plane.adapters.rendering.chart.model import LARGEST, Chart, ChartKind, Point, Series
from artifact_plane.adapters.rendering.numbers import plain_number
from artifact_plane.adapters.rendering.shape import Shape
from artifact_plane.domain.model.json import Json, JsonObject

_SHAPE: Final = Shape(
    "give charts in the shape that the module artifact_plane.adapters.rendering.chart.model describes"
)


def read_charts(payload: JsonObject) -> tuple[Chart, ...]:
    """The charts of ``payload``.

    Raises:
        UnsupportedRendering: there is no key ``charts``, or something in it is not as it must be.
    """
    if "charts" not in payload:
        raise _SHAPE.refusal("$", "the meaning has no key 'charts' to draw")
    return _SHAPE.items(payload["charts"], "charts", _chart)


def _chart(value: Json, where: str) -> Chart:
    chart = _SHAPE.object(value, where)
    kind = _kind(chart.get("kind"), f"{where}.kind")
    x, y = _SHAPE.object(chart.get("x", {}), f"{where}.x"), _SHAPE.object(chart.get("y", {}), f"{where}.y")
    places = _edges(x, f"{where}.x") if kind is ChartKind.HISTOGRAM else _positions(x, kind, f"{where}.x")
    read = _scatter_points if kind is ChartKind.SCATTER else _values_at(places)
    categories = _categories(x, kind, f"{where}.x")
    return Chart(
        kind=kind,
        title=_SHAPE.text(chart.get("title"), f"{where}.title"),
        x_label=_SHAPE.text(x.get("label"), f"{where}.x.label"),
        y_label=_SHAPE.text(y.get("label"), f"{where}.y.label"),
        series=_SHAPE.items(chart.get("series", ()), f"{where}.series", lambda one, at: _series(one, at, read)),
        categories=categories,
        edges=_SHAPE.items(x["edges"], f"{where}.x.edges", _number) if kind is ChartKind.HISTOGRAM else (),
    )


_ReadPoints = Callable[[JsonObject, str], tuple[Point, ...]]


def _series(value: Json, where: str, read: _ReadPoints) -> Series:
    series = _SHAPE.object(value, where)
    return Series(name=_SHAPE.text(series.get("name"), f"{where}.name"), points=read(series, where))


def _values_at(places: Sequence[float]) -> _ReadPoints:
    def read(series: JsonObject, where: str) -> tuple[Point, ...]:
        values = _SHAPE.items(series.get("values"), f"{where}.values", _number_or_gap)
        if len(values) != len(places):
            raise _SHAPE.refusal(f"{where}.values", f"{len(places)} values are expected here, not {len(values)}")
        return tuple(zip(places, values, strict=True))

    return read


def _scatter_points(series: JsonObject, where: str) -> tuple[Point, ...]:
    return _SHAPE.items(series.get("points"), f"{where}.points", _point)


def _point(value: Json, where: str) -> Point:
    pair = _SHAPE.items(value, where, _number)
    if len(pair) != 2:
        raise _SHAPE.refusal(where, "a point is a pair of numbers")
    return pair[0], pair[1]


def _positions(x: JsonObject, kind: ChartKind, where: str) -> tuple[float, ...]:
    if kind is ChartKind.SCATTER:
        return ()
    if "categories" in x:
        return tuple(map(float, range(len(_SHAPE.array(x["categories"], f"{where}.categories")))))
    values = _SHAPE.items(x.get("values"), f"{where}.values", _number)
    return values if kind is ChartKind.LINE else tuple(map(float, range(len(values))))


def _categories(x: JsonObject, kind: ChartKind, where: str) -> tuple[str, ...]:
    if kind not in (ChartKind.BAR, ChartKind.LINE):
        return ()
    if "categories" in x:
        return _SHAPE.items(x["categories"], f"{where}.categories", _category)
    if kind is ChartKind.LINE:
        return ()
    return tuple(map(plain_number, _SHAPE.items(x["values"], f"{where}.values", _number)))


def _category(value: Json, where: str) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_number(value) if isinstance(value, int | float) else _SHAPE.text(value, where)


def _edges(x: JsonObject, where: str) -> tuple[float, ...]:
    edges = _SHAPE.items(x.get("edges"), f"{where}.edges", _number)
    if len(edges) == 1 or any(left > right for left, right in pairwise(edges)):
        raise _SHAPE.refusal(f"{where}.edges", "the edges of bins are at least two numbers, none below the one before")
    return tuple(map(float, range(max(0, len(edges) - 1))))


def _kind(value: Json, where: str) -> ChartKind:
    kinds = {kind.value: kind for kind in ChartKind}
    if not isinstance(value, str) or value not in kinds:
        raise _SHAPE.refusal(where, f"a chart's kind is one of {', '.join(sorted(kinds))}")
    return kinds[value]


def _number_or_gap(value: Json, where: str) -> float | None:
    return None if value is None else _number(value, where)


def _number(value: Json, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise _SHAPE.refusal(where, "a number between -1e300 and 1e300 is expected here")
    return value
