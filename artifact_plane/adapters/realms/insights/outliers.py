"""Outliers by Tukey's rule: numbers further from the quartiles than one and a half times their distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.tabular.figures import figure, share
from artifact_plane.adapters.realms.tabular.kinds import MISSING_CELLS, number_of, numbers_of
from artifact_plane.adapters.realms.tabular.summary import Field, Summary
from artifact_plane.adapters.realms.tabular.table import Table
from artifact_plane.domain.model.json import JsonObject

REACH: Final = 1.5
"""How many times the distance of the quartiles a number may lie outside them."""


@attrs.frozen(kw_only=True)
class Outliers:
    """The numbers of one column that lie outside ``lower`` and ``upper``."""

    field: Field
    lower: float
    upper: float
    count: int

    def json(self) -> JsonObject:
        """The outliers as they stand in a payload."""
        return {
            "column": self.field.name,
            "method": "IQR",
            "lower": figure(self.lower),
            "upper": figure(self.upper),
            "count": self.count,
            "share": share(self.count, self.field.values),
        }


def outliers_in(summary: Summary, table: Table) -> list[Outliers]:
    """The columns with outliers, exactly counted; the table is read again where the sample is not all of it."""
    measures = [(index, _bounds(field)) for index, field in enumerate(summary.fields) if field.is_measure]
    bounds = {index: found for index, found in measures if found is not None}
    if not bounds:
        return []
    is_whole = summary.sample is not None and summary.sample.is_whole
    counts = _counted(summary, bounds) if is_whole else _counted_again(table, bounds)
    outliers = [
        Outliers(field=summary.fields[index], lower=bounds[index][0], upper=bounds[index][1], count=count)
        for index, count in counts.items()
        if count
    ]
    return sorted(outliers, key=lambda one: -one.count)


def _bounds(field: Field) -> tuple[float, float] | None:
    """The bounds of a column that has numbers outside them, for its least or its greatest is."""
    if field.quartiles is None or not (isinstance(field.least, float) and isinstance(field.greatest, float)):
        return None
    first, _, third = field.quartiles
    reach = REACH * (third - first)
    lower, upper = first - reach, third + reach
    return (lower, upper) if reach > 0 and (field.least < lower or field.greatest > upper) else None


def _counted(summary: Summary, bounds: Mapping[int, tuple[float, float]]) -> dict[int, int]:
    return {
        index: sum(number is not None and not lower <= number <= upper for number in summary.numbers_of(index))
        for index, (lower, upper) in bounds.items()
    }


def _counted_again(table: Table, bounds: Mapping[int, tuple[float, float]]) -> dict[int, int]:
    counts = dict.fromkeys(bounds, 0)
    for batch in table.batches():
        for index, (lower, upper) in bounds.items():
            numbers = _numbers(batch.column(index))
            counts[index] += sum(not lower <= number <= upper for number in numbers)
    return counts


def _numbers(cells: Sequence[str]) -> Sequence[float]:
    present = [cell for cell in cells if cell not in MISSING_CELLS]
    found = numbers_of(present)
    if found is not None:
        return found[0]
    return [number for number in map(number_of, present) if number is not None]
