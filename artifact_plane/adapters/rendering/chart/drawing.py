"""One chart, and all charts of a meaning under one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from artifact_plane.adapters.rendering.chart import frame, marks, style
from artifact_plane.adapters.rendering.chart.frame import Plot
from artifact_plane.adapters.rendering.chart.model import Chart, ChartKind, Series
from artifact_plane.adapters.rendering.chart.scale import Scale, scale
from artifact_plane.adapters.rendering.measure import shorten, text_width, widest, wrap
from artifact_plane.adapters.rendering.numbers import plain_number
from artifact_plane.adapters.rendering.svg import Picture, Svg, element, group, label, lines, picture

_STEPS_UP: Final = 5
_STEPS_ACROSS: Final = (10, 8, 6, 5, 4, 3, 2, 1)
_NUMBER_GAP: Final = 14.0
_ROW: Final = 20.0
_LONGEST_NAME: Final = 220.0
_FROM_ZERO: Final = (ChartKind.BAR, ChartKind.HISTOGRAM)


def draw(charts: Sequence[Chart], heading: str, width: float) -> Picture:
    """All charts under one another, below the heading (unless the only chart says the same)."""
    drawn, y = _heading(heading if [heading] != [chart.title for chart in charts] else "", width)
    for chart in charts:
        one, bottom = _chart(chart, width, y)
        drawn.append(group(one))
        y = bottom + style.GAP
    height = y - style.GAP + style.MARGIN if charts else y + style.MARGIN
    title = heading or (charts[0].title if len(charts) == 1 else "") or "Charts"
    description = " ".join(map(_description, charts)) or "There are no charts."
    return picture(width, height, title, description, drawn)


def _heading(text: str, width: float) -> tuple[list[Svg], float]:
    if not text:
        return [], style.MARGIN
    rows = wrap(text, width - 2 * style.MARGIN, style.HEADING, bold=True)
    drawn = lines(
        rows, style.MARGIN, style.MARGIN + 18, 26.0, font_size=style.HEADING, font_weight="bold", fill=style.INK
    )
    return [drawn], style.MARGIN + len(rows) * 26.0 + 14


def _chart(chart: Chart, width: float, top: float) -> tuple[list[Svg], float]:
    drawn, y = frame.draw_title(frame.title_lines(chart, width), top)
    legend, y = _legend(chart, width, y)
    vertical = scale(chart.values, about=_STEPS_UP, from_zero=chart.kind in _FROM_ZERO, whole=_are_whole(chart.values))
    left = frame.left_margin(chart, vertical)
    plot = Plot(left=left, top=y + 12, width=width - style.MARGIN - left, height=style.PLOT_HEIGHT)
    drawn += legend
    if not chart.values:
        return [*drawn, *_no_data(chart, plot)], plot.bottom + 24 + (22 if chart.x_label else 0)
    drawn += frame.draw_vertical(plot, vertical, chart.y_label)
    inner, used = _plotted(chart, plot, vertical)
    drawn += inner
    drawn += frame.draw_axis_name(plot, chart.x_label, plot.bottom + used + 16)
    return drawn, plot.bottom + used + (22 if chart.x_label else 0)


def _plotted(chart: Chart, plot: Plot, vertical: Scale) -> tuple[list[Svg], float]:
    """Data and horizontal axis, and the height that the axis' words take."""
    zero = vertical.share(0)
    base = frame.draw_base(plot, plot.y(zero if 0 <= zero <= 1 else 0))
    if chart.categories:
        words, used = frame.draw_categories(plot, chart.categories)
        if chart.kind is ChartKind.BAR:
            return [*marks.bars(chart, plot, vertical), base, *words], used
        return [base, *marks.curves(chart.series, plot, chart.places, vertical), *words], used
    horizontal = _horizontal(chart.horizontal_values, plot.width)
    words, used = frame.draw_numbers(plot, horizontal)
    if chart.kind is ChartKind.HISTOGRAM:
        return [*marks.bins(chart, plot, horizontal, vertical), base, *words], used
    draw_series = marks.curves if chart.kind is ChartKind.LINE else marks.dots
    return [base, *draw_series(chart.series, plot, horizontal, vertical), *words], used


def _horizontal(values: Sequence[float], width: float) -> Scale:
    """The finest scale whose numbers stand clear of one another."""
    candidates = (scale(values, about=about) for about in _STEPS_ACROSS)
    return next((one for one in candidates if _is_clear(one, width)), scale(values, about=1))


def _is_clear(one: Scale, width: float) -> bool:
    return widest(one.labels, style.LABEL) + _NUMBER_GAP <= width / (len(one.marks) - 1)


def _legend(chart: Chart, width: float, top: float) -> tuple[list[Svg], float]:
    if len(chart.series) < 2:
        return [], top
    drawn: list[Svg] = []
    x, y = style.MARGIN, top + 12
    for index, series in enumerate(chart.series):
        name = shorten(_series_name(series, index), _LONGEST_NAME, style.LABEL)
        taken = 28 + text_width(name, style.LABEL) + 18
        if x + taken > width - style.MARGIN + 18 and x > style.MARGIN:
            x, y = style.MARGIN, y + _ROW
        drawn += marks.swatch(chart, index, x + 10, y)
        drawn.append(label(name, x + 26, y + 4, font_size=style.LABEL, fill=style.INK))
        x += taken
    return drawn, y + 8


def _series_name(series: Series, index: int) -> str:
    return series.name or f"Series {index + 1}"


def _no_data(chart: Chart, plot: Plot) -> list[Svg]:
    middle = (plot.left + plot.width / 2, plot.top + plot.height / 2)
    return [
        element(
            "rect", x=plot.left, y=plot.top, width=plot.width, height=plot.height, fill="#f7f9fb", stroke=style.GRID
        ),
        label("no data", *middle, text_anchor="middle", font_size=style.TITLE, fill=style.SOFT),
        *frame.draw_axis_name(plot, chart.x_label, plot.bottom + 24),
    ]


def _are_whole(values: Iterable[float]) -> bool:
    return all(value == int(value) for value in values)


def _description(chart: Chart) -> str:
    name = f"{chart.kind.value.capitalize()} chart" if chart.kind is not ChartKind.HISTOGRAM else "Histogram"
    about = f"{name} “{chart.title}”" if chart.title else name
    if not chart.values:
        return f"{about}: no data."
    low, high = plain_number(min(chart.values)), plain_number(max(chart.values))
    return f"{about}: {_count(chart.series, 'series')}, {_count(chart.values, 'values')} from {low} to {high}."


def _count(things: Sequence[object], plural: str) -> str:
    singular = plural if plural == "series" else plural.removesuffix("s")
    return f"{len(things)} {singular if len(things) == 1 else plural}"
