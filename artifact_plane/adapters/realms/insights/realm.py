"""The Insights realm: how good a table's data are, and what they say."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.realms.attachments import Parameters, nearest
from artifact_plane.adapters.realms.insights.interpretation import interpretation_of
from artifact_plane.adapters.realms.insights.outliers import outliers_in
from artifact_plane.adapters.realms.insights.quality import Assessment
from artifact_plane.adapters.realms.insights.repeated import RepeatedRows
from artifact_plane.adapters.realms.labels import labels_of
from artifact_plane.adapters.realms.tabular.subject import (
    PARAMETERS,
    Earlier,
    Limits,
    examine,
    subject_of,
)
from artifact_plane.adapters.realms.tabular.summary import Summary
from artifact_plane.adapters.realms.tabular.table import Table
from artifact_plane.adapters.realms.views import CHARTS, DOCUMENTS
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, Realm, RefusedInput

ASSESS_DATA_QUALITY: Final = "assess_data_quality"
INTERPRET_DATA: Final = "interpret_data"


class InsightsRealm(Realm):
    """Assesses and interprets tables.

    * ``assess_data_quality`` gives the output ``quality_report``: a score with its formula, findings, and the
      figures of missing values, repeated rows, type conflicts and outliers.
    * ``interpret_data`` gives the output ``interpretation``: statements with the figures they rest on.

    Both take the attachment ``data`` (CSV, TSV or an array of JSON objects), or the artifact ``artifact_id`` that
    describes a table; from the latter, what takes rows is not assessed, and says so. Parameters: ``format`` says
    what ``data`` is, ``formats`` which renderings to offer, ``labels`` which
    labels the output gets. The limits are in bytes.
    """

    def __init__(self, *, max_table_bytes: int = Limits().tables, max_json_bytes: int = Limits().json) -> None:
        self._limits = Limits(tables=max_table_bytes, json=max_json_bytes)

    @property
    def name(self) -> str:
        return "insights"

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset({ASSESS_DATA_QUALITY, INTERPRET_DATA})

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        match intent.intent_type:
            case "assess_data_quality":
                output = await self._assess(intent, reader)
            case "interpret_data":
                output = await self._interpret(intent, reader)
            case other:
                raise RefusedInput(
                    f"the realm 'insights' does not handle '{other}'",
                    where="intent type",
                    remedy=nearest(other, self.intent_types),
                )
        return RealmResult(artifacts={output.result_type: output})

    async def _assess(self, intent: Intent, reader: ArtifactReader) -> Output:
        parameters = Parameters.of(intent, PARAMETERS)
        labels = labels_of(parameters)
        parameters.views({**DOCUMENTS, **CHARTS}, ())
        subject = await subject_of(intent, parameters, reader)
        repeated = RepeatedRows()
        report = await examine(
            subject, self._limits, lambda summary, table: _report(summary, table, repeated), repeated
        )
        # Without a chart in the report there is nothing that the chart renderer could draw.
        charts = CHARTS if report["charts"] else {}
        default = ("markdown", "html", *(("svg",) if charts else ()))
        return Output(
            result_type="quality_report",
            semantic_payload=report,
            renderings=parameters.views({**DOCUMENTS, **charts}, default),
            derived_from=subject.derived_from,
            labels=labels,
        )

    async def _interpret(self, intent: Intent, reader: ArtifactReader) -> Output:
        parameters = Parameters.of(intent, PARAMETERS)
        labels = labels_of(parameters)
        views = parameters.views(DOCUMENTS, ("markdown", "html"))
        subject = await subject_of(intent, parameters, reader)
        meaning = subject.reading.semantic_payload if isinstance(subject, Earlier) else None
        interpretation = await examine(
            subject, self._limits, lambda summary, table: interpretation_of(summary, meaning)
        )
        return Output(
            result_type="interpretation",
            semantic_payload=interpretation,
            renderings=views,
            derived_from=subject.derived_from,
            labels=labels,
        )


def _report(summary: Summary, table: Table | None, repeated: RepeatedRows) -> JsonObject:
    if table is None:
        return Assessment(summary=summary, repeated=None, outliers=None).json()
    return Assessment(summary=summary, repeated=repeated, outliers=outliers_in(summary, table)).json()
