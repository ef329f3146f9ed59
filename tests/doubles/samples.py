"""Sample values with defaults that fit together: each function is named after what it makes.

Say only what a test is about: ``a_change(an_artifact("a-1"), edges=[...])``. Without further words the tenant is
``acme``, the session ``session-1``, the solution ``claims``, and everything happens at ``NOW``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
from blake3 import blake3

from artifact_plane.domain.model.artifact import (
    MEANING_MEDIA_TYPE,
    Artifact,
    ArtifactRef,
    ArtifactState,
    Part,
    PartRuling,
    Place,
    Receipt,
    RenderedBy,
)
from artifact_plane.domain.model.change import (
    ArtifactWrite,
    Change,
    Claim,
    Event,
    ExecutionWrite,
    JournalEntry,
    PolicyRecord,
    RecordKind,
)
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, Relation
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, Rule, RuleTable
from artifact_plane.domain.model.rendering import SEMANTIC_PART, Digest
from artifact_plane.domain.model.request import Request

TENANT: Final = "acme"
OTHER_TENANT: Final = "globex"
SESSION: Final = "session-1"
SOLUTION: Final = "claims"
HOLDER: Final = "holder-1"
NOW: Final = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
MEANING: Final = b'{"rows":3,"title":"Claims"}'

_change_ids: Final = itertools.count(1)


def at(seconds: float) -> datetime:
    """``NOW`` and so many seconds."""
    return NOW + timedelta(seconds=seconds)


def a_digest(content: bytes | str) -> Digest:
    """The real digest of ``content``."""
    data = content.encode() if isinstance(content, str) else content
    return Digest(f"blake3:{blake3(data).hexdigest()}")


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


# Executions


def an_attachment(
    name: str = "sop",
    content: bytes = b"1. Receive the claim",
    decision: MaterializationDecision = MaterializationDecision.CACHE,
    *,
    kept: bool = True,
) -> AttachmentRecord:
    """An input file; ``kept`` gives it a location in the payload store."""
    return AttachmentRecord(
        name=name,
        digest=a_digest(content),
        size=len(content),
        ruling=a_ruling(decision, rule="attachment"),
        location=a_location(content) if kept else None,
    )


def an_execution(
    execution_id: str = "execution-1",
    *,
    tenant_id: str = TENANT,
    intent_id: str = "intent-1",
    session_id: str = SESSION,
    state: ExecutionState = ExecutionState.ACCEPTED,
    version: int = 1,
    attempt: int = 1,
    holder: str | None = HOLDER,
    attachments: Iterable[AttachmentRecord] = (),
    created_at: datetime = NOW,
) -> Execution:
    """An accepted run of an intent."""
    return Execution(
        tenant_id=tenant_id,
        execution_id=execution_id,
        intent_id=intent_id,
        intent_type="create_workflow",
        session_id=session_id,
        solution_id=SOLUTION,
        realm="journey",
        state=state,
        policy_digest=a_policy_record().digest,
        fingerprint=a_digest(f"{intent_id} create_workflow"),
        created_at=created_at,
        updated_at=created_at,
        version=version,
        attempt=attempt,
        holder=holder,
        attachments=tuple(attachments),
    )


def running(execution: Execution, holder: str = HOLDER) -> Execution:
    """The next version: taken up, or taken over, by ``holder``."""
    return execution.moved(ExecutionState.RUNNING, execution.updated_at + timedelta(seconds=1), holder=holder)


def completed(execution: Execution, *references: ArtifactRef) -> Execution:
    """The next version: completed with these references."""
    later = execution.updated_at + timedelta(seconds=1)
    return execution.moved(ExecutionState.COMPLETED, later, references=references)


def failed(execution: Execution) -> Execution:
    """The next version: failed, with a cause."""
    cause = Failure(code="execution_failed", message="the realm gave up", where="realm journey", remedy="ask again")
    return execution.moved(ExecutionState.FAILED, execution.updated_at + timedelta(seconds=1), failure=cause)


def a_reference(artifact: Artifact) -> ArtifactRef:
    """What execution state holds of ``artifact``."""
    return ArtifactRef(
        key=artifact.key or "",
        artifact_id=artifact.artifact_id,
        version=artifact.version,
        digest=artifact.meaning.digest or Digest(""),
        decision=artifact.decision,
    )


def an_execution_write(execution: Execution) -> ExecutionWrite:
    """The write that records ``execution``: a new one at version 1, else one that replaces the version before."""
    return ExecutionWrite(execution=execution, replaces=execution.version - 1 or None)


# Receipts, journal, events, claims, policies, edges


def a_receipt(
    subject: str = "artifact-1",
    *,
    tenant_id: str = TENANT,
    version: int | None = 1,
    decided_at: datetime = NOW,
    policy_digest: str | None = None,
) -> Receipt:
    """A receipt for an output with a meaning and one dropped view."""
    view = PartRuling(
        part="png",
        role=Role.RENDERING,
        ruling=a_ruling(MaterializationDecision.DISCARD),
        media_type="image/png",
        size=7,
        note="not rendered",
    )
    return Receipt(
        tenant_id=tenant_id,
        subject=subject,
        version=version,
        execution_id="execution-1",
        key="workflow",
        result_type="workflow",
        labels=("draft",),
        policy_digest=a_policy_record().digest if policy_digest is None else policy_digest,
        decided_at=decided_at,
        whole=a_ruling(retention="client-records"),
        parts=(PartRuling(part=SEMANTIC_PART, role=Role.SEMANTIC, ruling=a_ruling()), view),
    )


def an_entry(
    kind: RecordKind = RecordKind.STATE_TRANSITION, subject: str = "execution-1", body: JsonObject | None = None
) -> JournalEntry:
    """A journal entry."""
    return JournalEntry(kind=kind, subject=subject, body={"to": "running", "steps": [1, 2]} if body is None else body)


def an_event(
    event_id: str = "event-1", *, subject: str = "artifact-1", tenant_id: str = TENANT, when: datetime = NOW
) -> Event:
    """An event about an artifact."""
    return Event(
        event_id=event_id,
        tenant_id=tenant_id,
        event_type="artifact_created",
        subject=subject,
        at=when,
        body={"artifact_id": subject, "sizes": [1, 2.5]},
    )


def a_claim(
    content: bytes = b"picture", claim_id: str = "claim-1", *, holder: str = HOLDER, tenant_id: str = TENANT
) -> Claim:
    """A claim on the blob that holds ``content``."""
    return Claim(tenant_id=tenant_id, digest=a_digest(content), claim_id=claim_id, holder=holder)


def a_policy_document(
    decisions: Mapping[str, MaterializationDecision] | None = None, *, cache_ttl: int = 3600
) -> PolicyDocument:
    """A platform policy with one plain rule per result type."""
    table = {"workflow": MaterializationDecision.PERSIST} if decisions is None else decisions
    rules = {
        name: (Rule(name=name, source="platform.yaml:2:3", choice=Choice(decision=decision)),)
        for name, decision in table.items()
    }
    return PolicyDocument(platform=RuleTable(origin="platform.yaml", entries=rules), cache_ttl=cache_ttl)


def a_policy_record(digest: str = "blake3:policy", document: PolicyDocument | None = None) -> PolicyRecord:
    """A policy under ``digest``, which is not computed from it."""
    return PolicyRecord(digest=digest, document=a_policy_document() if document is None else document)


def an_edge(source: NodeId, target: NodeId, relation: Relation = Relation.WAS_DERIVED_FROM) -> LineageEdge:
    """``source`` came later and depends on ``target``."""
    return LineageEdge(source, relation, target)


# Changes


def a_change(
    *artifacts: Artifact | ArtifactWrite,
    tenant_id: str | None = None,
    change_id: str | None = None,
    when: datetime = NOW,
    receipts: Iterable[Receipt] = (),
    edges: Iterable[LineageEdge] = (),
    execution: Execution | ExecutionWrite | None = None,
    journal: Iterable[JournalEntry] = (),
    events: Iterable[Event] = (),
    policy: PolicyRecord | None = None,
    releases: Iterable[str] = (),
    attaches_edges: bool = False,
    request: Request | None = None,
) -> Change:
    """A change with a new change id; artifacts and the execution become the writes that record them.

    The tenant is that of the artifacts or the execution where there are some.
    """
    writes = tuple(one if isinstance(one, ArtifactWrite) else a_write(one) for one in artifacts)
    run = an_execution_write(execution) if isinstance(execution, Execution) else execution
    tenants = [write.artifact.tenant_id for write in writes] + ([run.execution.tenant_id] if run else [])
    return Change(
        change_id=f"change-{next(_change_ids)}" if change_id is None else change_id,
        tenant_id=tenant_id or next(iter(tenants), TENANT),
        at=when,
        artifacts=writes,
        receipts=tuple(receipts),
        edges=tuple(edges),
        execution=run,
        journal=tuple(journal),
        events=tuple(events),
        policy=policy,
        releases=tuple(releases),
        attaches_edges=attaches_edges,
        request=request,
    )


def a_request(key: str = "key-1", *, fingerprint: str = "blake3:asked", subject: str = "", hours: int = 24) -> Request:
    """A request that is remembered for so many hours from ``NOW`` on."""
    return Request(key=key, fingerprint=Digest(fingerprint), subject=subject, expires_at=NOW + timedelta(hours=hours))
