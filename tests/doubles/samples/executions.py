"""Sample executions in all their states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from artifact_plane.domain.model.artifact import Artifact, ArtifactRef
from artifact_plane.domain.model.change import ExecutionWrite
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.rendering import Digest
from tests.doubles.samples.artifacts import a_location, a_ruling
from tests.doubles.samples.basics import HOLDER, NOW, SESSION, SOLUTION, TENANT, a_digest
from tests.doubles.samples.policies import a_policy_record


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
        state=ExecutionState.ACCEPTED,
        policy_digest=a_policy_record().digest,
        fingerprint=a_digest(f"{intent_id} create_workflow"),
        created_at=created_at,
        updated_at=created_at,
        version=1,
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
