"""Artifacts: create, list, read, update, delete."""

from __future__ import annotations

from typing import Final

import orjson

from artifact_plane.adapters.codec.views import receipt_view, record_view, rulings_view
from artifact_plane.adapters.http.answers import HttpAnswer, answer, answer_of_many, empty, written
from artifact_plane.adapters.http.bodies import ArtifactBody, UpdateBody
from artifact_plane.adapters.http.idempotency import fingerprint_of, once
from artifact_plane.adapters.http.links import next_page, paging
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.parameters import (
    Parameter,
    choice,
    flag,
    identifier,
    number,
    optional_choice,
    optional_number,
    text,
    word,
)
from artifact_plane.adapters.http.payloads import context_of, metadata_of, payload_of
from artifact_plane.adapters.http.preconditions import (
    artifact_tag,
    expected_versions,
    not_modified,
    precondition_failed,
)
from artifact_plane.adapters.http.uploads import upload
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, Gone
from artifact_plane.domain.model.rendering import SEMANTIC_PART, BytesSource
from artifact_plane.domain.model.request import Request, Subject
from artifact_plane.ports.answers import Content, RecordedArtifact

PART: Final = "artifact"
MOST_VERSIONS: Final = 2**31 - 1

ALL: Final = "all"
TYPE: Final = word("type", "Only artifacts of this type.")
SESSION: Final = identifier("session", "Only those of this session.")
SOLUTION: Final = identifier("solution", "Only those of this solution.")
EXECUTION: Final = identifier("execution", "Only those that this execution made.")
LABEL: Final = word("label", "Only those with this label.")
DECISION: Final = optional_choice(
    "decision", "Only those that were ruled on so as a whole.", [one.value for one in MaterializationDecision]
)
STATE: Final = choice("state", "Whether deleted ones count.", ("active", "deleted", ALL), "active")
LIMIT: Final = number("limit", "How many at once.", 1, 1_000, 100)
AFTER: Final = text("after", "The cursor that the page before ended with.", 200)
LISTED_BY: Final = (TYPE, SESSION, SOLUTION, EXECUTION, LABEL, DECISION, STATE, LIMIT, AFTER)

VERSION: Final[Parameter[int | None]] = optional_number(
    "version", "Another version than the current one.", 1, MOST_VERSIONS
)
PAYLOAD: Final = flag("payload", "Whether the meaning is wanted.", default=True)


async def create(call: Call) -> HttpAnswer:
    """``POST /api/artifacts``."""
    said = await upload(call, ArtifactBody, PART)
    body = said.body
    payload, metadata = payload_of(body.payload, body.artifact_type, said.files), metadata_of(body)

    async def act(request: Request | None) -> HttpAnswer:
        recorded = await call.application.plane.create_artifact(
            body.artifact_type,
            body.artifact_id,
            payload,
            metadata,
            context_of(body, call.tenant_id),
            request=request,
        )
        return recorded_answer(recorded, 200 if recorded.repeated else 201)

    async def again(subject: Subject) -> HttpAnswer:
        return recorded_answer(await _recorded(call, subject), 201)

    return await once(call, lambda: fingerprint_of(call, *said.content), act, again)


async def list_all(call: Call) -> HttpAnswer:
    """``GET /api/artifacts``."""
    get = call.query.get
    decision, state = get(DECISION), get(STATE)
    criteria = ArtifactFilter(
        artifact_type=get(TYPE),
        session_id=get(SESSION),
        solution_id=get(SOLUTION),
        execution_id=get(EXECUTION),
        label=get(LABEL),
        decision=None if decision is None else MaterializationDecision(decision),
        state=None if state == ALL else ArtifactState(state),
    )
    plane = call.application.plane
    with paging():
        page = await plane.list_artifacts(call.tenant_id, criteria, limit=get(LIMIT), after=get(AFTER))
    return await answer_of_many(
        page.artifacts,
        lambda found: {"artifacts": [record_view(one) for one in found], "next": page.next},
        next_page(call.operation.path, call.query.given, page.next),
    )


async def show(call: Call) -> HttpAnswer:
    """``GET /api/artifact/{artifact_id}``: the record and, as the very bytes that are kept, the meaning."""
    artifact_id, version = call.identifier("artifact_id"), call.query.get(VERSION)
    plane = call.application.plane
    if call.query.get(PAYLOAD):
        try:
            return _whole(call, await plane.open_content(artifact_id, call.tenant_id, SEMANTIC_PART, version=version))
        except Gone:
            payload = b',"semantic_payload":null'  # only the meaning, or all of it: the record says which
    else:
        payload = b""
    view = await plane.get_artifact(artifact_id, call.tenant_id, include_payload=False, version=version)
    return _seen(call, view.artifact, payload)


async def update(call: Call) -> HttpAnswer:
    """``PUT /api/artifact/{artifact_id}``."""
    artifact_id = call.identifier("artifact_id")
    expected = expected_versions(call.header("if-match"), artifact_id)
    said = await upload(call, UpdateBody, PART)
    plane = call.application.plane
    current = (await plane.get_artifact(artifact_id, call.tenant_id, include_payload=False)).artifact
    _check_identity(said.body, current)
    try:
        recorded = await plane.update_artifact(
            artifact_id,
            payload_of(said.body.payload, current.artifact_type, said.files),
            metadata_of(said.body),
            context_of(said.body, call.tenant_id),
            expected_version=_replaced(expected, current),
        )
    except Conflict as error:
        raise precondition_failed(error) from error
    return recorded_answer(recorded, 200)


async def delete(call: Call) -> HttpAnswer:
    """``DELETE /api/artifact/{artifact_id}``."""
    tombstone = await call.application.plane.delete_artifact(call.identifier("artifact_id"), call.tenant_id)
    return answer({"artifact": record_view(tombstone)})


def recorded_answer(recorded: RecordedArtifact, status: int) -> HttpAnswer:
    """An artifact as it was recorded, with the rulings on its parts."""
    artifact = recorded.artifact
    return answer(
        {
            "artifact": record_view(artifact),
            "rulings": rulings_view([recorded.receipt]),
            "receipts": [receipt_view(recorded.receipt)],
            "repeated": recorded.repeated,
        },
        status,
        {"location": f"/api/artifact/{artifact.artifact_id}", "etag": artifact_tag(artifact)},
    )


async def _recorded(call: Call, subject: Subject) -> RecordedArtifact:
    """What a request before this one recorded; deleted since or not."""
    artifact_id, _, version = subject.partition(":")[2].rpartition("@")
    versions = await call.application.plane.versions(artifact_id, call.tenant_id)
    explanation = await call.application.steward.explain(artifact_id, call.tenant_id)
    artifact = next(one for one in versions if one.version == int(version))
    receipt = next(one for one in explanation.receipts if one.version == int(version))
    return RecordedArtifact(artifact=artifact, receipt=receipt)


def _whole(call: Call, content: Content) -> HttpAnswer:
    source = content.source
    if isinstance(source, BytesSource):
        return _seen(call, content.artifact, b',"semantic_payload":' + source.data)
    raise RuntimeError("a meaning comes as bytes")


def _seen(call: Call, artifact: Artifact, payload: bytes) -> HttpAnswer:
    tag = artifact_tag(artifact)
    if not_modified(call.header("if-none-match"), tag):
        return empty(304, {"etag": tag, "cache-control": _CACHING})
    data = b'{"artifact":' + orjson.dumps(record_view(artifact)) + payload + b"}"
    return written(data, headers={"etag": tag, "cache-control": _CACHING})


def _check_identity(body: UpdateBody, current: Artifact) -> None:
    for field in ("artifact_id", "artifact_type"):
        if getattr(body, field) not in (None, getattr(current, field)):
            raise Conflict(
                f"an update cannot change it from {getattr(current, field)}",
                where=f"body.{field}",
                remedy="leave the field out, or create another artifact",
            )


def _replaced(expected: tuple[int, ...] | None, current: Artifact) -> int:
    """The version that is to be replaced: the current one where it is allowed, else one that will be refused."""
    if expected is None or current.version in expected:
        return current.version
    return max(expected, default=0)


_CACHING: Final = "private, no-cache"
"""It may be kept by the caller, who must ask each time whether it is still so."""
