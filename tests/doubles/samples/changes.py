"""Sample changes, and what stands in them beside artifacts and executions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from artifact_plane.domain.model.artifact import Artifact, PartRuling, Receipt
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
from artifact_plane.domain.model.decision import MaterializationDecision, Role
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, Relation
from artifact_plane.domain.model.rendering import SEMANTIC_PART, Digest
from artifact_plane.domain.model.request import Request
from tests.doubles.samples.artifacts import a_ruling, a_write
from tests.doubles.samples.basics import HOLDER, NOW, TENANT, a_digest
from tests.doubles.samples.executions import an_execution_write
from tests.doubles.samples.policies import a_policy_record

_change_ids: Final = itertools.count(1)


# Receipts, journal, events, claims, policies, edges


def a_receipt(
    subject: str = "artifact-1",
    *,
    tenant_id: str = TENANT,
    version: int | None = 1,
    decided_at: datetime = NOW,
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
        policy_digest=a_policy_record().digest,
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
