"""Recording one change in a draft: first every check, then every row. Whoever is refused has left nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from artifact_plane.adapters.codec.tables import CURRENT, DELETED, DERIVED
from artifact_plane.adapters.sqlite.change_rows import ArtifactRows, ChangeRows, ExecutionRows, RequestRow
from artifact_plane.adapters.sqlite.cycles import check_attached, check_written
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.erasing import bury, settle_attachments
from artifact_plane.adapters.sqlite.known import Head, Run
from artifact_plane.domain.model.artifact import deleted_origin, no_such_artifact
from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.lineage import NodeId, NodeKind, artifact_node
from artifact_plane.domain.model.request import key_is_taken
from artifact_plane.ports.ledger import Committed

_READ_AGAIN: Final = "read it again and repeat the change on what is there now"
_ARTIFACT: Final = f"{NodeKind.ARTIFACT.value}:"
_FOREIGN: Final = tuple(f"{kind.value}:" for kind in NodeKind if kind is not NodeKind.ARTIFACT)
"""What another runtime may have run: nodes that come into being when an edge points to them."""


def record(change: ChangeRows, draft: Draft) -> Committed:
    """Record ``change`` in ``draft``, or raise as ``Ledger.commit`` says and leave the draft as it was."""
    tenant = draft.known.tenant(change.tenant_id)
    recorded = draft.known.changes.get((tenant, change.change_id))
    if recorded is not None:
        return Committed(position=recorded, repeated=True)
    origins = _origins(change, tenant, draft)
    _Check(change, tenant, draft).run()
    return Committed(position=_Write(change, tenant, draft, origins).run())


def _origins(change: ChangeRows, tenant: int, draft: Draft) -> Sequence[tuple[NodeId, int]]:
    """The number of the version that each of the change's derivations leads to now. Raises NotFound, Gone."""
    found: list[tuple[NodeId, int]] = []
    for node, origin in change.derivations:
        head = draft.known.heads.get((tenant, origin))
        if head is None:
            raise no_such_artifact(origin)
        if not head.active:
            raise deleted_origin(origin)
        found.append((node, head.k))
    return found


class _Check:
    """Whether a change may be recorded."""

    def __init__(self, change: ChangeRows, tenant: int, draft: Draft) -> None:
        self._change: Final = change
        self._tenant: Final = tenant
        self._draft: Final = draft
        self._known: Final = draft.known
        self._written: Final[set[NodeId]] = set()
        self._heads: Final[dict[str, Head]] = {}

    def run(self) -> None:
        for artifact in self._change.artifacts:
            self._artifact(artifact)
        if self._change.execution is not None:
            self._execution(self._change.execution)
        if self._change.edges:
            self._edges()
        if self._change.request is not None:
            self._request(self._change.request)

    def _artifact(self, write: ArtifactRows) -> None:
        head = self._heads.get(write.artifact_id) or self._known.heads.get((self._tenant, write.artifact_id))
        if write.deleted and head is None:
            raise no_such_artifact(write.artifact_id)
        if not _fits(write, head):
            raise _conflict(f"artifact {write.artifact_id}", write.replaces, head)
        if not write.deleted:
            self._written.add(artifact_node(write.artifact_id, write.version))
        # A change may write an artifact more than once: the next write comes on top of this one.
        self._heads[write.artifact_id] = Head(0, write.version, DELETED if write.deleted else CURRENT, 0)

    def _execution(self, write: ExecutionRows) -> None:
        where = f"execution {write.execution_id}"
        run = self._known.runs.get((self._tenant, write.execution_id))
        if (None if run is None else run.version) != write.replaces:
            raise _conflict(where, write.replaces, run)
        if write.replaces is None and (self._tenant, write.intent_id, write.attempt) in self._known.attempts:
            raise Conflict(
                f"the intent {write.intent_id} has an execution of attempt {write.attempt} already",
                where=where,
                remedy="read the intent's latest execution",
            )
        self._written.update(node for node, _, _ in write.nodes)

    def _request(self, request: RequestRow) -> None:
        if self._known.requests.get((self._tenant, request.key), 0) > request.now:
            raise key_is_taken(request.key)

    def _edges(self) -> None:
        for source, _, target in self._change.edges:
            self._end(target)
            if self._change.attaches_edges:
                self._end(source)
        if self._change.attaches_edges:
            check_attached(self._change.edges, self._tenant, self._draft)
        else:
            check_written(self._change.edges, self._written)

    def _end(self, node: NodeId) -> None:
        if node in self._written or (self._tenant, node) in self._known.nodes or node.startswith(_FOREIGN):
            return
        if node.startswith(_ARTIFACT):
            raise NotFound(f"there is no {printable(node)}", where="lineage", remedy="name a version that there is")
        raise InvalidInput(f"{printable(node)} is not a lineage node", where="lineage", remedy="write it as kind:id")


class _Write:
    """The rows of a change that may be recorded."""

    def __init__(self, change: ChangeRows, tenant: int, draft: Draft, origins: Sequence[tuple[NodeId, int]]) -> None:
        self._change: Final = change
        self._tenant: Final = tenant
        self._draft: Final = draft
        self._origins: Final = origins
        self._known: Final = draft.known
        self._position: Final = draft.next_position()

    def run(self) -> int:
        """Write them; the change's position."""
        for artifact in self._change.artifacts:
            self._artifact(artifact)
        if self._change.execution is not None:
            self._execution(self._change.execution)
        for source, relation, target in self._change.edges:
            self._draft.add("add_edge", (self._node(source), relation, self._node(target)))
        for node, origin in self._origins:
            self._draft.add("add_edge", (self._node(node), DERIVED, origin))
        self._journal()
        self._others()
        self._known.changes[self._tenant, self._change.change_id] = self._position
        return self._position

    def _artifact(self, write: ArtifactRows) -> None:
        key = self._tenant, write.artifact_id
        head = self._known.heads.get(key)
        if write.deleted and head is not None:
            bury(write, head, self._tenant, self._change.change_id, self._draft)
            self._known.heads[key] = Head(head.k, head.version, DELETED, head.sequence)
            return
        k = self._node(artifact_node(write.artifact_id, write.version))
        sequence = k if head is None else head.sequence
        if head is not None:
            self._draft.add("retire_version", (head.k,))
        row = (k, self._tenant, write.artifact_id, write.version, CURRENT, sequence, *write.values)
        self._draft.add("add_artifact", row)
        if write.body is not None:
            self._draft.add("add_body", (k, write.body))
        for digest, part in write.blobs:
            self._draft.add("add_reference", (self._tenant, digest, k, part))
        self._known.heads[key] = Head(k, write.version, CURRENT, sequence)

    def _execution(self, write: ExecutionRows) -> None:
        key = self._tenant, write.execution_id
        k, *_ = [self._node(*node) for node in write.nodes]
        before = self._known.runs.get(key)
        sequence = self._position if before is None else before.sequence
        row = (k, self._tenant, write.execution_id, sequence, write.version, *write.values)
        self._draft.add("put_execution", row)
        settle_attachments(write, before, k, self._tenant, self._change.change_id, self._draft)
        self._known.runs[key] = Run(k, write.version, sequence, bool(write.kept))
        self._known.attempts.add((self._tenant, write.intent_id, write.attempt))

    def _journal(self) -> None:
        for kind, subject, body in self._change.journal:
            row = (self._draft.next_journal(), self._position, self._tenant, kind, subject, body)
            self._draft.add("add_journal", row)
        change = self._change
        row_end = self._draft.journal_end
        self._draft.add("add_change", (self._position, self._tenant, change.change_id, change.at, row_end))

    def _others(self) -> None:
        for event_id, subject, record_ in self._change.events:
            self._draft.add("add_event", (event_id, self._tenant, subject, record_))
        if self._change.policy is not None:
            self._draft.add("add_policy", self._change.policy)
        for claim_id in self._change.releases:
            self._draft.add("release_claim", (self._tenant, claim_id))
        if self._change.request is not None:
            self._request(self._change.request)

    def _request(self, request: RequestRow) -> None:
        row = (self._tenant, request.key, request.fingerprint, request.subject, request.expires)
        self._draft.now("forget_requests", request.now)
        self._draft.add("put_request", row)
        self._known.requests[self._tenant, request.key] = request.expires

    def _node(self, node: NodeId, name: str | None = None, size: int | None = None) -> int:
        """The number of a node, made now if it is new. An edge may have named an attachment before it was known."""
        key = self._tenant, node
        k = self._known.nodes.get(key)
        if k is None:
            k = self._known.nodes[key] = self._draft.next_node()
            self._draft.add("add_node", (k, self._tenant, node, name, size))
        elif name is not None:
            self._draft.add("name_attachment", (name, size, k))
        return k


def _fits(write: ArtifactRows, head: Head | None) -> bool:
    """Whether ``write`` may follow ``head``."""
    if head is None or not head.active:
        return head is None and write.replaces is None
    if write.deleted:
        return write.replaces == write.version == head.version
    return write.replaces == head.version < write.version


def _conflict(where: str, replaces: int | None, found: Head | Run | None) -> Conflict:
    if found is None:
        reason = f"it is not there, and the change expects version {replaces}"
    elif isinstance(found, Head) and not found.active:
        reason = "it was deleted"
    elif replaces is None:
        reason = "it exists already"
    else:
        reason = f"it is at version {found.version}, and the change expects version {replaces}"
    return Conflict(reason, where=where, remedy=_READ_AGAIN)
