"""What the application takes, as the service's bodies: JSON, and a form as soon as there are bytes to carry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import orjson

from artifact_plane.adapters.client.conversation import MOST_ON_LOOP
from artifact_plane.adapters.client.forms import Body, Document, FilePart, Form
from artifact_plane.adapters.codec.canonical import canonical_bytes
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import MAX_DEPTH, Json, JsonLimits, JsonObject, LargerThanBudget, admit_object
from artifact_plane.domain.model.rendering import Rendered, Rendering
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload, PayloadLike

ARTIFACT: Final = "artifact"
INTENT: Final = "intent"
RESULT: Final = "result"
Encoded: TypeAlias = Mapping[str, object]
"""A document in the making: JSON values, and pieces that are written already."""

LIMITS: Final = JsonLimits(max_bytes=1 << 40, max_depth=MAX_DEPTH)
"""How large a document may be is the service's to say."""


async def payload_body(
    payload: PayloadLike, metadata: JsonObject, context: ExecutionContext, own: JsonObject, boundary: str
) -> Body:
    """The body that creates an artifact or replaces its payload. Raises InvalidJson, InvalidInput."""
    whole = payload if isinstance(payload, Payload) else Payload(semantic_payload=payload)
    files: list[FilePart] = []
    encoded: dict[str, object] = {
        **own,
        "payload": {
            "semantic_payload": await _fragment(whole.semantic_payload),
            "renderings": await _views(whole.renderings, files),
            "derived_from": list(whole.derived_from),
            "labels": list(whole.labels),
        },
        "metadata": await _fragment(metadata),
        **_belongs(context),
    }
    return _body(ARTIFACT, encoded, files, boundary)


async def intent_body(intent: Intent, boundary: str) -> Body:
    """The body that submits an intent, its attachments beside it. Raises InvalidJson, InvalidInput."""
    if INTENT in intent.attachments:
        raise InvalidInput(
            f"an attachment that is sent cannot be called {INTENT!r}",
            where="attachment name",
            remedy="give it another name",
        )
    files = [
        FilePart(name=name, media_type="application/octet-stream", source=source)
        for name, source in intent.attachments.items()
    ]
    return _body(INTENT, await _intent(intent), files, boundary)


async def result_body(intent: Intent, result: RealmResult, realm: str, boundary: str) -> Body:
    """The body that hands in a realm's result. Raises InvalidJson, InvalidInput."""
    if intent.attachments:
        raise InvalidInput(
            "a result that is handed in over HTTP has no attachments",
            where="attachments",
            remedy="leave them out; or let the intent be executed by the service",
        )
    files: list[FilePart] = []
    artifacts = {key: await _output(output, files) for key, output in result.artifacts.items()}
    events = [await _fragment(event) for event in result.events]
    encoded = {
        "intent": await _intent(intent),
        "realm": realm,
        "result": {"artifacts": artifacts, "events": events},
    }
    return _body(RESULT, encoded, files, boundary)


def document(value: JsonObject) -> Document:
    """A small document of plain values."""
    return Document(canonical_bytes(value, LIMITS))


def _body(name: str, encoded: Encoded, files: list[FilePart], boundary: str) -> Body:
    data = orjson.dumps(encoded)
    return Form(name=name, document=data, files=files, boundary=f"ap-{boundary}") if files else Document(data)


async def _intent(intent: Intent) -> Encoded:
    return {
        "intent_id": intent.intent_id,
        "intent_type": intent.intent_type,
        "session_id": intent.session_id,
        "solution_id": intent.solution_id,
        "parameters": await _fragment(intent.parameters),
    }


def _belongs(context: ExecutionContext) -> dict[str, str]:
    """Where an artifact belongs; what the caller does not have is left out."""
    given = {
        "session_id": context.session_id,
        "solution_id": context.solution_id,
        "execution_id": context.execution_id,
        "intent_id": context.intent_id,
        "intent_type": context.intent_type,
        "realm": context.realm,
    }
    return {name: value for name, value in given.items() if value is not None}


async def _output(output: Output, files: list[FilePart]) -> Encoded:
    return {
        "result_type": output.result_type,
        "semantic_payload": await _fragment(output.semantic_payload),
        "renderings": await _views(output.renderings, files),
        "derived_from": list(output.derived_from),
        "labels": list(output.labels),
    }


async def _views(renderings: Iterable[Rendering], files: list[FilePart]) -> dict[str, object]:
    """Views by name; the bytes of those that were rendered go to ``files``."""
    views: dict[str, object] = {}
    for one in renderings:
        if one.name in views:
            raise InvalidInput(
                f"two renderings are called {one.name!r}", where="renderings", remedy="give each view its own name"
            )
        if isinstance(one, Rendered):
            part = f"view-{len(files) + 1}"
            files.append(FilePart(name=part, media_type=one.media_type, source=one.source))
            views[one.name] = {"media_type": one.media_type, "part": part}
        else:
            options = await _fragment(one.options)
            views[one.name] = {"renderer": one.renderer, "format": one.format, "options": options}
    return views


async def _fragment(value: JsonObject) -> orjson.Fragment:
    """A JSON object in its canonical form; a large one is written off the event loop. Raises InvalidJson."""
    try:
        admit_object(value, LIMITS, budget=MOST_ON_LOOP // 16)
    except LargerThanBudget:
        return orjson.Fragment(await asyncio.to_thread(_written, value))
    return orjson.Fragment(_written(value))


def _written(value: Json) -> bytes:
    return canonical_bytes(value, LIMITS)
