"""The Journey realm: workflows out of procedures and diagrams, and what follows from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.realms.attachments import (
    Parameters,
    document_text,
    no_attachments,
    off_loop,
    one_attachment_of,
)
from artifact_plane.adapters.realms.attachments_text import Checkpoint
from artifact_plane.adapters.realms.journey.blueprint import Source, draw_blueprint
from artifact_plane.adapters.realms.journey.bpmn_reader import read_bpmn
from artifact_plane.adapters.realms.journey.labels import labels_of
from artifact_plane.adapters.realms.journey.process import Workflow
from artifact_plane.adapters.realms.journey.prose import one_line
from artifact_plane.adapters.realms.journey.sop_reader import read_sop
from artifact_plane.adapters.realms.journey.sop_writer import write_sop
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, Realm, RefusedInput

MAX_WORKFLOWS: Final = 20
"""How many workflows one blueprint may be made from."""

_DOCUMENT: Final = {"markdown": "document", "html": "document", "pdf": "document"}
_DRAWN: Final = {**_DOCUMENT, "svg": "process", "png": "process"}
_COMMON: Final = ("formats", "labels")

_Read: TypeAlias = Callable[[str, str, Checkpoint], Workflow]
_READERS: Final[Mapping[str, _Read]] = {"sop": read_sop, "bpmn": read_bpmn}


class JourneyRealm(Realm):
    """Handles ``create_workflow``, ``generate_sop`` and ``create_blueprint``.

    Every intent type takes ``formats`` (which views to offer) and ``labels`` (names put on the output).
    """

    @property
    def name(self) -> str:
        return "journey"

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset(_HANDLERS)

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        key, output = await _HANDLERS[intent.intent_type](intent, reader)
        return RealmResult(artifacts={key: output})


async def _create_workflow(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the attachment ``sop`` or ``bpmn``; ``title`` names the workflow otherwise than the source does."""
    parameters = Parameters.of(intent, ("title", *_COMMON))
    views = parameters.views(_DRAWN, ("markdown", "html", "svg"))
    title = parameters.find_text("title")
    kind, source = one_attachment_of(intent, tuple(_READERS), example="--attach sop=procedure.md")
    workflow = await off_loop(lambda checkpoint: _read(kind, source, checkpoint))
    if title is not None:
        workflow = attrs.evolve(workflow, title=one_line(title))
    return "workflow", Output(
        result_type="workflow",
        semantic_payload=workflow.to_payload(),
        renderings=views,
        labels=labels_of(parameters),
    )


def _read(kind: str, source: ByteSource, checkpoint: Checkpoint) -> Workflow:
    text = document_text(source, kind, checkpoint=checkpoint)
    return _READERS[kind](text, f"attachment '{kind}'", checkpoint)


async def _generate_sop(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the artifact ``workflow_id``."""
    parameters = Parameters.of(intent, ("workflow_id", *_COMMON))
    no_attachments(intent)
    views = parameters.views(_DOCUMENT, ("markdown", "html"))
    workflow_id = parameters.identifier("workflow_id", "--param workflow_id=ID")
    source = await _workflow(reader, workflow_id, "parameter 'workflow_id'")
    named: JsonObject = {"artifact_id": source.artifact_id, "version": source.version, "type": "workflow"}
    payload = await off_loop(lambda checkpoint: write_sop(source.workflow, named))
    return "sop", Output(
        result_type="sop",
        semantic_payload=payload,
        renderings=views,
        derived_from=(source.artifact_id,),
        labels=labels_of(parameters),
    )


async def _create_blueprint(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the artifacts ``workflow_ids``."""
    parameters = Parameters.of(intent, ("workflow_ids", *_COMMON))
    no_attachments(intent)
    views = parameters.views(_DRAWN, ("markdown", "html", "svg"))
    where = "parameter 'workflow_ids'"
    sources = [await _workflow(reader, one, where) for one in _workflow_ids(parameters, where)]
    payload = await off_loop(lambda checkpoint: draw_blueprint(sources, where))
    return "blueprint", Output(
        result_type="blueprint",
        semantic_payload=payload,
        renderings=views,
        derived_from=tuple(source.artifact_id for source in sources),
        labels=labels_of(parameters),
    )


def _workflow_ids(parameters: Parameters, where: str) -> tuple[str, ...]:
    ids = parameters.identifiers("workflow_ids")
    if not 0 < len(ids) <= MAX_WORKFLOWS:
        raise RefusedInput(
            f"it names {len(ids)} workflows",
            where=where,
            remedy=f"give 1 to {MAX_WORKFLOWS} ids, for instance --param 'workflow_ids=[\"ID\"]'",
        )
    return ids


async def _workflow(reader: ArtifactReader, artifact_id: str, where: str) -> Source:
    reading = await reader.read(artifact_id)
    if reading.artifact_type != "workflow":
        raise RefusedInput(
            f"artifact '{artifact_id}' is of type '{reading.artifact_type}', not 'workflow'",
            where=where,
            remedy="give the id of a workflow made by 'create_workflow'",
        )
    workflow = Workflow.from_payload(reading.semantic_payload, f"{where}, artifact '{artifact_id}'")
    return Source(artifact_id=reading.artifact_id, version=reading.version, workflow=workflow)


_HANDLERS: Final[Mapping[str, Callable[[Intent, ArtifactReader], Awaitable[tuple[str, Output]]]]] = {
    "create_workflow": _create_workflow,
    "generate_sop": _generate_sop,
    "create_blueprint": _create_blueprint,
}
