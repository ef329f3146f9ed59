"""Rows of the tables and the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import orjson

from artifact_plane.adapters.codec.records import DECISIONS, PLACES, ROLES, moment_text, unreadable
from artifact_plane.adapters.sqlite.statements import Row
from artifact_plane.domain.model.artifact import Artifact, ArtifactState, Part, RenderedBy
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.lineage import Relation

RECORD_KINDS: Final = {
    RecordKind.INTENT: 1,
    RecordKind.JOURNEY: 2,
    RecordKind.STATE_TRANSITION: 3,
    RecordKind.GOVERNANCE_DECISION: 4,
}
"""The numbers under which the journal keeps the kinds of its records."""

# In the order of the words, so that numbers sort as the words do.
RELATIONS: Final = {
    relation: number for number, relation in enumerate(sorted(Relation, key=lambda one: one.value), start=1)
}
"""The numbers under which edges keep their relations."""

# The standing of an artifact's version (see schema.sql).
CURRENT: Final = 1
DELETED: Final = 2
REPLACED: Final = 0
REPLACED_AND_DELETED: Final = -1

_STATES: Final = {
    CURRENT: ArtifactState.ACTIVE,
    REPLACED: ArtifactState.ACTIVE,
    DELETED: ArtifactState.DELETED,
    REPLACED_AND_DELETED: ArtifactState.DELETED,
}
UNREADABLE: Final = (AttributeError, KeyError, TypeError, ValueError)
"""What reading a damaged row raises."""


def json_of(data: bytes, what: str) -> JsonObject:
    """The document of a stored record.

    Raises:
        Damaged: it is none.
    """
    try:
        document: JsonObject = orjson.loads(data)
    except UNREADABLE as error:
        raise unreadable(what, error) from error
    return document


def state_of(standing: int) -> ArtifactState:
    """Whether a version of that standing is active."""
    return _STATES[standing]


def artifact_values(artifact: Artifact) -> Row:
    """The columns of an artifact's row from ``artifact_type`` on."""
    return (
        artifact.artifact_type,
        artifact.session_id,
        artifact.solution_id,
        artifact.realm,
        artifact.intent_type,
        artifact.execution_id,
        artifact.key,
        moment_text(artifact.created_at),
        moment_text(artifact.updated_at),
        artifact.decision.value,
        orjson.dumps(artifact.labels).decode() if artifact.labels else None,
        orjson.dumps(artifact.metadata) if artifact.metadata else None,
        artifact.retention_policy,
        artifact.payload_artifact_id,
        part_values(artifact.parts),
    )


def artifacts_of(rows: Iterable[Row], tenant_id: str) -> tuple[Artifact, ...]:
    """The artifacts that rows of the table are.

    Raises:
        Damaged: a row does not read back.
    """
    try:
        return tuple([_artifact(row, tenant_id) for row in rows])
    except UNREADABLE as error:
        raise unreadable("artifact", error) from error


def part_values(parts: Iterable[Part]) -> bytes:
    """The parts of an artifact as its column holds them: an array of arrays, which is shorter and faster to read."""
    return orjson.dumps([_part_values(part) for part in parts])


def _part_values(part: Part) -> list[Json]:
    drawn, expires = part.rendered_by, part.expires_at
    return [
        part.name,
        part.role.value,
        part.media_type,
        part.decision.value,
        part.place.value,
        part.size,
        part.digest,
        part.location,
        None if expires is None else moment_text(expires),
        None if drawn is None else [drawn.renderer, drawn.version, drawn.format, drawn.options],
    ]


def _part(values: Row) -> Part:
    name, role, media_type, decision, place, size, digest, location, expires, drawn = values
    return Part(
        name=name,
        role=ROLES[role],
        media_type=media_type,
        decision=DECISIONS[decision],
        place=PLACES[place],
        size=size,
        digest=digest,
        location=location,
        expires_at=None if expires is None else datetime.fromisoformat(expires),
        rendered_by=None if drawn is None else _rendered_by(*drawn),
    )


def _rendered_by(renderer: str, version: str, format: str, options: JsonObject) -> RenderedBy:
    return RenderedBy(renderer=renderer, version=version, format=format, options=options)


def _artifact(row: Row, tenant_id: str) -> Artifact:
    (
        _k,
        _tenant,
        artifact_id,
        version,
        standing,
        _sequence,
        artifact_type,
        session_id,
        solution_id,
        realm,
        intent_type,
        execution_id,
        key,
        created_at,
        updated_at,
        decision,
        labels,
        metadata,
        retention_policy,
        payload_artifact_id,
        parts,
    ) = row
    return Artifact(
        tenant_id=tenant_id,
        artifact_id=artifact_id,
        version=version,
        artifact_type=artifact_type,
        session_id=session_id,
        solution_id=solution_id,
        realm=realm,
        intent_type=intent_type,
        execution_id=execution_id,
        key=key,
        created_at=datetime.fromisoformat(created_at),
        updated_at=datetime.fromisoformat(updated_at),
        decision=DECISIONS[decision],
        parts=tuple([_part(values) for values in orjson.loads(parts)]),
        labels=() if labels is None else tuple(orjson.loads(labels)),
        metadata={} if metadata is None else orjson.loads(metadata),
        retention_policy=retention_policy,
        payload_artifact_id=payload_artifact_id,
        state=_STATES[standing],
    )
