"""Fields as they stand in payloads, written and read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from artifact_plane.adapters.realms.tabular.column import FIRST_PLACES
from artifact_plane.adapters.realms.tabular.figures import figure
from artifact_plane.adapters.realms.tabular.kinds import MISSING_WORDS
from artifact_plane.adapters.realms.tabular.summary import MAX_FIELDS, MAX_TOP, Conflicts, Field, Histogram, Summary
from artifact_plane.adapters.realms.tabular.table import printable_text
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.realm import ArtifactReading, RefusedInput

TOP_WRITTEN: Final = 5
"""How many of a field's most frequent values a payload holds."""


def table_json(summary: Summary) -> dict[str, Json]:
    """What every payload about a table says of it: size, fields, what counts as missing."""
    table: dict[str, Json] = {
        "rows": summary.rows,
        "columns": summary.columns,
        "missing_cells": summary.missing_cells,
        "fields": [field_json(field) for field in summary.fields],
        "place": summary.place,
        "missing_words": list(MISSING_WORDS),
    }
    if summary.is_truncated:
        table["truncated"] = True
        table["note"] = f"the first {len(summary.fields)} of {summary.columns} columns are described"
    return table


def field_json(field: Field) -> JsonObject:
    """One field; what does not apply to its type is left out."""
    written: dict[str, Json] = {
        "name": field.name,
        "type": field.type,
        "values": field.values,
        "missing": field.missing,
        "distinct": field.distinct,
        "distinct_at_least": None if field.distinct_is_all else True,
        "min": _bound(field.least),
        "max": _bound(field.greatest),
        "mean": figure(field.mean),
        "deviation": figure(field.deviation),
        "quartiles": list(map(figure, field.quartiles)) if field.quartiles else None,
        "histogram": _histogram_json(field.histogram),
        "measured": field.measured if field.is_numeric else None,
        "top": [{"value": value, "count": count} for value, count in field.top[:TOP_WRITTEN]] or None,
        "conflicts": None if field.conflicts is None else conflicts_json(field.conflicts),
    }
    return {key: value for key, value in written.items() if value is not None}


def conflicts_json(conflicts: Conflicts) -> JsonObject:
    """Type conflicts as they stand in a payload."""
    return {"expected": conflicts.expected, "count": conflicts.count, "places": list(conflicts.places)}


def _bound(value: float | str | None) -> Json:
    return value if isinstance(value, str) else figure(value)


def _histogram_json(histogram: Histogram | None) -> JsonObject | None:
    if histogram is None:
        return None
    return {"edges": list(map(figure, histogram.edges)), "counts": list(histogram.counts)}


def summary_in(reading: ArtifactReading) -> Summary:
    """The summary that an earlier artifact holds; it has no rows to look at.

    Raises:
        RefusedInput: the artifact's meaning does not describe a table.
    """
    meaning = reading.semantic_payload
    rows, columns, fields = meaning.get("rows"), meaning.get("columns"), meaning.get("fields")
    if not (isinstance(rows, int) and isinstance(columns, int) and _is_list(fields)):
        raise _no_table(reading)
    place = meaning.get("place")
    return Summary(
        origin=f"artifact {reading.artifact_id}",
        rows=rows,
        columns=columns,
        missing_cells=_integer(meaning.get("missing_cells")),
        fields=tuple(_field_in(field, reading) for field in _list(fields)[:MAX_FIELDS]),
        place=place if isinstance(place, str) else "row",
    )


def _field_in(written: Json, reading: ArtifactReading) -> Field:
    if not isinstance(written, Mapping):
        raise _no_table(reading)
    name, kind = written.get("name"), written.get("type")
    if not (isinstance(name, str) and isinstance(kind, str)):
        raise _no_table(reading)
    quartiles = [_number(value) or 0.0 for value in _list(written.get("quartiles"))]
    return Field(
        name=printable_text(name),
        type=printable_text(kind),
        values=_integer(written.get("values")),
        missing=_integer(written.get("missing")),
        distinct=_integer(written.get("distinct")),
        distinct_is_all=written.get("distinct_at_least") is not True,
        least=_bound_in(written.get("min")),
        greatest=_bound_in(written.get("max")),
        mean=_number(written.get("mean")),
        deviation=_number(written.get("deviation")),
        quartiles=(quartiles[0], quartiles[1], quartiles[2]) if len(quartiles) == 3 else None,
        histogram=_histogram_in(written.get("histogram")),
        measured=_integer(written.get("measured")),
        top=_top_in(written.get("top")),
        conflicts=_conflicts_in(written.get("conflicts")),
    )


def _histogram_in(written: Json) -> Histogram | None:
    if not isinstance(written, Mapping):
        return None
    edges = tuple(_number(edge) or 0.0 for edge in _list(written.get("edges")))
    counts = tuple(map(_integer, _list(written.get("counts"))))
    ascending = all(lower < upper for lower, upper in pairwise(edges))
    return Histogram(edges=edges, counts=counts) if counts and len(edges) == len(counts) + 1 and ascending else None


def _top_in(written: Json) -> tuple[tuple[str, int], ...]:
    entries = [entry for entry in _list(written) if isinstance(entry, Mapping)]
    return tuple((printable_text(str(entry.get("value"))), _integer(entry.get("count"))) for entry in entries[:MAX_TOP])


def _conflicts_in(written: Json) -> Conflicts | None:
    if not isinstance(written, Mapping):
        return None
    return Conflicts(
        expected=printable_text(str(written.get("expected"))),
        count=_integer(written.get("count")),
        places=tuple(map(_integer, _list(written.get("places"))[:FIRST_PLACES])),
    )


def _bound_in(written: Json) -> float | str | None:
    return written if isinstance(written, str) else _number(written)


def _number(written: Json) -> float | None:
    return float(written) if isinstance(written, int | float) and not isinstance(written, bool) else None


def _integer(written: Json) -> int:
    return written if isinstance(written, int) and not isinstance(written, bool) else 0


def _list(written: Json) -> Sequence[Json]:
    return written if isinstance(written, Sequence) and not isinstance(written, str) else ()


def _is_list(written: Json) -> bool:
    return isinstance(written, Sequence) and not isinstance(written, str)


def _no_table(reading: ArtifactReading) -> RefusedInput:
    return RefusedInput(
        f"the meaning of artifact {reading.artifact_id} describes no table",
        where="parameter 'artifact_id'",
        remedy="name an analysis_result or quality_report of a table, or attach the table as 'data'",
    )
