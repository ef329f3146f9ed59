"""Putting a page of an archive into the record store in memory. Whoever calls holds the store's lock."""

from __future__ import annotations

from bisect import insort
from operator import attrgetter
from typing import Final

import attrs

from artifact_plane.adapters.codec.records import receipt_of
from artifact_plane.adapters.memory.copies import artifact_copy, record_copy
from artifact_plane.adapters.memory.records import MemoryRecordStore, TenantRecords
from artifact_plane.adapters.memory.records_blobs import Reference
from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.change import ArtifactWrite, ExecutionWrite, JournalRecord, RecordKind
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.lineage import attachment_node
from artifact_plane.ports.lineage_feed import FeedEntry
from artifact_plane.ports.record_archive import ArchivedChange, ArchivedExecution, ArchivedVersion, ArchivePage

_position: Final = attrgetter("position")


class Restoring:
    """Writes what needs no check: it was checked when it was committed first."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    def run(self, page: ArchivePage) -> None:
        """Put the page in."""
        for change in page.changes:
            self._change(change)
        for entry in page.lineage:
            self._lineage(entry)
        for version in page.versions:
            self._version(version)
        for execution in page.executions:
            self._execution(execution)
        self._records.position = page.up_to

    def _change(self, change: ArchivedChange) -> None:
        tenant = self._tenant(change.tenant_id)
        tenant.changes[change.change_id] = change.position
        tenant.times[change.change_id] = change.at
        for entry in change.journal:
            record = record_copy(
                JournalRecord(position=change.position, tenant_id=change.tenant_id, at=change.at, entry=entry)
            )
            self._records.journal.append(record)
            tenant.journal[entry.kind, entry.subject].append(record)
            if entry.kind is RecordKind.GOVERNANCE_DECISION:
                tenant.artifacts.receipts[entry.subject].append(receipt_of(record.entry.body))

    def _lineage(self, entry: FeedEntry) -> None:
        lineage = self._tenant(entry.tenant_id).lineage
        nodes = tuple(node for node in entry.nodes if node not in lineage.nodes)
        edges = tuple(edge for edge in entry.edges if edge not in lineage.upstream.get(edge.source, ()))
        lineage.nodes.update(nodes)
        for edge in edges:
            lineage.upstream[edge.source][edge] = None
            lineage.downstream[edge.target][edge] = None
        if nodes or edges:
            insort(self._records.lineage_log, attrs.evolve(entry, nodes=nodes, edges=edges), key=_position)

    def _version(self, version: ArchivedVersion) -> None:
        artifact, tenant = artifact_copy(version.artifact), self._tenant(version.artifact.tenant_id)
        line = tenant.artifacts.lines.get(artifact.artifact_id)
        if line is not None and line.current.version >= artifact.version:
            return
        alive = attrs.evolve(artifact, state=ArtifactState.ACTIVE)
        tenant.artifacts.write(ArtifactWrite(artifact=alive, body=version.body))
        if artifact.state is ArtifactState.DELETED:
            tenant.artifacts.write(ArtifactWrite(artifact=artifact))
            return
        for part in artifact.blobs:
            if part.digest is not None:
                reference = Reference(part.digest, (artifact.version, part.name))
                tenant.blobs.refer(("artifact", artifact.artifact_id), reference)

    def _execution(self, archived: ArchivedExecution) -> None:
        execution = archived.execution
        tenant = self._tenant(execution.tenant_id)
        tenant.executions.write(ExecutionWrite(execution=execution))
        self._records.note_execution(execution)
        for record in execution.attachments:
            tenant.lineage.attachments.setdefault(attachment_node(record.digest), record)
            kept = not execution.state.final or record.ruling.decision is MaterializationDecision.PERSIST
            if kept and record.location is not None:
                reference = Reference(record.digest, (1, record.name))
                tenant.blobs.refer(("execution", execution.execution_id), reference)

    def _tenant(self, tenant_id: str) -> TenantRecords:
        return self._records.tenants.setdefault(tenant_id, self._records.tenant(tenant_id))
