"""The Journey realm: workflows out of procedures and diagrams, and what follows from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

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
from artifact_plane.adapters.realms.journey.process import Workflow
from artifact_plane.adapters.realms.journey.sop_reader import read_sop
from artifact_plane.adapters.realms.journey.sop_writer import write_sop
from artifact_plane.adapters.realms.labels import labels_of
from artifact_plane.adapters.realms.prose import one_line
from artifact_plane.adapters.realms.views import DIAGRAMS, DOCUMENTS
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import ByteSource, Renderable
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, ArtifactReading, Realm, RefusedInput

MAX_WORKFLOWS: Final = 20
"""How many workflows one blueprint may be made from."""

_DRAWN: Final = {**DOCUMENTS, **DIAGRAMS}
_MAX_DRAWN: Final = 500  # what the renderer `process` draws at most
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


def _views(parameters: Parameters, payload: JsonObject) -> tuple[Renderable, ...]:
    """The views to offer; a diagram only where the steps are few enough to be drawn.

    Raises:
        RefusedInput: a diagram is asked for of more steps than that.
    """
    views = parameters.views(_DRAWN, ("markdown", "html", "svg"))
    steps = payload["steps"]
    if not isinstance(steps, Sequence) or len(steps) <= _MAX_DRAWN:
        return views
    written = tuple(view for view in views if view.renderer != "process")
    if parameters.has("formats") and written != views:
        message = f"there are {len(steps)} steps, and a diagram shows {_MAX_DRAWN} at most"
        raise RefusedInput(message, where="parameter 'formats'", remedy="ask for 'markdown' or 'html'")
    return written


async def _create_workflow(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the attachment ``sop`` or ``bpmn``; ``title`` names the workflow otherwise than the source does."""
    parameters = Parameters.of(intent, ("title", *_COMMON))
    labels = labels_of(parameters)
    parameters.views(_DRAWN, ())
    title = parameters.find_text("title")
    kind, source = one_attachment_of(intent, tuple(_READERS), example="--attach sop=procedure.md")
    payload = await off_loop(lambda checkpoint: _read(kind, source, checkpoint))
    payload |= {"title": one_line(title)} if title is not None else {}
    return "workflow", Output(
        result_type="workflow",
        semantic_payload=payload,
        renderings=_views(parameters, payload),
        labels=labels,
    )


def _read(kind: str, source: ByteSource, checkpoint: Checkpoint) -> dict[str, Json]:
    text = document_text(source, kind, checkpoint=checkpoint)
    return _READERS[kind](text, f"attachment '{kind}'", checkpoint).to_payload()


async def _generate_sop(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the artifact ``workflow_id``."""
    parameters = Parameters.of(intent, ("workflow_id", *_COMMON))
    labels = labels_of(parameters)
    no_attachments(intent)
    views = parameters.views(DOCUMENTS, ("markdown", "html"))
    workflow_id = parameters.identifier("workflow_id", "--param workflow_id=ID")
    reading = await reader.read(workflow_id)
    payload = await off_loop(lambda checkpoint: _written(reading))
    return "sop", Output(
        result_type="sop",
        semantic_payload=payload,
        renderings=views,
        derived_from=(reading.artifact_id,),
        labels=labels,
    )


def _written(reading: ArtifactReading) -> dict[str, Json]:
    source = _source(reading, "parameter 'workflow_id'")
    named: JsonObject = {"artifact_id": source.artifact_id, "version": source.version, "type": "workflow"}
    return write_sop(source.workflow, named)


async def _create_blueprint(intent: Intent, reader: ArtifactReader) -> tuple[str, Output]:
    """From the artifacts ``workflow_ids``."""
    parameters = Parameters.of(intent, ("workflow_ids", *_COMMON))
    labels = labels_of(parameters)
    no_attachments(intent)
    where = "parameter 'workflow_ids'"
    parameters.views(_DRAWN, ())
    readings = [await reader.read(one) for one in _workflow_ids(parameters, where)]
    payload = await off_loop(lambda checkpoint: draw_blueprint([_source(one, where) for one in readings], where))
    return "blueprint", Output(
        result_type="blueprint",
        semantic_payload=payload,
        renderings=_views(parameters, payload),
        derived_from=tuple(reading.artifact_id for reading in readings),
        labels=labels,
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


def _source(reading: ArtifactReading, where: str) -> Source:
    """The workflow that ``reading`` holds; it may be large, so this belongs off the event loop."""
    artifact_id = reading.artifact_id
    if reading.artifact_type != "workflow":
        raise RefusedInput(
            f"artifact '{artifact_id}' is of type '{reading.artifact_type}', not 'workflow'",
            where=where,
            remedy="give the id of a workflow made by 'create_workflow'",
        )
    workflow = Workflow.from_payload(reading.semantic_payload, f"{where}, artifact '{artifact_id}'")
    return Source(artifact_id=artifact_id, version=reading.version, workflow=workflow)


_HANDLERS: Final[Mapping[str, Callable[[Intent, ArtifactReader], Awaitable[tuple[str, Output]]]]] = {
    "create_workflow": _create_workflow,
    "generate_sop": _generate_sop,
    "create_blueprint": _create_blueprint,
}
