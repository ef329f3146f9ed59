"""Artifacts: create, list, read, update, delete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Final, TypeVar

import orjson

from artifact_plane.adapters.codec.views import receipt_view, record_view, rulings_view
from artifact_plane.adapters.http.answers import HttpAnswer, answer, answer_of_many, empty, written
from artifact_plane.adapters.http.bodies import ArtifactBody, UpdateBody
from artifact_plane.adapters.http.idempotency import fingerprint_of, once
from artifact_plane.adapters.http.listing import Page, listed, weight_of
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
    check_current,
    expected_versions,
    named_versions,
    not_modified,
    precondition_failed,
)
from artifact_plane.adapters.http.uploads import Upload, upload
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, Gone, InvalidInput
from artifact_plane.domain.model.rendering import SEMANTIC_PART, BytesSource
from artifact_plane.domain.model.request import AGAIN, Request, Subject
from artifact_plane.ports.answers import Content, Payload, RecordedArtifact

B = TypeVar("B", bound=ArtifactBody)
PART: Final = "artifact"
MOST_VERSIONS: Final = 2**31 - 1

_MEANING: Final = b',"semantic_payload":'
_LARGE: Final = 256 * 1024
"""Bytes of a meaning beyond which a slow reader holds much."""
_TRIES: Final = 10
"""How often an update of whichever version there is gives way to another one."""

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
    payload = await _payload(call, said, body.artifact_type)
    metadata = await said.made(lambda: metadata_of(body, call.service.metadata_bytes))

    async def act(request: Request | None) -> HttpAnswer:
        recorded = await call.application.plane.create_artifact(
            body.artifact_type,
            body.artifact_id,
            payload,
            metadata,
            context_of(body, call.tenant_id),
            request=request,
        )
        return await recorded_answer(recorded, 200 if recorded.repeated else 201)

    async def again(subject: Subject) -> HttpAnswer:
        recorded = await _recorded(call, subject)
        return await recorded_answer(recorded, 200 if recorded.repeated else 201)

    return await once(call, lambda: fingerprint_of(call, *said.content), act, again)


async def _payload(call: Call, said: Upload[B], artifact_type: str) -> Payload:
    def made() -> Payload:
        return said.admitted(payload_of(said.body.payload, artifact_type, said.files, call.service.settings))

    return await said.made(made)


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

    async def page(limit: int) -> Page[Artifact]:
        found = await call.application.plane.list_artifacts(call.tenant_id, criteria, limit=limit, after=get(AFTER))
        return found.artifacts, found.next

    return await listed(call, "artifacts", get(LIMIT), page, record_view, weight_of)


async def show(call: Call) -> HttpAnswer:
    """``GET /api/artifact/{artifact_id}``: the record and, as the very bytes that are kept, the meaning."""
    artifact_id, version = call.identifier("artifact_id"), call.query.get(VERSION)
    plane = call.application.plane
    if call.query.get(PAYLOAD):
        try:
            return await _whole(
                call, lambda: plane.open_content(artifact_id, call.tenant_id, SEMANTIC_PART, version=version)
            )
        except Gone:
            payload = _MEANING + b"null"  # only the meaning, or all of it: the record says which
    else:
        payload = b""
    view = await plane.get_artifact(artifact_id, call.tenant_id, include_payload=False, version=version)
    return _seen(call, view.artifact, payload)


async def update(call: Call) -> HttpAnswer:
    """``PUT /api/artifact/{artifact_id}``."""
    artifact_id = call.identifier("artifact_id")
    expected = expected_versions(call.header("if-match"), artifact_id)
    said = await upload(call, UpdateBody, PART)
    _check_id(said.body, artifact_id)
    metadata = await said.made(lambda: metadata_of(said.body, call.service.metadata_bytes))
    plane = call.application.plane
    tries = 1 if expected is not None else _TRIES
    while True:
        current = (await plane.get_artifact(artifact_id, call.tenant_id, include_payload=False)).artifact
        _check_type(said.body, current)
        payload = await _payload(call, said, current.artifact_type)
        context, replaced = context_of(said.body, call.tenant_id), _replaced(expected, current)
        try:
            recorded = await plane.update_artifact(artifact_id, payload, metadata, context, expected_version=replaced)
            return await recorded_answer(recorded, 200)
        except Conflict as error:
            tries -= 1  # to whom any version will do, the one that came between is as good
            if not tries:
                raise precondition_failed(error) from error


async def delete(call: Call) -> HttpAnswer:
    """``DELETE /api/artifact/{artifact_id}``."""
    artifact_id = call.identifier("artifact_id")
    if_match = call.header("if-match")
    expected = None if if_match is None else named_versions(if_match, artifact_id)
    try:
        tombstone = await call.application.plane.delete_artifact(
            artifact_id, call.tenant_id, expected_versions=expected
        )
    except Conflict as error:
        raise precondition_failed(error) from error
    return answer({"artifact": record_view(tombstone)})


async def recorded_answer(recorded: RecordedArtifact, status: int) -> HttpAnswer:
    """An artifact as it was recorded, with the rulings on its parts."""
    artifact = recorded.artifact
    return await answer_of_many(
        len(recorded.receipt.parts),
        lambda: {
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
    repeated = subject.startswith(AGAIN)
    artifact_id, _, version = subject.removeprefix(AGAIN).partition(":")[2].rpartition("@")
    versions = await call.application.plane.versions(artifact_id, call.tenant_id)
    explanation = await call.application.steward.explain(artifact_id, call.tenant_id)
    artifact = next(one for one in versions if one.version == int(version))
    receipt = next(one for one in explanation.receipts if one.version == int(version))
    return RecordedArtifact(artifact=artifact, receipt=receipt, repeated=repeated)


async def _whole(call: Call, opened: Callable[[], Awaitable[Content]]) -> HttpAnswer:
    """The record and the meaning. A large one is let go again until there is room to hold it for its reader."""
    content = await opened()
    if len(_meaning(content)) <= _LARGE or not_modified(call.header("if-none-match"), artifact_tag(content.artifact)):
        return _seen(call, content.artifact, _MEANING + _meaning(content))
    size = len(_meaning(content))
    del content
    with ExitStack() as room:
        room.callback(await call.room_to_send(size))
        content = await opened()
        return _seen(call, content.artifact, _MEANING + _meaning(content), done=room.pop_all().close)


def _meaning(content: Content) -> bytes:
    if isinstance(content.source, BytesSource):
        return content.source.data
    raise RuntimeError("a meaning comes as bytes")


def _seen(call: Call, artifact: Artifact, payload: bytes, done: Callable[[], None] | None = None) -> HttpAnswer:
    tag = artifact_tag(artifact)
    check_current(call.header("if-match"), tag)
    if not_modified(call.header("if-none-match"), tag):
        return empty(304, {"etag": tag, "cache-control": _CACHING})
    data = b'{"artifact":' + orjson.dumps(record_view(artifact)) + payload + b"}"
    return written(data, headers={"etag": tag, "cache-control": _CACHING}, done=done)


def _check_id(body: UpdateBody, artifact_id: str) -> None:
    """A body that contradicts its address is wrong whatever is there. Raises InvalidInput."""
    if body.artifact_id not in (None, artifact_id):
        raise InvalidInput(
            f"the body names another artifact than the address, which is that of {artifact_id}",
            where="body.artifact_id",
            remedy="leave the field out, or send the update to the address of the artifact that is meant",
        )


def _check_type(body: UpdateBody, current: Artifact) -> None:
    """A type is that of what is there, for good. Raises Conflict."""
    if body.artifact_type not in (None, current.artifact_type):
        raise Conflict(
            f"the artifact is of the type {current.artifact_type}, which an update cannot change",
            where="body.artifact_type",
            remedy="leave the field out, or create another artifact",
        )


def _replaced(expected: tuple[int, ...] | None, current: Artifact) -> int:
    """The version that is to be replaced: the current one where it is allowed, else one that will be refused."""
    if expected is None or current.version in expected:
        return current.version
    return max(expected, default=0)


_CACHING: Final = "private, no-cache"
"""It may be kept by the caller, who must ask each time whether it is still so."""
