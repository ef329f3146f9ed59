"""What a table says: the payload of an ``interpretation``. Every statement is computed, none is invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from artifact_plane.adapters.realms.insights.next_steps import next_steps_of, questions_of
from artifact_plane.adapters.realms.insights.statement import Statement, reported
from artifact_plane.adapters.realms.tabular.figures import counted, figure, percent, share
from artifact_plane.adapters.realms.tabular.relations import (
    Correlation,
    GroupDifference,
    Trend,
    correlations,
    group_differences,
    trends,
)
from artifact_plane.adapters.realms.tabular.summary import Field, Summary
from artifact_plane.domain.model.json import Json, JsonObject

MAX_OF_A_KIND: Final = 5
"""How many statements of one kind there are at most, the strongest first."""

CONFIDENCE: Final = (
    "1 for what was counted over all rows; otherwise the probability, by a normal approximation, that chance alone"
    " would show less"
)

_RELATED: Final = 0.3
_EXPLAINED: Final = 0.06
_DOMINANT: Final = 0.5
_UNEVEN: Final = 1.5
_LEANING: Final = 0.25
_LEAST_SURE: Final = 0.9
_MOST_SURE: Final = 0.999


def interpretation_of(summary: Summary, meaning: JsonObject | None) -> JsonObject:
    """The whole payload; ``meaning`` is that of the artifact which the summary is from, if it is from one."""
    related = [one for one in correlations(summary) if abs(one.coefficient) >= _RELATED and _is_sure(one)]
    differing = [one for one in group_differences(summary) if one.explained >= _EXPLAINED and _is_sure(one)]
    trending = [one for one in trends(summary) if abs(one.coefficient) >= _RELATED and _is_sure(one)]
    kinds: tuple[Iterable[Statement], ...] = (
        map(_correlation, related),
        map(_difference, differing),
        map(_trend, trending),
        _dominant(summary),
        _leaning(summary),
        reported(meaning or {}),
        _missing(summary),
        _conflicts(summary),
    )
    statements = [_size(summary), *chain.from_iterable(islice(kind, MAX_OF_A_KIND) for kind in kinds)]
    return {
        "title": f"Interpretation: {summary.title}",
        "rows": summary.rows,
        "columns": summary.columns,
        "statements": [statement.json() for statement in statements],
        "confidence_means": CONFIDENCE,
        "questions": questions_of(related, differing[:MAX_OF_A_KIND], trending),
        "next_steps": next_steps_of(summary),
    }


def _size(summary: Summary) -> Statement:
    """How large the table is, and on how many of its rows the statements rest that take several columns."""
    sentence = f"The table has {counted(summary.rows, 'row')} and {counted(summary.columns, 'column')}"
    evidence: dict[str, Json] = {"rows": summary.rows, "columns": summary.columns}
    if summary.sample is not None and not summary.sample.is_whole:
        evidence["rows_used"] = len(summary.sample.rows)
        sentence += f"; what relates columns is computed from an even sample of {len(summary.sample.rows)} rows"
    return Statement(f"{sentence}.", evidence)


def _correlation(one: Correlation) -> Statement:
    first, second = one.first.name, one.second.name
    direction = "rises" if one.coefficient > 0 else "falls"
    strength = "strongly" if abs(one.coefficient) >= 0.7 else "moderately" if abs(one.coefficient) >= 0.5 else "weakly"
    return Statement(
        f"'{second}' {direction} {strength} with '{first}' (r = {_short(one.coefficient)}, {one.rows} rows).",
        {"columns": [first, second], "r": figure(one.coefficient), "rows_used": one.rows},
        _sure(one.confidence),
    )


def _difference(one: GroupDifference) -> Statement:
    highest, lowest = one.groups[0], one.groups[-1]
    groups: list[Json] = [{"group": group.name, "rows": group.rows, "mean": figure(group.mean)} for group in one.groups]
    return Statement(
        f"'{one.measure.name}' differs by '{one.category.name}': the mean is highest for '{highest.name}'"
        f" ({figure(highest.mean)}) and lowest for '{lowest.name}' ({figure(lowest.mean)});"
        f" '{one.category.name}' explains {percent(one.explained)} of its variance.",
        {"groups": groups, "explained": figure(one.explained), "rows_used": one.rows},
        _sure(one.confidence),
    )


def _trend(one: Trend) -> Statement:
    direction = "rises" if one.coefficient > 0 else "falls"
    (first, first_mean, _), (last, last_mean, _) = one.periods[0], one.periods[-1]
    return Statement(
        f"'{one.measure.name}' {direction} over '{one.date.name}' by {figure(abs(one.per_month))} a month"
        f" (r = {_short(one.coefficient)}), from a mean of {figure(first_mean)} in {first}"
        f" to {figure(last_mean)} in {last}.",
        {
            "r": figure(one.coefficient),
            "per_month": figure(one.per_month),
            "first": {"period": first, "mean": figure(first_mean)},
            "last": {"period": last, "mean": figure(last_mean)},
            "rows_used": one.rows,
        },
        _sure(one.confidence),
    )


def _dominant(summary: Summary) -> Iterator[Statement]:
    for field in summary.fields:
        if not field.is_category:
            continue
        value, count = field.top[0]
        part = share(count, field.values)
        if part >= max(_DOMINANT, _UNEVEN / field.distinct):
            yield Statement(
                f"'{value}' is the value of '{field.name}' in {count} of {field.values} rows ({percent(part)}).",
                {"column": field.name, "value": value, "count": count, "share": part},
            )


def _leaning(summary: Summary) -> Iterator[Statement]:
    for field in summary.fields:
        lean = _lean(field)
        if lean is None or field.quartiles is None or abs(lean) < _LEANING:
            continue
        beside, outer = ("above", "higher") if lean > 0 else ("below", "lower")
        yield Statement(
            f"The mean of '{field.name}' ({figure(field.mean)}) lies {beside} its median"
            f" ({figure(field.quartiles[1])}): its {outer} values lie further out.",
            {"column": field.name, "mean": figure(field.mean), "median": figure(field.quartiles[1])},
        )


def _lean(field: Field) -> float | None:
    """How far the mean lies from the median, in standard deviations."""
    if not field.is_measure or field.quartiles is None or field.mean is None or not field.deviation:
        return None
    return (field.mean - field.quartiles[1]) / field.deviation


def _missing(summary: Summary) -> Iterator[Statement]:
    if not summary.missing_cells:
        return
    worst = max(summary.fields, key=lambda field: field.missing)
    part = share(summary.missing_cells, summary.cells)
    yield Statement(
        f"{summary.missing_cells} of {summary.cells} cells are missing ({percent(part)}), most of them in"
        f" '{worst.name}' ({worst.missing}): what is said of these columns is said of the rows that have a value.",
        {"missing": summary.missing_cells, "share": part, "column": worst.name, "column_missing": worst.missing},
    )


def _conflicts(summary: Summary) -> Iterator[Statement]:
    for field in summary.fields:
        if field.conflicts is not None:
            yield Statement(
                f"{field.conflicts.count} of {field.values} values of '{field.name}' are no {field.conflicts.expected}"
                " and are left out of its figures.",
                {"column": field.name, "count": field.conflicts.count, "expected": field.conflicts.expected},
            )


def _is_sure(one: Correlation | GroupDifference | Trend) -> bool:
    return one.confidence >= _LEAST_SURE


def _short(coefficient: float) -> str:
    return f"{coefficient:.2f}"


def _sure(confidence: float) -> float:
    return min(_MOST_SURE, round(confidence, 3))
