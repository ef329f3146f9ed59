"""Charts as a payload holds them: data to draw and the reason for drawing it; how it looks is a renderer's matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.tabular.figures import counted, figure, percent, share
from artifact_plane.adapters.realms.tabular.kinds import number_of
from artifact_plane.adapters.realms.tabular.relations import Correlation, GroupDifference, Trend
from artifact_plane.adapters.realms.tabular.summary import Field, Histogram
from artifact_plane.domain.model.json import Json, JsonObject

MAX_POINTS: Final = 500
"""How many points a scatter chart has at most: every so-manieth of those there are."""

MAX_BARS: Final = 12
"""How many categories a bar chart shows by name; the others are one bar together."""

OTHERS: Final = "others"


@attrs.frozen(kw_only=True)
class Chart:
    """One chart: its kind (``bar``, ``histogram``, ``scatter`` or ``line``), axes, series, and why it was chosen."""

    kind: str
    title: str
    reason: str
    x: JsonObject
    y: JsonObject
    series: tuple[JsonObject, ...]

    def json(self) -> JsonObject:
        """The chart as it stands in a payload."""
        return {
            "kind": self.kind,
            "title": self.title,
            "x": self.x,
            "y": self.y,
            "series": list(self.series),
            "reason": self.reason,
        }


def histogram_chart(field: Field, histogram: Histogram) -> Chart:
    """How the numbers of a column are spread."""
    numbers = field.values - (field.conflicts.count if field.conflicts else 0)
    measured = "all" if field.measured == numbers else f"an even sample of {field.measured} of"
    return Chart(
        kind="histogram",
        title=f"Distribution of {field.name}",
        reason=f"'{field.name}' holds numbers that vary; shown are {measured} its {counted(numbers, 'number')}",
        x={"label": field.name, "edges": list(map(figure, histogram.edges))},
        y={"label": "values"},
        series=({"name": field.name, "values": list(histogram.counts)},),
    )


def counts_chart(field: Field) -> Chart:
    """How often each category occurs."""
    named = field.top[:MAX_BARS] if field.distinct > MAX_BARS else field.top
    rest = field.values - sum(count for _, count in named)
    ordered = _in_order(field, named)
    bars = [*ordered, (OTHERS, rest)] if rest else ordered
    return _bar_chart(
        title=f"Rows by {field.name}",
        reason=f"'{field.name}' holds {field.distinct} categories",
        label=field.name,
        measure="rows",
        bars=bars,
    )


def values_chart(label: Field, measure: Field, bars: Sequence[tuple[str, float]]) -> Chart:
    """A measure row by row, in a table that is small enough."""
    return _bar_chart(
        title=f"{measure.name} by {label.name}",
        reason=f"the table is small, and '{label.name}' names each of its rows",
        label=label.name,
        measure=measure.name,
        bars=bars,
    )


def present_chart(fields: Sequence[Field]) -> Chart:
    """How many values each column holds: what can be said of any table."""
    return _bar_chart(
        title="Values by column",
        reason="no column holds numbers that vary, dates, or categories that repeat",
        label="column",
        measure="values",
        bars=[(field.name, field.values) for field in fields[:MAX_BARS]],
    )


def missing_chart(fields: Sequence[Field], rows: int) -> Chart:
    """The share of missing values in the columns that miss most."""
    worst = sorted(fields, key=lambda field: -field.missing)[:MAX_BARS]
    bars = [(field.name, share(field.missing, rows) * 100) for field in worst if field.missing]
    return _bar_chart(
        title="Missing values by column, in %",
        reason=f"values are missing in {counted(sum(field.missing > 0 for field in fields), 'column')}",
        label="column",
        measure="missing, % of rows",
        bars=bars,
    )


def means_chart(difference: GroupDifference) -> Chart:
    """The mean of a measure in each category."""
    measure, category = difference.measure.name, difference.category.name
    return _bar_chart(
        title=f"Mean {measure} by {category}",
        reason=f"'{category}' explains {percent(difference.explained)} of the variance of '{measure}'",
        label=category,
        measure=f"mean {measure}",
        bars=_in_order(difference.category, [(group.name, group.mean) for group in difference.groups[:MAX_BARS]]),
    )


def scatter_chart(correlation: Correlation) -> Chart:
    """Two measures against each other."""
    first, second = correlation.first.name, correlation.second.name
    step = -(-len(correlation.points) // MAX_POINTS)
    points: list[Json] = [[figure(x), figure(y)] for x, y in correlation.points[::step]]
    together = (
        f"'{first}' and '{second}' go together most of all measures (r = {figure(round(correlation.coefficient, 3))})"
    )
    return Chart(
        kind="scatter",
        title=f"{second} against {first}",
        reason=f"{together}; shown are {len(points)} of {correlation.rows} rows",
        x={"label": first},
        y={"label": second},
        series=({"name": f"{first}, {second}", "points": points},),
    )


def line_chart(trend: Trend) -> Chart:
    """The mean of a measure over time."""
    measure, date = trend.measure.name, trend.date.name
    return Chart(
        kind="line",
        title=f"Mean {measure} over {date}",
        reason=f"'{date}' holds dates; of all measures '{measure}' follows them most"
        f" (r = {figure(round(trend.coefficient, 3))})",
        x={"label": date, "categories": [period for period, _, _ in trend.periods]},
        y={"label": f"mean {measure}"},
        series=({"name": measure, "values": [figure(mean) for _, mean, _ in trend.periods]},),
    )


def _in_order(category: Field, bars: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Categories that are numbers by number; others stay as they come, the greatest first."""
    if not category.is_numeric:
        return list(bars)
    return sorted(bars, key=lambda bar: number_of(bar[0]) or 0.0)


def _bar_chart(*, title: str, reason: str, label: str, measure: str, bars: Sequence[tuple[str, float]]) -> Chart:
    return Chart(
        kind="bar",
        title=title,
        reason=reason,
        x={"label": label, "categories": [name for name, _ in bars]},
        y={"label": measure},
        series=({"name": measure, "values": [figure(value) for _, value in bars]},),
    )
