"""From JSON to charts; every refusal names the place in the payload, never what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeVar

from artifact_plane.adapters.rendering.chart.model import LARGEST, Chart, ChartKind, Point, Series
from artifact_plane.adapters.rendering.numbers import plain_number
from artifact_plane.adapters.rendering.text import one_line
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.json import Json, JsonObject

_SHAPE: Final = "give charts in the shape that the module artifact_plane.adapters.rendering.chart.model describes"
_T = TypeVar("_T")


def read_charts(payload: JsonObject) -> tuple[Chart, ...]:
    """The charts of ``payload``.

    Raises:
        UnsupportedRendering: there is no key ``charts``, or something in it is not as it must be.
    """
    if "charts" not in payload:
        raise UnsupportedRendering("the meaning has no key 'charts' to draw", where="$", remedy=_SHAPE)
    return _items(payload["charts"], "charts", _chart)


def _chart(value: Json, where: str) -> Chart:
    chart = _object(value, where)
    kind = _kind(chart.get("kind"), f"{where}.kind")
    x, y = _object(chart.get("x", {}), f"{where}.x"), _object(chart.get("y", {}), f"{where}.y")
    places = _edges(x, f"{where}.x") if kind is ChartKind.HISTOGRAM else _positions(x, kind, f"{where}.x")
    read = _scatter_points if kind is ChartKind.SCATTER else _values_at(places)
    categories = _categories(x, kind, f"{where}.x")
    return Chart(
        kind=kind,
        title=_text(chart.get("title"), f"{where}.title"),
        x_label=_text(x.get("label"), f"{where}.x.label"),
        y_label=_text(y.get("label"), f"{where}.y.label"),
        series=_items(chart.get("series", ()), f"{where}.series", lambda one, at: _series(one, at, read)),
        categories=categories,
        edges=_items(x["edges"], f"{where}.x.edges", _number) if kind is ChartKind.HISTOGRAM else (),
    )


_ReadPoints = Callable[[JsonObject, str], tuple[Point, ...]]


def _series(value: Json, where: str, read: _ReadPoints) -> Series:
    series = _object(value, where)
    return Series(name=_text(series.get("name"), f"{where}.name"), points=read(series, where))


def _values_at(places: Sequence[float]) -> _ReadPoints:
    def read(series: JsonObject, where: str) -> tuple[Point, ...]:
        values = _items(series.get("values"), f"{where}.values", _number_or_gap)
        if len(values) != len(places):
            raise _refusal(f"{where}.values", f"{len(places)} values are expected here, not {len(values)}")
        return tuple(zip(places, values, strict=True))

    return read


def _scatter_points(series: JsonObject, where: str) -> tuple[Point, ...]:
    return _items(series.get("points"), f"{where}.points", _point)


def _point(value: Json, where: str) -> Point:
    pair = _items(value, where, _number)
    if len(pair) != 2:
        raise _refusal(where, "a point is a pair of numbers")
    return pair[0], pair[1]


def _positions(x: JsonObject, kind: ChartKind, where: str) -> tuple[float, ...]:
    if kind is ChartKind.SCATTER:
        return ()
    if "categories" in x:
        return tuple(map(float, range(len(_array(x["categories"], f"{where}.categories")))))
    values = _items(x.get("values"), f"{where}.values", _number)
    return values if kind is ChartKind.LINE else tuple(map(float, range(len(values))))


def _categories(x: JsonObject, kind: ChartKind, where: str) -> tuple[str, ...]:
    if kind not in (ChartKind.BAR, ChartKind.LINE):
        return ()
    if "categories" in x:
        return _items(x["categories"], f"{where}.categories", _category)
    return tuple(map(plain_number, _items(x["values"], f"{where}.values", _number))) if kind is ChartKind.BAR else ()


def _category(value: Json, where: str) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_number(value) if isinstance(value, int | float) else _text(value, where)


def _edges(x: JsonObject, where: str) -> tuple[float, ...]:
    edges = _items(x.get("edges"), f"{where}.edges", _number)
    if len(edges) == 1 or any(left > right for left, right in pairwise(edges)):
        raise _refusal(f"{where}.edges", "the edges of bins are at least two numbers, none below the one before")
    return tuple(map(float, range(max(0, len(edges) - 1))))


def _kind(value: Json, where: str) -> ChartKind:
    kinds = {kind.value: kind for kind in ChartKind}
    if not isinstance(value, str) or value not in kinds:
        raise _refusal(where, f"a chart's kind is one of {', '.join(sorted(kinds))}")
    return kinds[value]


def _number_or_gap(value: Json, where: str) -> float | None:
    return None if value is None else _number(value, where)


def _number(value: Json, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise _refusal(where, "a number between -1e300 and 1e300 is expected here")
    return value


def _text(value: Json, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refusal(where, "text is expected here")
    return one_line(value)


def _items(value: Json, where: str, read: Callable[[Json, str], _T]) -> tuple[_T, ...]:
    return tuple(read(item, f"{where}[{index}]") for index, item in enumerate(_array(value, where)))


def _array(value: Json, where: str) -> Sequence[Json]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _refusal(where, "an array is expected here")
    return value


def _object(value: Json, where: str) -> JsonObject:
    if not isinstance(value, Mapping):
        raise _refusal(where, "an object is expected here")
    return value


def _refusal(where: str, message: str) -> UnsupportedRendering:
    return UnsupportedRendering(message, where=where, remedy=_SHAPE)
