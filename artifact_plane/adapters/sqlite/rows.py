"""Rows of the tables and the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from artifact_plane.adapters.codec.part_rows import part_of, part_values
from artifact_plane.adapters.codec.records import DECISIONS, moment_text, unreadable
from artifact_plane.adapters.codec.tables import STATES, UNREADABLE
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.sqlite.statements import Row
from artifact_plane.domain.model.artifact import Artifact, Part

_new_artifact: Final = thawed(Artifact)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, for comparing in SQL."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(count: int) -> datetime:
    """The time that ``microseconds`` gave, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


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
        parts_column(artifact.parts),
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


def parts_column(parts: Iterable[Part]) -> bytes:
    """The parts of an artifact as its column holds them: an array of arrays."""
    return orjson.dumps([part_values(part) for part in parts])


def _artifact(row: Row, tenant_id: str) -> Artifact:
    artifact = _new_artifact()
    artifact.tenant_id = tenant_id
    (
        _,
        _,
        artifact.artifact_id,
        artifact.version,
        standing,
        _,
        artifact.artifact_type,
        artifact.session_id,
        artifact.solution_id,
        artifact.realm,
        artifact.intent_type,
        artifact.execution_id,
        artifact.key,
        created_at,
        updated_at,
        decision,
        labels,
        metadata,
        artifact.retention_policy,
        artifact.payload_artifact_id,
        parts,
    ) = row
    artifact.created_at = created = datetime.fromisoformat(created_at)
    artifact.updated_at = created if updated_at == created_at else datetime.fromisoformat(updated_at)
    artifact.decision = DECISIONS[decision]
    artifact.parts = tuple([part_of(values) for values in orjson.loads(parts)])
    artifact.labels = () if labels is None else tuple(orjson.loads(labels))
    artifact.metadata = {} if metadata is None else orjson.loads(metadata)
    artifact.state = STATES[standing]
    artifact.__class__ = Artifact
    frozen: Artifact = artifact
    return frozen
