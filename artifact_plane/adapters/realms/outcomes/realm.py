"""The Outcomes realm: roadmaps, proofs of concept and solutions, from goals and from artifacts by their id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from artifact_plane.adapters.realms.attachments import Parameters, no_attachments, off_loop
from artifact_plane.adapters.realms.labels import labels_of
from artifact_plane.adapters.realms.outcomes.poc import draw_poc
from artifact_plane.adapters.realms.outcomes.request import Request, read_request
from artifact_plane.adapters.realms.outcomes.roadmap import draw_roadmap
from artifact_plane.adapters.realms.outcomes.solution import SOURCES, draw_solution
from artifact_plane.adapters.realms.views import DIAGRAMS, DOCUMENTS
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, ArtifactReading, Realm, RefusedInput

_DRAWN: Final = {**DOCUMENTS, **DIAGRAMS}
_COMMON: Final = ("formats", "labels")
_REQUEST: Final = ("goals", "artifact_ids", "title", *_COMMON)


class OutcomesRealm(Realm):
    """Handles ``generate_roadmap``, ``create_poc`` and ``create_solution``.

    Every intent type takes ``formats`` (which views to offer) and ``labels`` (names put on the output).
    """

    @property
    def name(self) -> str:
        return "outcomes"

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset(_HANDLERS)

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        return await _HANDLERS[intent.intent_type](intent, reader)


async def _generate_roadmap(intent: Intent, reader: ArtifactReader) -> RealmResult:
    """From ``goals``, ``artifact_ids`` or both."""
    views = (_DRAWN, ("markdown", "html", "svg"))
    return await _answer(intent, reader, "roadmap", draw_roadmap, *views)


async def _create_poc(intent: Intent, reader: ArtifactReader) -> RealmResult:
    """From ``goals``, ``artifact_ids`` or both."""
    return await _answer(intent, reader, "poc", draw_poc, DOCUMENTS, ("markdown", "html"))


async def _answer(
    intent: Intent,
    reader: ArtifactReader,
    result_type: str,
    draw: Callable[[Request], dict[str, Json]],
    legal: Mapping[str, str],
    default: Sequence[str],
) -> RealmResult:
    parameters = Parameters.of(intent, _REQUEST)
    views, labels = parameters.views(legal, default), labels_of(parameters)
    request = await read_request(intent, parameters, reader)
    payload = await off_loop(lambda checkpoint: draw(request))
    output = Output(
        result_type=result_type,
        semantic_payload=payload,
        renderings=views,
        derived_from=tuple(one.artifact_id for one in request.evidence),
        labels=labels,
    )
    return RealmResult(artifacts={result_type: output})


async def _create_solution(intent: Intent, reader: ArtifactReader) -> RealmResult:
    """From the artifact ``source_id``, which must be of the type ``solution_source``."""
    parameters = Parameters.of(intent, ("solution_source", "source_id", *_COMMON))
    no_attachments(intent)
    views, labels = parameters.views(DOCUMENTS, ("markdown", "html")), labels_of(parameters)
    parameters.text("solution_source", "--param solution_source=roadmap")
    expected = parameters.find_choice("solution_source", SOURCES)
    source_id = parameters.identifier("source_id", "--param source_id=ID")
    reading = await reader.read(source_id)
    if reading.artifact_type != expected:
        raise _other_type(reading, str(expected))
    payload = await off_loop(lambda checkpoint: draw_solution(reading))
    output = Output(
        result_type="solution",
        semantic_payload=payload,
        renderings=views,
        derived_from=(reading.artifact_id,),
        labels=labels,
    )
    return RealmResult(artifacts={"solution": output})


def _other_type(reading: ArtifactReading, expected: str) -> RefusedInput:
    actual = reading.artifact_type
    fitting = f"or solution_source={actual}" if actual in SOURCES else "made as a roadmap, a poc or a blueprint"
    return RefusedInput(
        f"artifact '{reading.artifact_id}' is of type '{actual}', while solution_source says '{expected}'",
        where="parameter 'source_id'",
        remedy=f"give the id of a {expected}, {fitting}",
    )


_HANDLERS: Final[Mapping[str, Callable[[Intent, ArtifactReader], Awaitable[RealmResult]]]] = {
    "generate_roadmap": _generate_roadmap,
    "create_poc": _create_poc,
    "create_solution": _create_solution,
}
