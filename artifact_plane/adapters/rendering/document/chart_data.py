"""A chart in a document: a table of what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from artifact_plane.adapters.rendering.chart.model import Chart, ChartKind
from artifact_plane.adapters.rendering.chart.payload import read_charts
from artifact_plane.adapters.rendering.document.blocks import Value
from artifact_plane.adapters.rendering.document.values import scalar
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.json import JsonObject

DATA_KEYS: Final = frozenset({"x", "y", "series"})
"""The keys of a chart that the table stands for."""

Rows = tuple[tuple[str, ...], tuple[tuple[Value, ...], ...]]
"""The names of columns, and rows."""


def chart_rows(value: JsonObject) -> Rows | None:
    """The data of ``value`` if it is a chart with data, else None."""
    if not {"kind", "x", "series"} <= value.keys():
        return None
    try:
        (chart,) = read_charts({"charts": [value]})
    except UnsupportedRendering:
        return None
    if not chart.values:
        return None
    return _points(chart) if chart.kind is ChartKind.SCATTER else _places(chart)


def _points(chart: Chart) -> Rows:
    rows = tuple((scalar(series.name), scalar(x), scalar(y)) for series in chart.series for x, y in series.points)
    return ("Series", chart.x_label or "x", chart.y_label or "y"), rows


def _places(chart: Chart) -> Rows:
    names = tuple(series.name or chart.y_label or f"Series {index}" for index, series in enumerate(chart.series, 1))
    values = zip(*([scalar(y) for _, y in series.points] for series in chart.series), strict=True)
    rows = tuple((place, *row) for place, row in zip(_named_places(chart), values, strict=True))
    return (chart.x_label or "x", *names), rows


def _named_places(chart: Chart) -> Iterator[Value]:
    if chart.kind is ChartKind.HISTOGRAM:
        edges = [scalar(edge).text for edge in chart.edges]
        yield from (Value(f"{low} to {high}") for low, high in pairwise(edges))
    elif chart.categories:
        yield from map(Value, chart.categories)
    else:
        yield from (scalar(x) for x, _ in chart.series[0].points)
