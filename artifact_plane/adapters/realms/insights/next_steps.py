"""What to ask and what to do next, drawn from the figures of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from artifact_plane.adapters.realms.tabular.figures import counted, share
from artifact_plane.adapters.realms.tabular.relations import Correlation, GroupDifference, Trend
from artifact_plane.adapters.realms.tabular.summary import EMPTY, Summary

MAX_LISTED: Final = 8
"""How many questions, and how many steps, there are at most."""

_ALIKE: Final = 0.95
_MUCH_MISSING: Final = 0.05


def questions_of(
    correlations: Sequence[Correlation], differences: Sequence[GroupDifference], trends: Sequence[Trend]
) -> list[str]:
    """What the relations in the table leave open."""
    return list(islice(_questions(correlations, differences, trends), MAX_LISTED))


def _questions(
    correlations: Sequence[Correlation], differences: Sequence[GroupDifference], trends: Sequence[Trend]
) -> Iterator[str]:
    for one in correlations:
        if abs(one.coefficient) >= _ALIKE:
            yield f"Do '{one.first.name}' and '{one.second.name}' measure the same thing?"
    for difference in differences:
        yield (
            f"Why is '{difference.measure.name}' highest where '{difference.category.name}' is"
            f" '{difference.groups[0].name}'?"
        )
    for trend in trends:
        yield f"What changes '{trend.measure.name}' over '{trend.date.name}', and will it go on?"


def next_steps_of(summary: Summary) -> list[str]:
    """What would make the table's figures more certain."""
    return list(islice(_steps(summary), MAX_LISTED))


def _steps(summary: Summary) -> Iterator[str]:
    for field in summary.fields:
        if field.conflicts is not None:
            places = ", ".join(map(str, field.conflicts.places))
            yield (
                f"Correct the {counted(field.conflicts.count, 'value')} of '{field.name}' that should be"
                f" {field.conflicts.expected}, beginning at {summary.place} {places}."
            )
    for field in sorted(summary.fields, key=lambda field: -field.missing):
        if field.type == EMPTY and summary.rows:
            yield f"Fill or drop '{field.name}', which holds no value."
        elif share(field.missing, summary.rows) >= _MUCH_MISSING:
            yield f"Find out why '{field.name}' misses {field.missing} of {summary.rows} values."
    if summary.is_truncated:
        yield f"Look at the other {summary.columns - len(summary.fields)} columns by themselves."
    if summary.sample is None:
        yield "Give the table itself as 'data' to see how its columns relate."
