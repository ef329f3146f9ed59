"""Putting a page of an archive into the tables: one transaction, like a commit, at the positions that it brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import apsw

from artifact_plane.adapters.codec.tables import CURRENT, DELETED, RELATIONS, REPLACED, REPLACED_AND_DELETED
from artifact_plane.adapters.sqlite.change_rows import ArtifactRows, ExecutionRows, rows_of
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.known import Head, Key
from artifact_plane.domain.model.artifact import Artifact, ArtifactState
from artifact_plane.domain.model.change import ArtifactWrite, Change, ExecutionWrite
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.lineage import NodeId, artifact_node
from artifact_plane.ports.lineage_feed import FeedEntry
from artifact_plane.ports.record_archive import ArchivedChange, ArchivedExecution, ArchivedVersion, ArchivePage


def restore(page: ArchivePage, draft: Draft) -> None:
    """Put the page in.

    Raises:
        Conflict: the store is not at ``page.after``; nothing was written then.
    """
    ((position,),) = draft.now("position")
    if position != page.after:
        raise Conflict(
            f"the record store is at position {position}, not {page.after}",
            where="record archive",
            remedy="let nobody else write to it meanwhile",
        )
    _Restoring(draft).run(page)


class _Restoring:
    """The rows of a page; the numbers of nodes and tenants are those of this store."""

    def __init__(self, draft: Draft) -> None:
        self._draft: Final = draft
        self._nodes: Final[dict[Key, int]] = {}
        self._heads: Final[dict[Key, Head]] = {}

    def run(self, page: ArchivePage) -> None:
        """Write them."""
        for change in page.changes:
            self._change(change)
        for entry in page.lineage:
            self._lineage(entry)
        self._look_up_heads(page.versions)
        for version in page.versions:
            self._version(version)
        for one in page.executions:
            self._execution(one)

    def _change(self, change: ArchivedChange) -> None:
        draft, tenant = self._draft, self._tenant(change.tenant_id)
        while draft.next_position() < change.position:
            pass  # a ledger may leave positions out
        rows = rows_of(_as_change(change))
        for kind, subject, body in rows.journal:
            draft.add("add_journal", (draft.next_journal(), change.position, tenant, kind, subject, body))
        draft.add("add_change", (change.position, tenant, change.change_id, rows.at, draft.journal_end))

    def _lineage(self, entry: FeedEntry) -> None:
        tenant = self._tenant(entry.tenant_id)
        self._look_up_nodes(
            tenant, {*entry.nodes, *(end for edge in entry.edges for end in (edge.source, edge.target))}
        )
        for node in entry.nodes:
            self._node(tenant, node)
        for edge in entry.edges:
            row = self._node(tenant, edge.source), RELATIONS[edge.relation], self._node(tenant, edge.target)
            self._draft.add("add_edge", row)

    def _version(self, version: ArchivedVersion) -> None:
        artifact, tenant = version.artifact, self._tenant(version.artifact.tenant_id)
        key = tenant, artifact.artifact_id
        head = self._heads.get(key)
        if head is not None and head.version >= artifact.version:
            return
        k = self._node(tenant, artifact_node(artifact.artifact_id, artifact.version))
        standing, sequence = _standing(version), k if head is None else head.sequence
        if head is not None and head.standing == CURRENT:
            self._draft.add("retire_version", (head.k,))
        rows = _artifact_rows(version)
        row = (k, tenant, artifact.artifact_id, artifact.version, standing, sequence, *rows.values)
        self._draft.add("add_artifact", row)
        if version.body is not None:
            self._draft.add("add_body", (k, version.body))
        if artifact.state is ArtifactState.ACTIVE:
            for digest, part in rows.blobs:
                self._draft.add("add_reference", (tenant, digest, k, part))
        self._heads[key] = Head(k, artifact.version, standing, sequence)

    def _execution(self, archived: ArchivedExecution) -> None:
        execution, tenant = archived.execution, self._tenant(archived.execution.tenant_id)
        rows = _execution_rows(archived)
        self._look_up_nodes(tenant, {node for node, _, _ in rows.nodes})
        k, *_ = [self._node(tenant, *node) for node in rows.nodes]
        row = (k, tenant, execution.execution_id, archived.position, execution.version, *rows.values)
        self._draft.add("put_execution", row)
        for digest, name in rows.kept:
            self._draft.add("add_reference", (tenant, digest, k, name))

    # Numbers

    def _tenant(self, tenant_id: str) -> int:
        return self._draft.known.tenant(tenant_id)

    def _node(self, tenant: int, node: NodeId, name: str | None = None, size: int | None = None) -> int:
        key = tenant, node
        k = self._nodes.get(key)
        if k is None:
            k = self._nodes[key] = self._draft.next_node()
            self._draft.add("add_node", (k, tenant, node, name, size))
        elif name is not None:
            self._draft.add("name_attachment", (name, size, k))
        return k

    def _look_up_nodes(self, tenant: int, nodes: Iterable[NodeId]) -> None:
        unknown = tuple(node for node in nodes if (tenant, node) not in self._nodes)
        if unknown:
            for node, k in self._draft.now("known_nodes", tenant, apsw.carray(unknown)):
                self._nodes[tenant, node] = k

    def _look_up_heads(self, versions: Iterable[ArchivedVersion]) -> None:
        wanted: defaultdict[str, list[Artifact]] = defaultdict(list)
        for version in versions:
            wanted[version.artifact.tenant_id].append(version.artifact)
        for tenant_id, artifacts in wanted.items():
            tenant = self._tenant(tenant_id)
            self._look_up_nodes(tenant, {artifact_node(one.artifact_id, one.version) for one in artifacts})
            ids = tuple({one.artifact_id for one in artifacts})
            for artifact_id, *head in self._draft.now("known_heads", tenant, apsw.carray(ids)):
                self._heads[tenant, artifact_id] = Head(*head)


def _standing(version: ArchivedVersion) -> int:
    if version.artifact.state is ArtifactState.DELETED:
        return DELETED if version.current else REPLACED_AND_DELETED
    return CURRENT if version.current else REPLACED


def _as_change(change: ArchivedChange) -> Change:
    return Change(change_id=change.change_id, tenant_id=change.tenant_id, at=change.at, journal=change.journal)


def _artifact_rows(version: ArchivedVersion) -> ArtifactRows:
    artifact = version.artifact
    write = ArtifactWrite(artifact=artifact, body=version.body)
    change = Change(change_id="", tenant_id=artifact.tenant_id, at=artifact.updated_at, artifacts=(write,))
    (rows,) = rows_of(change).artifacts
    return rows


def _execution_rows(archived: ArchivedExecution) -> ExecutionRows:
    execution = archived.execution
    write = ExecutionWrite(execution=execution)
    change = Change(change_id="", tenant_id=execution.tenant_id, at=execution.updated_at, execution=write)
    rows = rows_of(change).execution
    if rows is None:
        raise AssertionError("a change with an execution has its rows")
    return rows
