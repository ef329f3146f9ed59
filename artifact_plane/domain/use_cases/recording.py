"""Recording: from what happened in a use case to what its one change says: journal, edges, events, receipts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from artifact_plane.domain.model.artifact import Artifact, PartRuling, Receipt
from artifact_plane.domain.model.change import JournalEntry, RecordKind
from artifact_plane.domain.model.decision import ATTACHMENT, Role
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import (
    LineageEdge,
    NodeId,
    Relation,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)

# Journal: the platform-native records (law 2)


def intent_accepted(execution: Execution, parameters: JsonObject) -> JournalEntry:
    """The accepted intent, with all that a second run needs but the bytes of its attachments."""
    body: JsonObject = {
        "intent_id": execution.intent_id,
        "intent_type": execution.intent_type,
        "session_id": execution.session_id,
        "solution_id": execution.solution_id,
        "attempt": execution.attempt,
        "execution_id": execution.execution_id,
        "parameters": parameters,
        "attachments": {record.name: record.digest for record in execution.attachments},
    }
    return JournalEntry(kind=RecordKind.INTENT, subject=execution.intent_id, body=body)


def journey_continued(execution: Execution) -> JournalEntry:
    """The next link in the chain of a session's executions."""
    body: JsonObject = {"execution_id": execution.execution_id, "intent_type": execution.intent_type}
    return JournalEntry(kind=RecordKind.JOURNEY, subject=execution.session_id, body=body)


def transition(execution: Execution, before: ExecutionState | None) -> JournalEntry:
    """One state transition of an execution; ``before`` None for its beginning."""
    body: JsonObject = {
        "from": None if before is None else before.value,
        "to": execution.state.value,
        "version": execution.version,
        "holder": execution.holder,
    }
    return JournalEntry(kind=RecordKind.STATE_TRANSITION, subject=execution.execution_id, body=body)


def artifact_deleted(artifact: Artifact) -> JournalEntry:
    """The transition of an artifact to its tombstone."""
    body: JsonObject = {"from": "active", "to": "deleted", "version": artifact.version}
    return JournalEntry(kind=RecordKind.STATE_TRANSITION, subject=artifact.artifact_id, body=body)


# Lineage


def accepted_edges(execution: Execution) -> tuple[LineageEdge, ...]:
    """The execution was started by its intent, and used its attachments."""
    node = execution_node(execution.execution_id)
    edges = [LineageEdge(node, Relation.WAS_STARTED_BY, intent_node(execution.intent_id))]
    edges += [LineageEdge(node, Relation.USED, attachment_node(record.digest)) for record in execution.attachments]
    return tuple(dict.fromkeys(edges))


def used_edges(execution_id: str, used: Mapping[str, int]) -> Iterator[LineageEdge]:
    """The execution used these versions of artifacts."""
    for artifact_id, version in sorted(used.items()):
        yield LineageEdge(execution_node(execution_id), Relation.USED, artifact_node(artifact_id, version))


def origin_edges(artifact: Artifact, derived_from: Iterable[NodeId], replaces: int | None) -> Iterator[LineageEdge]:
    """Where one version of an artifact came from."""
    node = artifact_node(artifact.artifact_id, artifact.version)
    if artifact.execution_id is not None:
        yield LineageEdge(node, Relation.WAS_GENERATED_BY, execution_node(artifact.execution_id))
    for origin in derived_from:
        yield LineageEdge(node, Relation.WAS_DERIVED_FROM, origin)
    if replaces is not None:
        yield LineageEdge(node, Relation.WAS_REVISION_OF, artifact_node(artifact.artifact_id, replaces))


# Receipts of attachments (law 7)


def attachment_receipts(execution: Execution) -> tuple[Receipt, ...]:
    """One receipt for each attachment of an execution."""
    return tuple(
        Receipt(
            tenant_id=execution.tenant_id,
            subject=record.digest,
            version=None,
            execution_id=execution.execution_id,
            key=record.name,
            result_type=ATTACHMENT,
            labels=(),
            policy_digest=execution.policy_digest,
            decided_at=execution.created_at,
            whole=record.ruling,
            parts=(PartRuling(part=ATTACHMENT, role=Role.ATTACHMENT, ruling=record.ruling, size=record.size),),
        )
        for record in execution.attachments
    )
