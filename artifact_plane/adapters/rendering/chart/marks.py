"""What is drawn in the plot: bars, lines, points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from artifact_plane.adapters.rendering.chart import style
from artifact_plane.adapters.rendering.chart.frame import Plot
from artifact_plane.adapters.rendering.chart.model import Chart, Series
from artifact_plane.adapters.rendering.chart.scale import Scale
from artifact_plane.adapters.rendering.measure import text_width
from artifact_plane.adapters.rendering.numbers import plain_number
from artifact_plane.adapters.rendering.svg import Svg, element, group, label, points

_WIDEST_BAR: Final = 64.0
_FILLED: Final = 0.72
_MOST_NUMBERED: Final = 24
_MOST_MARKED: Final = 60
_RADIUS: Final = 3.4


def bars(chart: Chart, plot: Plot, vertical: Scale) -> Iterator[Svg]:
    """A bar for each value, those of one category side by side; the numbers too where there is room."""
    count, places = len(chart.series), chart.places
    width = min(_WIDEST_BAR, plot.width / places * _FILLED / count)
    for index, series in enumerate(chart.series):
        offset = (index - count / 2) * width
        drawn = [
            _bar(plot.middle(x, places) + offset, width, plot, vertical, y) for x, y in series.points if y is not None
        ]
        yield group(drawn, fill=style.colour(index))
    if count == 1 and places <= _MOST_NUMBERED:
        yield from _numbers(chart.series[0], plot, vertical, places)


def bins(chart: Chart, plot: Plot, horizontal: Scale, vertical: Scale) -> Iterator[Svg]:
    """A bar for each bin, as wide as the bin; the bars of a second series lie over the first, half transparent."""
    for index, series in enumerate(chart.series):
        drawn = []
        for place, y in series.points:
            left = plot.x(horizontal.share(chart.edges[int(place)]))
            right = plot.x(horizontal.share(chart.edges[int(place) + 1]))
            if y is not None:
                drawn.append(_bar(left, right - left, plot, vertical, y))
        opacity = None if len(chart.series) == 1 else 0.55
        yield group(drawn, fill=style.colour(index), fill_opacity=opacity, stroke="#ffffff")


def curves(series: Sequence[Series], plot: Plot, horizontal: Scale | int, vertical: Scale) -> Iterator[Svg]:
    """A line for each series, broken at its gaps; points are marked where there are few."""
    for index, one in enumerate(series):
        placed = [None if y is None else _place(x, y, plot, horizontal, vertical) for x, y in one.points]
        runs = [[at for at in run if at] for is_run, run in groupby(placed, bool) if is_run]
        many = len(placed) > _MOST_MARKED
        for run in runs:
            yield _curve(_thinned(run), index)
        if alone := [at for run in runs for at in run if not many or len(run) == 1]:
            yield group((_marker(at, index) for at in alone), fill=style.colour(index))


def dots(series: Sequence[Series], plot: Plot, horizontal: Scale, vertical: Scale) -> Iterator[Svg]:
    """A mark for each point; points that would fall on the same spot are drawn once."""
    for index, one in enumerate(series):
        placed = (_place(x, y, plot, horizontal, vertical) for x, y in one.points if y is not None)
        spots = dict.fromkeys((round(x * 2) / 2, round(y * 2) / 2) for x, y in placed)
        yield group((_marker(at, index) for at in spots), fill=style.colour(index), fill_opacity=0.7)


def swatch(chart: Chart, index: int, x: float, y: float) -> Iterator[Svg]:
    """How the series ``index`` looks, for the legend; (x, y) is its middle."""
    kind = chart.kind.value
    if kind == "line":
        yield _curve([(x - 9, y), (x + 9, y)], index)
    if kind in ("line", "scatter"):
        yield group([_marker((x, y), index)], fill=style.colour(index))
    else:
        yield element("rect", x=x - 6, y=y - 6, width=12.0, height=12.0, fill=style.colour(index))


def _bar(x: float, width: float, plot: Plot, vertical: Scale, value: float) -> Svg:
    base, end = plot.y(vertical.share(0)), plot.y(vertical.share(value))
    return element("rect", x=x, y=min(base, end), width=width, height=abs(base - end))


def _numbers(series: Series, plot: Plot, vertical: Scale, places: int) -> Iterator[Svg]:
    shown = [(x, y, plain_number(y)) for x, y in series.points if y is not None]
    if any(text_width(text, style.SMALL) > plot.width / places - 4 for _, _, text in shown):
        return
    for x, y, text in shown:
        end = plot.y(vertical.share(y))
        at = (plot.middle(x, places), end - 5 if y >= 0 else end + 13)
        yield label(text, *at, text_anchor="middle", font_size=style.SMALL, fill=style.INK)


def _place(x: float, y: float, plot: Plot, horizontal: Scale | int, vertical: Scale) -> tuple[float, float]:
    across = plot.middle(x, horizontal) if isinstance(horizontal, int) else plot.x(horizontal.share(x))
    return across, plot.y(vertical.share(y))


def _thinned(run: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [next(same) for _, same in groupby(run, lambda at: (round(at[0] * 4), round(at[1] * 4)))]


def _curve(run: Sequence[tuple[float, float]], index: int) -> Svg:
    return element(
        "polyline",
        points=points(run),
        fill="none",
        stroke=style.colour(index),
        stroke_width=2.0,
        stroke_linejoin="round",
        stroke_dasharray=style.dash(index),
    )


def _marker(at: tuple[float, float], index: int) -> Svg:
    x, y = at
    shape, r = style.marker(index), _RADIUS
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=r)
    corners = {
        "square": [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
        "triangle": [(x, y - 1.3 * r), (x + 1.2 * r, y + r), (x - 1.2 * r, y + r)],
        "diamond": [(x, y - 1.4 * r), (x + 1.4 * r, y), (x, y + 1.4 * r), (x - 1.4 * r, y)],
    }
    return element("polygon", points=points(corners[shape]))
