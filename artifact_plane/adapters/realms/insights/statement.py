"""Statements: what is said of a table, and the figures it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from artifact_plane.adapters.realms.tabular.figures import figure
from artifact_plane.domain.model.json import Json, JsonObject


@attrs.frozen
class Statement:
    """One thing that the table says, the figures it rests on, and how sure it is (0 to 1)."""

    sentence: str
    evidence: JsonObject
    confidence: float = 1.0

    def json(self) -> JsonObject:
        """The statement as it stands in a payload."""
        return {"statement": self.sentence, "evidence": self.evidence, "confidence": figure(self.confidence)}


def reported(meaning: JsonObject) -> Iterator[Statement]:
    """What a quality report says of the rows, which nobody can see who has only the report."""
    duplicates = meaning.get("duplicates")
    count = duplicates.get("count") if isinstance(duplicates, Mapping) else None
    if isinstance(count, int) and count:
        yield Statement(
            f"Rows that repeat an earlier one: {count}. Every count and mean weighs them again.", {"duplicates": count}
        )
    for outliers in _objects(meaning.get("outliers")):
        column, outside = outliers.get("column"), outliers.get("count")
        if isinstance(column, str) and isinstance(outside, int):
            yield Statement(
                f"Values of '{column}' far from the others: {outside}. Its mean and deviation depend on them.",
                {"column": column, "outliers": outside},
            )


def _objects(value: Json) -> list[Mapping[str, Json]]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [item for item in value if isinstance(item, Mapping)]
