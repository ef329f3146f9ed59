"""What columns have to do with one another, computed from the rows of a summary's sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Final

import attrs

from artifact_plane.adapters.realms.tabular.figures import Moments
from artifact_plane.adapters.realms.tabular.kinds import MISSING_CELLS, moment_of
from artifact_plane.adapters.realms.tabular.summary import Field, Summary
from artifact_plane.adapters.realms.tabular.table import printable_text

MAX_MEASURES: Final = 12
"""How many numeric columns are looked at together, the first ones of the table."""

MAX_CATEGORIES: Final = 8
"""How many columns of categories are looked at."""

MIN_GROUP_ROWS: Final = 3
"""How many rows a category must have to be compared by its mean."""

MAX_PERIODS: Final = 60
"""How many periods a trend has at most; they are days, months, years or decades."""

_PERIODS: Final = ((10, ""), (7, ""), (4, ""), (3, "0s"))
_MONTH: Final = 2_629_746
"""A mean month in seconds."""


@attrs.frozen(kw_only=True)
class Correlation:
    """How far two columns go together: Pearson's coefficient over the rows that have both."""

    first: Field
    second: Field
    coefficient: float
    rows: int
    points: tuple[tuple[float, float], ...] = attrs.field(repr=False)

    @property
    def confidence(self) -> float:
        return confidence_of(self.coefficient, self.rows)


@attrs.frozen(kw_only=True)
class Group:
    """The rows of one category and a measure in them."""

    name: str
    rows: int
    mean: float
    deviation: float

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.deviation / math.sqrt(self.rows)


@attrs.frozen(kw_only=True)
class GroupDifference:
    """A measure by category, the groups by mean from the highest; ``explained`` is the share of its variance."""

    category: Field
    measure: Field
    groups: tuple[Group, ...]
    explained: float
    rows: int

    @property
    def confidence(self) -> float:
        """That the highest and the lowest mean differ by more than chance (normal approximation)."""
        highest, lowest = self.groups[0], self.groups[-1]
        error = math.hypot(highest.error, lowest.error)
        return math.erf((highest.mean - lowest.mean) / error / math.sqrt(2)) if error else 1.0


@attrs.frozen(kw_only=True)
class Trend:
    """A measure over time: its mean per period, and how far it goes together with time itself."""

    date: Field
    measure: Field
    periods: tuple[tuple[str, float, int], ...]
    coefficient: float
    per_month: float
    rows: int

    @property
    def confidence(self) -> float:
        return confidence_of(self.coefficient, self.rows)


def confidence_of(coefficient: float, rows: int) -> float:
    """That a correlation is more than chance: Fisher's transformation, normal approximation; 0 for few rows."""
    if rows < 4:
        return 0.0
    bounded = min(abs(coefficient), 1 - 1e-12)
    return math.erf(math.atanh(bounded) * math.sqrt(rows - 3) / math.sqrt(2))


def correlations(summary: Summary) -> list[Correlation]:
    """Every two measures, those that go together most first."""
    columns = [(field, summary.numbers_of(index)) for index, field in _measures(summary)]
    found = [_correlation(first, second, xs, ys) for (first, xs), (second, ys) in combinations(columns, 2)]
    return sorted((one for one in found if one is not None), key=lambda one: -abs(one.coefficient))


def group_differences(summary: Summary) -> list[GroupDifference]:
    """Every measure by every category, those first whose variance the category explains best."""
    measures = [(field, summary.numbers_of(index)) for index, field in _measures(summary)]
    categories = [(field, summary.cells_of(index)) for index, field in enumerate(summary.fields) if field.is_category]
    found = [
        _difference(category, measure, cells, numbers)
        for category, cells in categories[:MAX_CATEGORIES]
        for measure, numbers in measures
    ]
    return sorted((one for one in found if one is not None), key=lambda one: -one.explained)


def trends(summary: Summary) -> list[Trend]:
    """Every measure over the first column of dates, those that follow time most first."""
    dates = [(index, field) for index, field in enumerate(summary.fields) if field.is_date]
    if not dates:
        return []
    index, date = dates[0]
    moments = [moment_of(cell) for cell in summary.cells_of(index)]
    found = [_trend(date, field, moments, summary.numbers_of(index)) for index, field in _measures(summary)]
    return sorted((one for one in found if one is not None), key=lambda one: -abs(one.coefficient))


def _measures(summary: Summary) -> list[tuple[int, Field]]:
    return [(index, field) for index, field in enumerate(summary.fields) if field.is_measure][:MAX_MEASURES]


def _correlation(
    first: Field, second: Field, xs: Sequence[float | None], ys: Sequence[float | None]
) -> Correlation | None:
    points = tuple((x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None)
    line = _line(points)
    if line is None:
        return None
    return Correlation(first=first, second=second, coefficient=line[0], rows=len(points), points=points)


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Pearson's coefficient and the slope of the regression line; None where either side does not vary."""
    if len(points) < 3:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    xx = sum((x - mean_x) * (x - mean_x) for x, _ in points)
    yy = sum((y - mean_y) * (y - mean_y) for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    spread = math.sqrt(xx) * math.sqrt(yy) if math.isfinite(xx) and math.isfinite(yy) else math.inf
    if not (0 < spread < math.inf and math.isfinite(xy)):
        return None
    return max(-1.0, min(1.0, xy / spread)), xy / xx


def _difference(
    category: Field, measure: Field, cells: Sequence[str], numbers: Sequence[float | None]
) -> GroupDifference | None:
    members: dict[str, list[float]] = {}
    for cell, number in zip(cells, numbers, strict=True):
        name = cell.strip()
        if number is not None and name not in MISSING_CELLS:
            members.setdefault(name, []).append(number)
    members = {name: values for name, values in members.items() if len(values) >= MIN_GROUP_ROWS}
    groups = [_group(name, values) for name, values in members.items()]
    if len(groups) < 2 or len(members) > len(category.top):
        return None
    ordered = tuple(sorted(groups, key=lambda group: (-group.mean, group.name)))
    explained = _explained([value for values in members.values() for value in values], ordered)
    if explained is None:
        return None
    rows = sum(group.rows for group in ordered)
    return GroupDifference(category=category, measure=measure, groups=ordered, explained=explained, rows=rows)


def _group(name: str, values: Sequence[float]) -> Group:
    moments = Moments()
    moments.add(values)
    return Group(name=printable_text(name), rows=len(values), mean=moments.mean, deviation=moments.deviation or 0.0)


def _explained(values: Sequence[float], groups: Sequence[Group]) -> float | None:
    """The share of the variance that lies between the groups (eta squared), or None where nothing varies."""
    moments = Moments()
    moments.add(values)
    total = (moments.deviation or 0.0) ** 2 * (len(values) - 1) if (moments.deviation or 0) < 1e150 else math.inf
    between = sum(group.rows * (group.mean - moments.mean) * (group.mean - moments.mean) for group in groups)
    return min(1.0, between / total) if 0 < total < math.inf and math.isfinite(between) else None


def _trend(
    date: Field, measure: Field, moments: Sequence[datetime | None], numbers: Sequence[float | None]
) -> Trend | None:
    dated = [(at, number) for at, number in zip(moments, numbers, strict=True) if at is not None and number is not None]
    line = _line([(_seconds(at), number) for at, number in dated])
    if line is None:
        return None
    return Trend(
        date=date,
        measure=measure,
        periods=_periods(dated),
        coefficient=line[0],
        per_month=line[1] * _MONTH,
        rows=len(dated),
    )


def _seconds(at: datetime) -> float:
    """Seconds on one scale for all; a time without a zone is taken as it stands."""
    zone = at.utcoffset()
    return (
        at.toordinal() * 86_400.0 + at.hour * 3_600 + at.minute * 60 + at.second - (zone.total_seconds() if zone else 0)
    )


def _periods(dated: Sequence[tuple[datetime, float]]) -> tuple[tuple[str, float, int], ...]:
    """Mean and count per period, in order, by the finest periods that are not too many; periods without are absent."""
    for length, ending in _PERIODS:
        means: dict[str, Moments] = {}
        for at, number in dated:
            means.setdefault(at.isoformat()[:length] + ending, Moments()).add((number,))
        if len(means) <= MAX_PERIODS:
            break
    return tuple((period, means[period].mean, means[period].count) for period in sorted(means)[-MAX_PERIODS:])
