"""Domain values as plain JSON, the same on every surface: command line, HTTP, files.

Each function returns what its name says as JSON values, ready to be written; none of them reads or decides
anything. Times are ISO 8601 in UTC with a ``Z``, enums their values, absent facts ``null``. The forms are a
promise to scripts: fields may be added, none is renamed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import attrs

from artifact_plane.domain.model.artifact import Artifact, Part, PartRuling, Place, Receipt
from artifact_plane.domain.model.decision import MaterializationDecision, Ruling
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, Failure
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.lineage import Lineage, LineageNode, NodeKind
from artifact_plane.domain.model.plan import Plan, Step
from artifact_plane.ports.answers import DryRun, ExecutionResult
from artifact_plane.ports.outbox import PendingEvent


def time_view(at: datetime) -> str:
    """A time as ISO 8601 in UTC with a ``Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Artifacts


def record_view(artifact: Artifact) -> JsonObject:
    """000's schema under its own names, and version, state, labels, decision, key and parts."""
    return {
        "artifact_id": artifact.artifact_id,
        "artifact_type": artifact.artifact_type,
        "tenant_id": artifact.tenant_id,
        "session_id": artifact.session_id,
        "solution_id": artifact.solution_id,
        "realm": artifact.realm,
        "intent_type": artifact.intent_type,
        "execution_id": artifact.execution_id,
        "created_at": time_view(artifact.created_at),
        "updated_at": time_view(artifact.updated_at),
        "payload_storage_path": artifact.payload_storage_path,
        "payload_artifact_id": artifact.payload_artifact_id,
        "regenerable": artifact.regenerable,
        "retention_policy": artifact.retention_policy,
        "metadata": artifact.metadata,
        "version": artifact.version,
        "state": artifact.state.value,
        "labels": list(artifact.labels),
        "decision": artifact.decision.value,
        "key": artifact.key,
        "parts": [part_view(part) for part in artifact.parts],
    }


def part_view(part: Part) -> JsonObject:
    """One part; ``expires_at`` and ``rendered_by`` only where there is such a fact."""
    view: dict[str, Json] = {
        "name": part.name,
        "role": part.role.value,
        "media_type": part.media_type,
        "size": part.size,
        "digest": part.digest,
        "decision": part.decision.value,
        "where": part.place.value,
    }
    if part.expires_at is not None:
        view["expires_at"] = time_view(part.expires_at)
    if part.rendered_by is not None:
        view["rendered_by"] = attrs.asdict(part.rendered_by, recurse=False)
    return view


# Rulings and receipts


def ruling_view(ruling: Ruling) -> JsonObject:
    """A decision and its whole why."""
    return {
        "decision": ruling.decision.value,
        "layer": ruling.layer.value,
        "rule": ruling.rule,
        "source": ruling.source,
        "reason": ruling.reason,
        "policy_digest": ruling.policy_digest,
        "ttl": ruling.ttl,
        "retention": ruling.retention,
    }


def part_ruling_view(part: PartRuling) -> JsonObject:
    """The ruling on one part with the facts it was made from."""
    return {
        "part": part.part,
        "role": part.role.value,
        **ruling_view(part.ruling),
        "media_type": part.media_type,
        "size": part.size,
        "note": part.note,
    }


def receipt_view(receipt: Receipt) -> JsonObject:
    """The kept record of the rulings on one output or attachment."""
    return {
        "subject": receipt.subject,
        "version": receipt.version,
        "execution_id": receipt.execution_id,
        "key": receipt.key,
        "result_type": receipt.result_type,
        "labels": list(receipt.labels),
        "policy_digest": receipt.policy_digest,
        "decided_at": time_view(receipt.decided_at),
        "whole": ruling_view(receipt.whole),
        "parts": [part_ruling_view(part) for part in receipt.parts],
    }


def rulings_view(receipts: Iterable[Receipt]) -> list[Json]:
    """One entry for each part of each output; those of attachments are in ``execution_view``."""
    return [
        {"key": receipt.key, **part_ruling_view(part)}
        for receipt in receipts
        if receipt.version is not None
        for part in receipt.parts
    ]


# Executions


def execution_view(execution: Execution) -> JsonObject:
    """An execution with its references, its attachments' rulings and the cause where it failed."""
    return {
        "execution_id": execution.execution_id,
        "state": execution.state.value,
        "intent_id": execution.intent_id,
        "intent_type": execution.intent_type,
        "tenant_id": execution.tenant_id,
        "session_id": execution.session_id,
        "solution_id": execution.solution_id,
        "realm": execution.realm,
        "version": execution.version,
        "attempt": execution.attempt,
        "created_at": time_view(execution.created_at),
        "updated_at": time_view(execution.updated_at),
        "policy_digest": execution.policy_digest,
        "references": [
            attrs.asdict(reference, recurse=False) | {"decision": reference.decision.value}
            for reference in execution.references
        ],
        "attachments": [attachment_view(one, ended=execution.state.final) for one in execution.attachments],
        "failure": None if execution.failure is None else attrs.asdict(execution.failure),
    }


def attachment_view(attachment: AttachmentRecord, *, ended: bool) -> JsonObject:
    """An input file of a run and what was decided about keeping it; when the run has ``ended``, the rest is dropped."""
    wanted = not ended or attachment.ruling.decision is MaterializationDecision.PERSIST
    place = Place.PAYLOAD_STORE if wanted and attachment.location is not None else Place.NOWHERE
    return {
        "name": attachment.name,
        "digest": attachment.digest,
        "size": attachment.size,
        "where": place.value,
        **ruling_view(attachment.ruling),
    }


def result_view(result: ExecutionResult) -> JsonObject:
    """What ``execute`` answers."""
    return {"execution": execution_view(result.execution), "rulings": rulings_view(result.receipts)}


def dry_run_view(dry_run: DryRun) -> JsonObject:
    """A plan in the form of a result, without an execution.

    A ruling that needs the size has ``needs_size`` and one entry in ``outcomes`` for each ruling that is possible.
    """
    return {
        "execution": None,
        "dry_run": True,
        "rulings": plan_view(dry_run.plan),
        "attachments": [{"name": name, **ruling_view(ruling)} for name, ruling in dry_run.attachments],
    }


def plan_view(plan: Plan) -> list[Json]:
    """One entry for each step of a plan."""
    return [step_view(output.key, step) for output in plan.outputs for step in output.steps]


def step_view(key: str, step: Step) -> JsonObject:
    """What is ruled about one part, before anything is done."""
    return {
        "key": key,
        "part": step.part,
        "role": step.role.value,
        **ruling_view(step.ruling),
        "media_type": step.media_type,
        "size": step.subject.size,
        "needs_size": step.needs_size,
        "outcomes": outcomes_view(step.outcomes),
    }


def outcomes_view(outcomes: Iterable[tuple[int, Ruling]]) -> list[Json]:
    """The rulings that are possible, each with a size in bytes that brings it about."""
    return [{"bytes": size, **ruling_view(ruling)} for size, ruling in outcomes]


# Lineage


def lineage_view(lineage: Lineage) -> JsonObject:
    """Nodes with what is known of them, edges from what came later to what it came from."""
    return {
        "start": lineage.start,
        "nodes": [node_view(node) for node in lineage.nodes],
        "edges": [
            {"source": edge.source, "relation": edge.relation.value, "target": edge.target} for edge in lineage.edges
        ],
        "truncated": lineage.truncated,
        "position": lineage.position,
    }


def node_view(node: LineageNode) -> JsonObject:
    """A node; an artifact's also has the id and version that its node id is made of."""
    view: dict[str, Json] = {**node.facts, "id": node.id, "kind": node.kind.value}
    if node.kind is NodeKind.ARTIFACT:
        artifact_id, _, version = node.id.partition(":")[2].rpartition("@")
        view |= {"artifact_id": artifact_id, "version": int(version)}
    return view


# Events and errors


def event_view(pending: PendingEvent) -> JsonObject:
    """An event that could not be delivered, and why."""
    event = attrs.asdict(pending.event, recurse=False)
    return event | {"at": time_view(pending.event.at), "tries": pending.tries, "trouble": pending.trouble}


def problem_view(problem: PolicyProblem) -> JsonObject:
    """One thing wrong in a policy, at its place."""
    return attrs.asdict(problem)


def error_view(error: ArtifactPlaneError) -> JsonObject:
    """What happened, where, and what to do; a policy's problems one by one."""
    view = _fault_view(error.code, error.message, error.where, error.remedy)
    if isinstance(error, InvalidPolicy):
        view["problems"] = [problem_view(problem) for problem in error.problems]
    return {"error": view}


def failure_view(failure: Failure) -> JsonObject:
    """Why an execution failed, in the form of an error."""
    return {"error": _fault_view(failure.code, failure.message, failure.where, failure.remedy)}


def _fault_view(code: str, message: str, where: str | None, remedy: str | None) -> dict[str, Json]:
    told = {"message": message, "where": where, "remedy": remedy}
    return {"code": code, **{name: _encodable(text) for name, text in told.items()}}


def _encodable(text: str | None) -> str | None:
    """The text with lone surrogates escaped: an error may name a file or a word that is not UTF-8."""
    return text if text is None else text.encode("utf-8", "backslashreplace").decode()
