"""A chart, read and checked.

``semantic_payload["charts"]`` is an array; each chart is an object (other keys are not looked at)::

    {"kind": "bar" | "line",
     "title": text,                                          # "" if absent, as are the labels
     "x": {"label": text, "categories": [text, number, true, false or null, …]}
          or {"label": text, "values": [number, …]},         # one for each value of a series
     "y": {"label": text},
     "series": [{"name": text, "values": [number or null, …]}, …]}      # null is a gap

    {"kind": "histogram", "title": …, "x": {"label": …, "edges": [n + 1 numbers, none below the one before]}, "y": …,
     "series": [{"name": …, "values": [n numbers or null]}, …]}

    {"kind": "scatter", "title": …, "x": {"label": …}, "y": …,
     "series": [{"name": …, "points": [[x, y], …]}, …]}

Numbers lie between -1e300 and 1e300. A chart whose series hold no number is drawn as a frame that says so.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import attrs

LARGEST: Final = 1e300


class ChartKind(Enum):
    """The kinds of chart that can be drawn."""

    BAR = "bar"
    HISTOGRAM = "histogram"
    LINE = "line"
    SCATTER = "scatter"


Point = tuple[float, float | None]
"""Where a value stands, and the value, or None for a gap."""


@attrs.frozen(kw_only=True)
class Series:
    """One row of values. In a chart with categories or bins ``x`` is the place's index, from 0."""

    name: str
    points: tuple[Point, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The values without the gaps."""
        return tuple(y for _, y in self.points if y is not None)


@attrs.frozen(kw_only=True)
class Chart:
    """One chart. ``categories`` name the places of a bar or line chart, ``edges`` bound a histogram's bins."""

    kind: ChartKind
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    categories: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def places(self) -> int:
        """How many categories or bins there are side by side; 0 where the horizontal axis is one of numbers."""
        return max(len(self.categories), len(self.edges) - 1, 0)

    @property
    def values(self) -> tuple[float, ...]:
        """All values of all series."""
        return tuple(value for series in self.series for value in series.values)

    @property
    def horizontal_values(self) -> tuple[float, ...]:
        """Where the values of a chart without places stand, or a histogram's edges."""
        return self.edges or tuple(x for series in self.series for x, y in series.points if y is not None)
