"""The Content realm: what a file is and holds, and charts of it."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.realms.attachments import Parameters, nearest, off_loop
from artifact_plane.adapters.realms.attachments_text import Checkpoint
from artifact_plane.adapters.realms.content.choice import charts_of
from artifact_plane.adapters.realms.content.parsing import analysis_of, analysis_of_meaning
from artifact_plane.adapters.realms.labels import labels_of
from artifact_plane.adapters.realms.tabular.subject import (
    PARAMETERS,
    Attached,
    Earlier,
    Limits,
    examine,
    subject_of,
)
from artifact_plane.adapters.realms.tabular.summary import Summary
from artifact_plane.adapters.realms.views import CHARTS, DOCUMENTS
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, Realm, RefusedInput

PARSE_CONTENT: Final = "parse_content"
VISUALIZE: Final = "visualize"

_DRAWN: Final = {**CHARTS, **DOCUMENTS}


class ContentRealm(Realm):
    """Parses content and draws it.

    * ``parse_content``: the attachment ``data`` (CSV, TSV, JSON, Markdown or plain text), or the meaning of the
      artifact ``artifact_id``, becomes the output ``analysis_result``: title, format, and the structure; for a
      table ``rows``, ``columns`` (counts) and ``fields``.
    * ``visualize``: the table in ``data``, or the one that the artifact ``artifact_id`` describes, becomes the
      output ``visual``: a title and ``charts`` chosen from the columns' types.

    Parameters: ``format`` says what ``data`` is (otherwise its content tells), ``formats`` which renderings to
    offer, ``labels`` which labels the output gets. The limits are in bytes.
    """

    def __init__(
        self,
        *,
        max_table_bytes: int = Limits().tables,
        max_json_bytes: int = Limits().json,
        max_document_bytes: int = Limits().documents,
    ) -> None:
        self._limits = Limits(tables=max_table_bytes, json=max_json_bytes, documents=max_document_bytes)

    @property
    def name(self) -> str:
        return "content"

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset({PARSE_CONTENT, VISUALIZE})

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        match intent.intent_type:
            case "parse_content":
                output = await self._parse(intent, reader)
            case "visualize":
                output = await self._visualize(intent, reader)
            case other:
                raise RefusedInput(
                    f"the realm 'content' does not handle '{other}'",
                    where="intent type",
                    remedy=nearest(other, self.intent_types),
                )
        return RealmResult(artifacts={output.result_type: output})

    async def _parse(self, intent: Intent, reader: ArtifactReader) -> Output:
        parameters = Parameters.of(intent, PARAMETERS)
        labels = labels_of(parameters)
        views = parameters.views(DOCUMENTS, ("markdown", "html"))
        subject = await subject_of(intent, parameters, reader)
        analysis = await off_loop(lambda checkpoint: self._analysis(subject, checkpoint))
        return Output(
            result_type="analysis_result",
            semantic_payload=analysis,
            renderings=views,
            derived_from=subject.derived_from,
            labels=labels,
        )

    def _analysis(self, subject: Attached | Earlier, checkpoint: Checkpoint) -> JsonObject:
        if isinstance(subject, Earlier):
            return analysis_of_meaning(subject.reading, self._limits, checkpoint)
        return analysis_of(subject, self._limits, checkpoint)

    async def _visualize(self, intent: Intent, reader: ArtifactReader) -> Output:
        parameters = Parameters.of(intent, PARAMETERS)
        labels = labels_of(parameters)
        views = parameters.views(_DRAWN, ("svg", "markdown", "html"))
        subject = await subject_of(intent, parameters, reader)
        visual = await examine(subject, self._limits, lambda summary, table: _visual(summary))
        return Output(
            result_type="visual",
            semantic_payload=visual,
            renderings=views,
            derived_from=subject.derived_from,
            labels=labels,
        )


def _visual(summary: Summary) -> JsonObject:
    if not summary.rows or not summary.fields:
        raise RefusedInput(
            "the table has no rows or no columns, so there is nothing to draw",
            where=summary.origin,
            remedy="attach a table with rows",
        )
    charts = charts_of(summary)
    return {
        "title": f"Charts: {summary.title}",
        "rows": summary.rows,
        "columns": summary.columns,
        "charts": [chart.json() for chart in charts],
    }
