"""Which charts show a table: chosen from the types of its columns and from what they have to do with one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from artifact_plane.adapters.realms.tabular.charts import (
    MAX_BARS,
    Chart,
    counts_chart,
    histogram_chart,
    line_chart,
    means_chart,
    present_chart,
    scatter_chart,
    values_chart,
)
from artifact_plane.adapters.realms.tabular.kinds import Kind
from artifact_plane.adapters.realms.tabular.relations import correlations, group_differences, trends
from artifact_plane.adapters.realms.tabular.summary import Summary
from artifact_plane.adapters.realms.tabular.table import printable_text

MAX_CHARTS: Final = 6
"""How many charts a visual has at most."""

_TELLING: Final = 0.3


def charts_of(summary: Summary) -> list[Chart]:
    """At least one chart, the most telling first; every kind once before any kind twice."""
    counts, spreads = _counts(summary), _spreads(summary)
    related = correlations(summary)[:1]
    telling = related and abs(related[0].coefficient) >= _TELLING
    ranked = [
        *map(line_chart, trends(summary)[:1]),
        *_labelled(summary),
        *islice(counts, 1),
        *islice(spreads, 1),
        *map(scatter_chart, related if telling else ()),
        *map(means_chart, group_differences(summary)[:1]),
        *islice(counts, 1),
        *islice(spreads, 1),
        *map(scatter_chart, () if telling else related),
    ]
    return ranked[:MAX_CHARTS] or _anything(summary)


def _counts(summary: Summary) -> Iterator[Chart]:
    """Of each column of categories."""
    return (counts_chart(field) for field in summary.fields if field.is_category)


def _spreads(summary: Summary) -> Iterator[Chart]:
    """Of each measure."""
    return (
        histogram_chart(field, field.histogram)
        for field in summary.fields
        if field.is_measure and field.histogram is not None
    )


def _labelled(summary: Summary) -> Iterator[Chart]:
    """The first measure row by row, where a text column names each row of a small table."""
    if summary.sample is None or not 2 <= summary.rows <= MAX_BARS:
        return
    labels = [(index, field) for index, field in enumerate(summary.fields) if field.type == Kind.TEXT]
    names = [(index, field) for index, field in labels if field.distinct == summary.rows]
    measures = [(index, field) for index, field in enumerate(summary.fields) if field.is_numeric]
    if names and measures:
        (name_index, name), (measure_index, measure) = names[0], measures[0]
        rows = zip(summary.cells_of(name_index), summary.numbers_of(measure_index), strict=True)
        yield values_chart(
            name, measure, [(printable_text(label), value) for label, value in rows if value is not None]
        )


def _anything(summary: Summary) -> list[Chart]:
    """Charts of a table that has nothing of interest."""
    drawn = [histogram_chart(field, field.histogram) for field in summary.fields if field.histogram is not None]
    drawn += [counts_chart(field) for field in summary.fields if field.top]
    return drawn[:MAX_CHARTS] or [present_chart(summary.fields)]
