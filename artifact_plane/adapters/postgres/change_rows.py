"""A change as rows: everything that can be worked out before the writer's turn, and everything that can be refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from artifact_plane.adapters.codec.tables import CURRENT, DELETED, DERIVED, RECORD_KINDS, RELATIONS, REPLACED
from artifact_plane.adapters.postgres.database import named
from artifact_plane.adapters.postgres.edge_rows import EdgeEnds, ends_of, written_nodes
from artifact_plane.adapters.postgres.rows import answerable, artifact_record
from artifact_plane.domain.model.artifact import Artifact, ArtifactState
from artifact_plane.domain.model.change import ArtifactWrite, Change, RecordKind
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, InvalidInput
from artifact_plane.domain.model.execution import AttachmentRecord, Execution
from artifact_plane.domain.model.lineage import NodeId, artifact_node, execution_node

Row: TypeAlias = tuple[object, ...]
Touched: TypeAlias = frozenset[tuple[str, str, str]]
"""Things by kind, tenant and id."""

LABEL_SEPARATOR: Final = "\x1f"
_ROUGHLY_A_ROW: Final = 2048
_ROUGHLY_AN_EDGE: Final = 256

TABLES: Final[Mapping[str, int]] = {
    "origins": 1,
    "artifacts": 15,
    "blobs": 3,
    "nodes": 3,
    "needs": 1,
    "edges": 3,
    "executions": 11,
    "kept": 2,
    "put": 1,
    "journal": 4,
    "events": 3,
    "policies": 2,
    "releases": 1,
    "requests": 4,
}
"""How many columns the rows of each table have, beside the number of their change: the order is that of the arguments
of ``record_changes`` (schema/migrations/0005_recording.sql)."""

NODES: Final[Mapping[str, Sequence[int]]] = {
    "artifacts": (0, 1),
    "blobs": (0,),
    "nodes": (0,),
    "needs": (0,),
    "edges": (0, 2),
    "executions": (0,),
}
"""Which columns name nodes. All of them stand in ``nodes`` or ``needs``; -1 is the first of the change's origins."""


@attrs.frozen(kw_only=True)
class ChangeRows:
    """A change, ready to be recorded. ``writes`` and ``reads`` are what must not be touched by another of its group."""

    change: Change
    at: str
    tables: Mapping[str, Sequence[Row]]
    writes: Touched
    reads: Touched

    @property
    def tenant_id(self) -> str:
        """Whose change it is."""
        return self.change.tenant_id


def weight_of(change: Change) -> int:
    """About how many bytes the rows of a change take."""
    bodies = sum(len(write.body) for write in change.artifacts if write.body is not None)
    rows = 1 + len(change.artifacts) + len(change.receipts) + len(change.journal) + len(change.events)
    edges = len(change.edges) + sum(len(write.derived_from) for write in change.artifacts)
    return bodies + _ROUGHLY_A_ROW * rows + _ROUGHLY_AN_EDGE * edges


def rows_of(change: Change, kept_policies: Iterable[str] = ()) -> ChangeRows:
    """The rows of a change; a policy that is among ``kept_policies`` is not written out again.

    Raises:
        InvalidInput: it holds another tenant's records, a document that is not JSON, text that the database cannot
            hold, an edge between what are no nodes, or one that leaves a node it does not write though
            ``attaches_edges`` is not set.
        Conflict: its writes of one artifact do not follow one another.
        LineageCycle: the edges among the nodes that it writes would close a cycle.
    """
    named((change.tenant_id,))
    _check_tenants(change)
    ends = ends_of(change)
    try:
        tables = _tables(change, ends, frozenset(kept_policies))
    except (TypeError, ValueError) as error:
        raise _refused(change, f"a document in the change has no JSON form ({type(error).__name__})") from error
    _check_texts(change, tables)
    return ChangeRows(
        change=change,
        at=moment_text(change.at),
        tables=tables,
        writes=frozenset(_writes(change)),
        reads=frozenset(_reads(change, ends)),
    )


def _tables(change: Change, ends: EdgeEnds, kept_policies: frozenset[str]) -> dict[str, list[Row]]:
    policy = None if change.policy is None or change.policy.digest in kept_policies else change.policy
    request = change.request
    derivations = list(change.derivations())
    return {
        "origins": [(origin,) for _, origin in derivations],
        "artifacts": list(_artifacts(change.artifacts)),
        "blobs": [
            (artifact_node(write.artifact.artifact_id, write.artifact.version), part.digest, part.name)
            for write in change.artifacts
            if write.artifact.state is ArtifactState.ACTIVE
            for part in write.artifact.blobs
        ],
        "nodes": [*written_nodes(change), *((node, None, None) for node in ends.made)],
        "needs": [(node,) for node in ends.needed],
        "edges": [
            *((edge.source, RELATIONS[edge.relation], edge.target) for edge in change.edges),
            *((node, DERIVED, -number) for number, (node, _) in enumerate(derivations, start=1)),
        ],
        **_executions(change),
        "journal": [(ordinal, *row) for ordinal, row in enumerate(_journal(change), start=1)],
        "events": [(one.event_id, one.subject, orjson.dumps(event_body(one))) for one in change.events],
        "policies": [] if policy is None else [(policy.digest, orjson.dumps(policy_body(policy.document)))],
        "releases": [(claim_id,) for claim_id in change.releases],
        "requests": []
        if request is None
        else [(request.key, request.fingerprint, request.subject, request.expires_at)],
    }


def _artifacts(writes: Sequence[ArtifactWrite]) -> Iterator[Row]:
    """A row for each write. Most changes write an artifact once; more often is a chain, on top of its first write."""
    last = {write.artifact.artifact_id: number for number, write in enumerate(writes)}
    chains: dict[str, list[ArtifactWrite]] = {}
    for number, write in enumerate(writes):
        artifact = write.artifact
        chain = chains.setdefault(artifact.artifact_id, [])
        if chain and not _follows(write, chain[-1]):
            raise Conflict(
                "the change writes it twice, and the second time not on top of the first",
                where=f"artifact {artifact.artifact_id}",
                remedy="let each write replace the version that the one before it made",
            )
        chain.append(write)
        yield _artifact(write, chain[0], _standing(artifact, last[artifact.artifact_id] == number))


def _standing(artifact: Artifact, current: bool) -> int:
    if artifact.state is ArtifactState.DELETED:
        return DELETED
    return CURRENT if current else REPLACED


def _follows(write: ArtifactWrite, earlier: ArtifactWrite) -> bool:
    at = earlier.artifact.version
    if earlier.artifact.state is ArtifactState.DELETED or write.replaces != at:
        return False
    version = write.artifact.version
    return version == at if write.artifact.state is ArtifactState.DELETED else version > at


def _artifact(write: ArtifactWrite, first: ArtifactWrite, standing: int) -> Row:
    artifact = write.artifact
    return (
        None if standing == DELETED else artifact_node(artifact.artifact_id, artifact.version),
        artifact_node(artifact.artifact_id, first.artifact.version),
        artifact.artifact_id,
        artifact.version,
        first.replaces,
        first.artifact.version if first.artifact.state is ArtifactState.ACTIVE else None,
        standing,
        artifact.artifact_type,
        artifact.session_id,
        artifact.solution_id,
        artifact.execution_id,
        artifact.decision.value,
        LABEL_SEPARATOR.join(artifact.labels) if artifact.labels else None,
        artifact_record(artifact),
        None if standing == DELETED else write.body,
    )


def _executions(change: Change) -> dict[str, list[Row]]:
    write = change.execution
    if write is None:
        return {"executions": [], "kept": [], "put": []}
    execution = write.execution
    row = (
        execution_node(execution.execution_id),
        execution.execution_id,
        execution.version,
        write.replaces,
        execution.intent_id,
        execution.attempt,
        execution.session_id,
        execution.intent_type,
        execution.state.value,
        execution.state.final,
        orjson.dumps(execution_body(execution)),
    )
    put = [one for one in execution.attachments if one.location is not None]
    return {
        "executions": [row],
        "kept": [(one.digest, one.name) for one in put if _is_kept(one, execution)],
        "put": [(one.digest,) for one in put],
    }


def _is_kept(attachment: AttachmentRecord, execution: Execution) -> bool:
    """Whether the payload store has to keep what was put: all of a run that goes on, PERSIST ones afterwards."""
    return not execution.state.final or attachment.ruling.decision is MaterializationDecision.PERSIST


def _journal(change: Change) -> Iterator[tuple[int, str, bytes]]:
    for entry in change.journal:
        yield RECORD_KINDS[entry.kind], entry.subject, orjson.dumps(entry.body)
    for receipt in change.receipts:
        body = orjson.dumps(receipt_body(receipt))
        yield RECORD_KINDS[RecordKind.GOVERNANCE_DECISION], receipt.subject, body


def _writes(change: Change) -> Iterator[tuple[str, str, str]]:
    """What no other change of a group may touch: it could not see what this one does to it."""
    tenant = change.tenant_id
    yield "change", tenant, change.change_id
    for write in change.artifacts:
        yield "artifact", tenant, write.artifact.artifact_id
    if change.execution is not None:
        yield "execution", tenant, change.execution.execution.execution_id
        yield "intent", tenant, change.execution.execution.intent_id
    for claim_id in change.releases:
        yield "claim", tenant, claim_id
    if change.request is not None:
        yield "request", tenant, change.request.key


def _reads(change: Change, ends: EdgeEnds) -> Iterator[tuple[str, str, str]]:
    """What no other change of a group may write: this one could not see what becomes of it."""
    for node in ends.needed:
        yield "artifact", change.tenant_id, _artifact_id(node)
    for _, origin in change.derivations():
        yield "artifact", change.tenant_id, origin


def _artifact_id(node: NodeId) -> str:
    return node.partition(":")[2].rpartition("@")[0]


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


def _check_texts(change: Change, tables: Mapping[str, Sequence[Row]]) -> None:
    texts = [value for rows in tables.values() for row in rows for value in row if isinstance(value, str)]
    labels = [label for write in change.artifacts for label in write.artifact.labels]
    if not answerable(change.tenant_id, change.change_id, *texts) or any(LABEL_SEPARATOR in one for one in labels):
        raise _refused(change, "a text in the change holds a character that the database cannot keep")


def _refused(change: Change, message: str) -> InvalidInput:
    return InvalidInput(
        message,
        where="change",
        remedy="give documents of JSON types only, and text without NUL and lone surrogates",
    )
