"""A change as rows: everything that can be worked out before the writer's turn, and everything that can be refused."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final, TypeAlias

import attrs
import orjson

from artifact_plane.adapters.codec.records import (
    event_body,
    execution_body,
    moment_text,
    policy_body,
    receipt_body,
)
from artifact_plane.adapters.codec.tables import RECORD_KINDS, RELATIONS
from artifact_plane.adapters.sqlite.rows import artifact_values, microseconds
from artifact_plane.adapters.sqlite.statements import Row
from artifact_plane.domain.model.artifact import Artifact, ArtifactState
from artifact_plane.domain.model.change import ArtifactWrite, Change, ExecutionWrite, RecordKind
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.execution import AttachmentRecord, Execution
from artifact_plane.domain.model.lineage import (
    NodeId,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)

EdgeRow: TypeAlias = tuple[NodeId, int, NodeId]
_ROUGHLY_A_ROW: Final = 2048
_ROUGHLY_AN_EDGE: Final = 256


@attrs.frozen(kw_only=True)
class ArtifactRows:
    """One write of an artifact; ``blobs`` are (digest, part) pairs, ``values`` the columns from the type on."""

    artifact_id: str
    version: int
    replaces: int | None
    deleted: bool
    values: Row
    body: bytes | None
    blobs: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class ExecutionRows:
    """One write of an execution; ``kept`` are (digest, name) pairs of the attachments it still needs afterwards.

    ``put`` are the digests of all its attachments that were put, ``values`` the columns from the intent's id on;
    ``nodes`` are (id, name, size).
    """

    execution_id: str
    version: int
    replaces: int | None
    intent_id: str
    attempt: int
    ended: bool
    values: Row
    nodes: tuple[tuple[NodeId, str | None, int | None], ...]
    kept: tuple[tuple[str, str], ...]
    put: frozenset[str]


@attrs.frozen(kw_only=True)
class RequestRow:
    """A request to remember; ``now`` and ``expires`` are microseconds since 1970."""

    key: str
    fingerprint: str
    subject: str
    expires: int
    now: int


@attrs.frozen(kw_only=True)
class ChangeRows:
    """A change, ready to be recorded. ``derivations`` are those of ``Change.derivations``."""

    tenant_id: str
    change_id: str
    at: str
    artifacts: tuple[ArtifactRows, ...]
    execution: ExecutionRows | None
    edges: tuple[EdgeRow, ...]
    derivations: tuple[tuple[NodeId, str], ...]
    journal: tuple[tuple[int, str, bytes], ...]
    events: tuple[tuple[str, str, bytes], ...]
    policy: tuple[str, bytes] | None
    releases: tuple[str, ...]
    attaches_edges: bool
    request: RequestRow | None


def weight_of(change: Change) -> int:
    """About how many bytes the rows of a change take."""
    bodies = sum(len(write.body) for write in change.artifacts if write.body is not None)
    rows = 1 + len(change.artifacts) + len(change.receipts) + len(change.journal) + len(change.events)
    edges = len(change.edges) + sum(len(write.derived_from) for write in change.artifacts)
    return bodies + _ROUGHLY_A_ROW * rows + _ROUGHLY_AN_EDGE * edges


def rows_of(change: Change, kept_policies: Container[str] = ()) -> ChangeRows:
    """The rows of a change; a policy that is among ``kept_policies`` is not written out again.

    Raises:
        InvalidInput: it holds another tenant's records, a document that is not JSON, or an edge that leaves a node
            it does not write though ``attaches_edges`` is not set.
    """
    _check_tenants(change)
    if change.edges and not change.attaches_edges:
        _check_sources(change)
    try:
        return _rows(change, kept_policies)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"a document in the change has no JSON form ({type(error).__name__})",
            where=f"change {change.change_id}",
            remedy="give documents of JSON types only",
        ) from error


def _rows(change: Change, kept_policies: Container[str]) -> ChangeRows:
    artifacts = tuple([_artifact_rows(write) for write in change.artifacts])
    journal = tuple(_journal_rows(change))
    events = tuple([(one.event_id, one.subject, orjson.dumps(event_body(one))) for one in change.events])
    policy = change.policy if change.policy and change.policy.digest not in kept_policies else None
    return ChangeRows(
        tenant_id=change.tenant_id,
        change_id=change.change_id,
        at=moment_text(change.at),
        artifacts=artifacts,
        execution=None if change.execution is None else _execution_rows(change.execution),
        edges=tuple([(edge.source, RELATIONS[edge.relation], edge.target) for edge in change.edges]),
        derivations=tuple(change.derivations()),
        journal=journal,
        events=events,
        policy=None if policy is None else (policy.digest, orjson.dumps(policy_body(policy.document))),
        releases=change.releases,
        attaches_edges=change.attaches_edges,
        request=_request_row(change),
    )


def _request_row(change: Change) -> RequestRow | None:
    request = change.request
    if request is None:
        return None
    return RequestRow(
        key=request.key,
        fingerprint=request.fingerprint,
        subject=request.subject,
        expires=microseconds(request.expires_at),
        now=microseconds(change.at),
    )


def _artifact_rows(write: ArtifactWrite) -> ArtifactRows:
    artifact = write.artifact
    return ArtifactRows(
        artifact_id=artifact.artifact_id,
        version=artifact.version,
        replaces=write.replaces,
        deleted=artifact.state is ArtifactState.DELETED,
        values=artifact_values(artifact),
        body=write.body,
        blobs=tuple([(part.digest or "", part.name) for part in artifact.blobs]),
    )


def _execution_rows(write: ExecutionWrite) -> ExecutionRows:
    execution = write.execution
    return ExecutionRows(
        execution_id=execution.execution_id,
        version=execution.version,
        replaces=write.replaces,
        intent_id=execution.intent_id,
        attempt=execution.attempt,
        ended=execution.state.final,
        values=(
            execution.intent_id,
            execution.attempt,
            execution.session_id,
            execution.intent_type,
            execution.state.value,
            int(execution.state.final),
            orjson.dumps(execution_body(execution)),
        ),
        nodes=_execution_nodes(execution),
        kept=tuple([(one.digest, one.name) for one in execution.attachments if _is_kept(one, execution)]),
        put=frozenset(one.digest for one in execution.attachments if one.location is not None),
    )


def _execution_nodes(execution: Execution) -> tuple[tuple[NodeId, str | None, int | None], ...]:
    own = [(execution_node(execution.execution_id), None, None), (intent_node(execution.intent_id), None, None)]
    return (*own, *[(attachment_node(one.digest), one.name, one.size) for one in execution.attachments])


def _is_kept(attachment: AttachmentRecord, execution: Execution) -> bool:
    """Whether the payload store has to keep the attachment: all of a run that goes on, PERSIST ones afterwards."""
    if attachment.location is None:
        return False
    return not execution.state.final or attachment.ruling.decision is MaterializationDecision.PERSIST


def _journal_rows(change: Change) -> Iterable[tuple[int, str, bytes]]:
    for entry in change.journal:
        yield RECORD_KINDS[entry.kind], entry.subject, orjson.dumps(entry.body)
    for receipt in change.receipts:
        body = orjson.dumps(receipt_body(receipt))
        yield RECORD_KINDS[RecordKind.GOVERNANCE_DECISION], receipt.subject, body


def _check_tenants(change: Change) -> None:
    records: list[Artifact | Execution] = [write.artifact for write in change.artifacts]
    if change.execution is not None:
        records.append(change.execution.execution)
    for record in (*records, *change.receipts, *change.events):
        if record.tenant_id != change.tenant_id:
            raise InvalidInput(
                "a change of one tenant holds a record of another",
                where=f"change {change.change_id}",
                remedy="commit each tenant's records in a change of its own",
            )


def _check_sources(change: Change) -> None:
    written = _written_nodes(change)
    for edge in change.edges:
        if edge.source not in written:
            raise InvalidInput(
                f"an edge leaves {edge.source}, which the change does not write",
                where=f"change {change.change_id}",
                remedy="register lineage of what exists already with register_lineage",
            )


def _written_nodes(change: Change) -> set[NodeId]:
    written = {
        artifact_node(write.artifact.artifact_id, write.artifact.version)
        for write in change.artifacts
        if write.artifact.state is ArtifactState.ACTIVE
    }
    if change.execution is not None:
        written.update(node for node, _, _ in _execution_nodes(change.execution.execution))
    return written
