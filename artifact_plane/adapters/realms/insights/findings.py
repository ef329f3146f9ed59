"""Findings: what is wrong with a table's data, each as one sentence with its figures and a severity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain, islice
from typing import Final

import attrs

from artifact_plane.adapters.realms.insights.outliers import Outliers
from artifact_plane.adapters.realms.insights.repeated import RepeatedRows
from artifact_plane.adapters.realms.tabular.figures import figure, percent, share
from artifact_plane.adapters.realms.tabular.summary import EMPTY, Summary
from artifact_plane.domain.model.json import JsonObject

MAX_OF_A_KIND: Final = 10
"""How many findings of one kind there are at most, the gravest first."""


class Severity(StrEnum):
    """How much a finding matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


@attrs.frozen
class Finding:
    """One thing found."""

    sentence: str
    severity: Severity

    def json(self) -> JsonObject:
        """The finding as it stands in a payload."""
        return {"finding": self.sentence, "severity": self.severity.value}


def findings_of(summary: Summary, repeated: RepeatedRows | None, outliers: Sequence[Outliers] | None) -> list[Finding]:
    """All findings, the gravest first; at least one, which may say that there is nothing."""
    kinds = (
        _no_rows(summary),
        _missing_in_all(summary),
        _missing(summary),
        _empty(summary),
        _repeated(repeated),
        _conflicts(summary),
        _outliers(outliers or ()),
        _constant(summary),
    )
    found = list(chain.from_iterable(islice(kind, MAX_OF_A_KIND) for kind in kinds))
    return sorted(found, key=lambda finding: _RANK[finding.severity]) or [
        Finding("Nothing was found: no missing values, repeated rows, type conflicts or outliers.", Severity.INFO)
    ]


def _no_rows(summary: Summary) -> Iterator[Finding]:
    if not summary.rows:
        yield Finding("The table has no rows.", Severity.HIGH)


def _missing_in_all(summary: Summary) -> Iterator[Finding]:
    if summary.missing_cells:
        part = share(summary.missing_cells, summary.cells)
        yield Finding(
            f"{summary.missing_cells} of {summary.cells} cells are missing ({percent(part)}).", _graded(part, 0.2, 0.05)
        )


def _missing(summary: Summary) -> Iterator[Finding]:
    for field in sorted(summary.fields, key=lambda field: -field.missing):
        if field.missing and field.type != EMPTY:
            part = share(field.missing, summary.rows)
            yield Finding(
                f"'{field.name}' misses {field.missing} of {summary.rows} values ({percent(part)}).",
                _graded(part, 0.3, 0.05),
            )


def _empty(summary: Summary) -> Iterator[Finding]:
    for field in summary.fields:
        if field.type == EMPTY and summary.rows:
            yield Finding(f"'{field.name}' holds no value at all.", Severity.HIGH)


def _repeated(repeated: RepeatedRows | None) -> Iterator[Finding]:
    count = repeated.count() if repeated is not None else 0
    if repeated is not None and count:
        part = share(count, repeated.checked)
        yield Finding(
            f"{count} of {repeated.checked} rows repeat an earlier row ({percent(part)}).", _graded(part, 0.05, 0.01)
        )


def _conflicts(summary: Summary) -> Iterator[Finding]:
    for field in summary.fields:
        if field.conflicts is not None:
            places = ", ".join(map(str, field.conflicts.places))
            part = share(field.conflicts.count, field.values)
            yield Finding(
                f"'{field.name}' holds {field.conflicts.count} of {field.values} values that are no"
                f" {field.conflicts.expected}, first at {summary.place} {places}.",
                _graded(part, 0.05, 0.0),
            )


def _outliers(outliers: Sequence[Outliers]) -> Iterator[Finding]:
    for found in outliers:
        part = share(found.count, found.field.values)
        yield Finding(
            f"'{found.field.name}' has {found.count} of {found.field.values} values outside"
            f" {figure(found.lower)} to {figure(found.upper)} ({percent(part)}).",
            _graded(part, 0.1, 0.02),
        )


def _constant(summary: Summary) -> Iterator[Finding]:
    for field in summary.fields:
        if field.distinct == 1 and field.values > 1:
            yield Finding(f"'{field.name}' holds the same value {field.values} times.", Severity.LOW)


def _graded(part: float, high: float, medium: float) -> Severity:
    if part >= high:
        return Severity.HIGH
    return Severity.MEDIUM if part >= medium else Severity.LOW
