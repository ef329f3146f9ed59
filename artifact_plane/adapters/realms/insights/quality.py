"""How good a table's data are: the payload of a ``quality_report``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import attrs

from artifact_plane.adapters.realms.insights.findings import findings_of
from artifact_plane.adapters.realms.insights.outliers import Outliers
from artifact_plane.adapters.realms.insights.repeated import RepeatedRows
from artifact_plane.adapters.realms.tabular.charts import Chart, histogram_chart, missing_chart
from artifact_plane.adapters.realms.tabular.fields_json import conflicts_json, table_json
from artifact_plane.adapters.realms.tabular.figures import figure, share
from artifact_plane.adapters.realms.tabular.summary import Summary
from artifact_plane.domain.model.json import Json, JsonObject

FORMULA: Final = "100 × (1 − missing share) × (1 − repeated share) × (1 − conflict share) × (1 − outlier share)"
"""How the score is made; the shares are of all cells, rows, values, and values of the columns of measures. A table
without rows has no score."""

MAX_LISTED: Final = 100
"""How many columns a list in the report has at most, those with most to report first."""

_HISTOGRAMS: Final = 2


@attrs.frozen(kw_only=True)
class Assessment:
    """What was assessed; ``repeated`` and ``outliers`` are None where there were no rows to look at."""

    summary: Summary
    repeated: RepeatedRows | None
    outliers: Sequence[Outliers] | None

    def shares(self) -> dict[str, float]:
        """What lowers the score; what was not assessed does not."""
        fields = self.summary.fields
        values = sum(field.values for field in fields)
        measured = sum(field.values for field in fields if field.is_measure)
        return {
            "missing": share(self.summary.missing_cells, self.summary.cells),
            "repeated": share(self.repeated.count(), self.repeated.checked) if self.repeated else 0.0,
            "conflicts": share(sum(field.conflicts.count for field in fields if field.conflicts), values),
            "outliers": share(sum(found.count for found in self.outliers or ()), measured),
        }

    def json(self) -> JsonObject:
        """The report as it stands in a payload."""
        shares = self.shares()
        score = round(100 * math.prod(1 - one for one in shares.values()), 1) if self.summary.rows else None
        verdict = "without a score" if score is None else f"{figure(score)} of 100"
        findings = findings_of(self.summary, self.repeated, self.outliers)
        return {
            "title": f"Data quality {verdict}: {self.summary.title}",
            "score": figure(score),
            "formula": FORMULA,
            "shares": shares,
            "findings": [finding.json() for finding in findings],
            "missing": self._missing(),
            "duplicates": self._duplicates(),
            "type_conflicts": self._conflicts(),
            "outliers": [found.json() for found in (self.outliers or ())[:MAX_LISTED]],
            "not_assessed": [] if self.repeated else ["duplicates", "outliers"],
            "charts": [chart.json() for chart in self._charts()],
            **table_json(self.summary),
        }

    def _missing(self) -> JsonObject:
        rows = self.summary.rows
        worst = sorted((field for field in self.summary.fields if field.missing), key=lambda field: -field.missing)
        columns: list[Json] = [
            {"column": field.name, "count": field.missing, "share": share(field.missing, rows)}
            for field in worst[:MAX_LISTED]
        ]
        total = self.summary.missing_cells
        return {"total": total, "share": share(total, self.summary.cells), "columns": columns}

    def _duplicates(self) -> JsonObject:
        if self.repeated is None:
            return {"count": None}
        count, checked = self.repeated.count(), self.repeated.checked
        return {"count": count, "share": share(count, checked), "rows_checked": checked}

    def _conflicts(self) -> list[Json]:
        found = [(field.name, field.conflicts) for field in self.summary.fields if field.conflicts is not None]
        worst = sorted(found, key=lambda item: -item[1].count)[:MAX_LISTED]
        return [{"column": name, **conflicts_json(conflicts)} for name, conflicts in worst]

    def _charts(self) -> Iterator[Chart]:
        """What misses, and how the columns with most outliers are spread."""
        if self.summary.missing_cells and any(field.missing for field in self.summary.fields):
            yield missing_chart(self.summary.fields, self.summary.rows)
        spread = (found.field for found in self.outliers or ())
        for field in islice(spread, _HISTOGRAMS):
            if field.histogram is not None:
                yield histogram_chart(field, field.histogram)
