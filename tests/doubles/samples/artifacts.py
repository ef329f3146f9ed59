"""Sample artifacts, their parts and the rulings on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import MEANING_MEDIA_TYPE, Artifact, ArtifactState, Part, Place, RenderedBy
from artifact_plane.domain.model.change import ArtifactWrite
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import SEMANTIC_PART
from tests.doubles.samples.basics import MEANING, NOW, SESSION, SOLUTION, TENANT, a_digest, at
from tests.doubles.samples.policies import a_policy_record

# Rulings and parts


def a_ruling(
    decision: MaterializationDecision = MaterializationDecision.PERSIST,
    *,
    rule: str = "workflow",
    retention: str | None = None,
) -> Ruling:
    """A ruling by the solution's override."""
    return Ruling(
        decision=decision,
        layer=Layer.SOLUTION_OVERRIDE,
        rule=rule,
        source="solutions/acme/claims.yaml:3:5",
        reason=f"the solution's override says so for {rule}",
        ttl=3600 if decision is MaterializationDecision.CACHE else None,
        retention=retention,
        policy_digest=a_policy_record().digest,
    )


def a_meaning(data: bytes = MEANING, place: Place = Place.INLINE) -> Part:
    """The part that is the meaning; inline unless another place is given."""
    return Part(
        name=SEMANTIC_PART,
        role=Role.SEMANTIC,
        media_type=MEANING_MEDIA_TYPE,
        decision=MaterializationDecision.PERSIST,
        place=place,
        size=len(data),
        digest=a_digest(data),
        location=a_location(data) if place is Place.PAYLOAD_STORE else None,
    )


def a_rendering(name: str = "png", content: bytes = b"picture", place: Place = Place.PAYLOAD_STORE) -> Part:
    """A kept rendering, in the payload store unless another place is given."""
    dropped = place is Place.NOWHERE
    return Part(
        name=name,
        role=Role.RENDERING,
        media_type="image/png",
        decision=_DECISION_BY_PLACE[place],
        place=place,
        size=None if dropped else len(content),
        digest=None if dropped else a_digest(content),
        location=a_location(content) if place is Place.PAYLOAD_STORE else None,
        expires_at=at(3600) if place is Place.WORKING_MEMORY else None,
        rendered_by=RenderedBy(renderer="chart", version="1", format="png", options={"width": 640, "scale": 1.5}),
    )


_DECISION_BY_PLACE: Final = {
    Place.INLINE: MaterializationDecision.PERSIST,
    Place.PAYLOAD_STORE: MaterializationDecision.PERSIST,
    Place.WORKING_MEMORY: MaterializationDecision.CACHE,
    Place.NOWHERE: MaterializationDecision.DISCARD,
}


def a_location(content: bytes) -> str:
    """Some payload store's opaque address of ``content``."""
    return f"objects/{a_digest(content)}"


# Artifacts


def an_artifact(
    artifact_id: str = "artifact-1",
    *,
    tenant_id: str = TENANT,
    version: int = 1,
    artifact_type: str = "workflow",
    session_id: str = SESSION,
    solution_id: str = SOLUTION,
    execution_id: str | None = None,
    labels: tuple[str, ...] = ("draft",),
    decision: MaterializationDecision = MaterializationDecision.PERSIST,
    parts: Iterable[Part] = (),
    meaning: Part | None = None,
    metadata: JsonObject | None = None,
    created_at: datetime = NOW,
    updated_at: datetime | None = None,
) -> Artifact:
    """A version of an artifact: an inline meaning, and ``parts`` as its renderings."""
    return Artifact(
        tenant_id=tenant_id,
        artifact_id=artifact_id,
        version=version,
        artifact_type=artifact_type,
        session_id=session_id,
        solution_id=solution_id,
        realm="journey",
        intent_type="create_workflow",
        execution_id=execution_id,
        key="workflow",
        created_at=created_at,
        updated_at=created_at if updated_at is None else updated_at,
        decision=decision,
        parts=(a_meaning() if meaning is None else meaning, *parts),
        labels=labels,
        metadata={"owner": "claims desk", "weights": [1, 2.5]} if metadata is None else metadata,
        retention_policy="client-records",
    )


def the_next_version(artifact: Artifact, *, parts: Iterable[Part] = (), data: bytes = MEANING) -> Artifact:
    """The version after ``artifact``'s, a second later."""
    return attrs.evolve(
        artifact,
        version=artifact.version + 1,
        updated_at=artifact.updated_at + timedelta(seconds=1),
        parts=(a_meaning(data), *parts),
    )


def a_tombstone(artifact: Artifact) -> Artifact:
    """What stays of ``artifact``: the same version, deleted, its parts nowhere."""
    return attrs.evolve(
        artifact,
        state=ArtifactState.DELETED,
        updated_at=artifact.updated_at + timedelta(seconds=1),
        parts=tuple(attrs.evolve(part, place=Place.NOWHERE, location=None) for part in artifact.parts),
    )


def a_write(artifact: Artifact, body: bytes = MEANING) -> ArtifactWrite:
    """The write that records ``artifact``: new, a next version, or a tombstone, as its version and state say."""
    if artifact.state is ArtifactState.DELETED:
        return ArtifactWrite(artifact=artifact, replaces=artifact.version)
    return ArtifactWrite(
        artifact=artifact,
        replaces=artifact.version - 1 or None,
        body=body if artifact.meaning.place is Place.INLINE else None,
    )
