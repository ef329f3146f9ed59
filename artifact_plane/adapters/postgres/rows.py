"""Rows of the tables and the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from artifact_plane.adapters.codec.records import DECISIONS, ROLES, moment_text, unreadable
from artifact_plane.adapters.codec.tables import PLACES, STATES, UNREADABLE
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.domain.model.artifact import Artifact, Part, RenderedBy
from artifact_plane.domain.model.json import Json

_new_artifact: Final = thawed(Artifact)
_new_part: Final = thawed(Part)
_new_rendered_by: Final = thawed(RenderedBy)


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
            [_part_values(part) for part in artifact.parts],
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
    artifact.parts = tuple([_part(values) for values in parts])
    artifact.labels = tuple(labels) if labels else ()
    artifact.metadata = metadata or {}
    artifact.state = STATES[standing]
    artifact.__class__ = Artifact
    frozen: Artifact = artifact
    return frozen


def _part(values: Sequence[Any]) -> Part:
    part = _new_part()
    part.name, role, part.media_type, decision, place, part.size, part.digest, part.location, expires, drawn = values
    part.role = ROLES[role]
    part.decision = DECISIONS[decision]
    part.place = PLACES[place]
    part.expires_at = None if expires is None else datetime.fromisoformat(expires)
    part.rendered_by = None if drawn is None else _rendered_by(drawn)
    part.__class__ = Part
    frozen: Part = part
    return frozen


def _rendered_by(values: Sequence[Any]) -> RenderedBy:
    drawn = _new_rendered_by()
    drawn.renderer, drawn.version, drawn.format, drawn.options = values
    drawn.__class__ = RenderedBy
    frozen: RenderedBy = drawn
    return frozen


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
