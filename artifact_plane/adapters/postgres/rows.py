"""Rows of the tables and the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import orjson

from artifact_plane.adapters.codec.part_rows import part_of, part_values
from artifact_plane.adapters.codec.records import DECISIONS, moment_text, unreadable
from artifact_plane.adapters.codec.tables import STATES, UNREADABLE
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.domain.model.artifact import Artifact

_new_artifact: Final = thawed(Artifact)


def answerable(*texts: str) -> bool:
    """Whether texts can be asked about: the database holds no NUL and no lone surrogate, so nothing is called so."""
    return all("\x00" not in text and (text.isascii() or _encodes(text)) for text in texts)


def printable(text: str) -> str:
    """Any text as the database can hold it: what it cannot hold is replaced."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def artifact_record(artifact: Artifact) -> bytes:
    """The column ``record`` of an artifact's row: what no question is asked about, as an array, which reads fast."""
    return orjson.dumps(
        [
            artifact.realm,
            artifact.intent_type,
            artifact.key,
            moment_text(artifact.created_at),
            moment_text(artifact.updated_at),
            artifact.retention_policy,
            artifact.payload_artifact_id,
            artifact.metadata or None,
            [part_values(part) for part in artifact.parts],
        ]
    )


def artifacts_of(rows: Iterable[Row], tenant_id: str) -> tuple[Artifact, ...]:
    """The artifacts that rows are; their columns stand in ``registry.sql``.

    Raises:
        Damaged: a row does not read back.
    """
    try:
        return tuple([_artifact(row, tenant_id) for row in rows])
    except UNREADABLE as error:
        raise unreadable("artifact", error) from error


def _artifact(row: Row, tenant_id: str) -> Artifact:
    artifact = _new_artifact()
    artifact.tenant_id = tenant_id
    (
        artifact.artifact_id,
        artifact.version,
        standing,
        artifact.artifact_type,
        artifact.session_id,
        artifact.solution_id,
        artifact.execution_id,
        decision,
        labels,
        record,
        *_,
    ) = row
    (
        artifact.realm,
        artifact.intent_type,
        artifact.key,
        created_at,
        updated_at,
        artifact.retention_policy,
        artifact.payload_artifact_id,
        metadata,
        parts,
    ) = orjson.loads(record)
    artifact.created_at = created = datetime.fromisoformat(created_at)
    artifact.updated_at = created if updated_at == created_at else datetime.fromisoformat(updated_at)
    artifact.decision = DECISIONS[decision]
    artifact.parts = tuple([part_of(values) for values in parts])
    artifact.labels = tuple(labels) if labels else ()
    artifact.metadata = metadata or {}
    artifact.state = STATES[standing]
    artifact.__class__ = Artifact
    frozen: Artifact = artifact
    return frozen


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
