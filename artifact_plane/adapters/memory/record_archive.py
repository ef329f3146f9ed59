"""The record archive in memory: the reference."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from artifact_plane.adapters.memory.copies import artifact_copy, event_copy, record_copy
from artifact_plane.adapters.memory.record_restoring import Restoring
from artifact_plane.adapters.memory.records import MemoryRecordStore, TenantRecords
from artifact_plane.adapters.memory.records_outbox import Waiting
from artifact_plane.domain.model.change import JournalRecord, PolicyRecord
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.ports.lineage_feed import FeedEntry
from artifact_plane.ports.record_archive import (
    ArchivedChange,
    ArchivedEvent,
    ArchivedExecution,
    ArchivedRequest,
    ArchivedVersion,
    ArchivePage,
    LooseEnds,
    RecordArchive,
)


class MemoryRecordArchive(RecordArchive):
    """Takes out of a ``MemoryRecordStore``, and puts into one."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def position(self) -> int:
        with self._records.lock:
            return self._records.position

    async def export(self, after: int, *, limit: int) -> ArchivePage:
        with self._records.lock:
            up_to = max(after, min(after + limit, self._records.position))
            lineage = tuple(self._records.lineage_between(after, up_to))
            return ArchivePage(
                after=after,
                up_to=up_to,
                changes=tuple(self._changes(after, up_to)),
                lineage=lineage,
                versions=tuple(self._versions(lineage)),
                executions=tuple(self._executions(lineage)),
            )

    async def policies(self) -> tuple[PolicyRecord, ...]:
        with self._records.lock:
            kept = sorted(self._records.policies.items())
        return tuple(PolicyRecord(digest=digest, document=document) for digest, document in kept)

    async def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        with self._records.lock:
            events = [_archived(waiting) for waiting in self._records.outbox.rows.values()]
            requests = [
                ArchivedRequest(tenant_id=tenant_id, request=request)
                for tenant_id, tenant in sorted(self._records.tenants.items())
                for _, request in sorted(tenant.requests.items())
            ]
        for first in range(0, max(len(events), len(requests)), limit):
            last = first + limit
            yield LooseEnds(events=tuple(events[first:last]), requests=tuple(requests[first:last]))

    async def restore(self, page: ArchivePage) -> None:
        with self._records.lock:
            if self._records.position != page.after:
                raise Conflict(
                    f"the record store is at position {self._records.position}, not {page.after}",
                    where="record archive",
                    remedy="let nobody else write to it meanwhile",
                )
            Restoring(self._records).run(page)

    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        with self._records.lock:
            for policy in policies:
                self._records.policies.setdefault(policy.digest, policy.document)

    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        with self._records.lock:
            for one in batch.events:
                if not self._records.outbox.has(one.event):
                    _wait(self._records.outbox.write(event_copy(one.event)), one)
            for asked in batch.requests:
                self._tenant(asked.tenant_id).requests.setdefault(asked.request.key, asked.request)

    def _changes(self, after: int, up_to: int) -> Iterator[ArchivedChange]:
        journal: dict[int, list[JournalRecord]] = {}
        for record in self._records.journal_after(after):
            if record.position > up_to:
                break
            journal.setdefault(record.position, []).append(record_copy(record))
        changes = sorted(
            (position, tenant_id, change_id)
            for tenant_id, tenant in self._records.tenants.items()
            for change_id, position in tenant.changes.items()
            if after < position <= up_to
        )
        for position, tenant_id, change_id in changes:
            records = journal.get(position, [])
            yield ArchivedChange(
                position=position,
                tenant_id=tenant_id,
                change_id=change_id,
                at=self._records.tenants[tenant_id].times[change_id],
                journal=tuple(record.entry for record in records),
            )

    def _versions(self, lineage: tuple[FeedEntry, ...]) -> Iterator[ArchivedVersion]:
        for tenant_id, node in _nodes(lineage, "artifact"):
            artifact_id, _, version = node.rpartition("@")
            line = self._records.tenants[tenant_id].artifacts.lines[artifact_id]
            artifact = list(line.shown())[int(version) - 1]
            yield ArchivedVersion(
                artifact=artifact_copy(artifact),
                current=artifact.version == line.current.version,
                body=line.bodies.get(artifact.version),
            )

    def _executions(self, lineage: tuple[FeedEntry, ...]) -> Iterator[ArchivedExecution]:
        for entry in lineage:
            for _, execution_id in _nodes((entry,), "execution"):
                execution = self._records.tenants[entry.tenant_id].executions.by_id.get(execution_id)
                if execution is not None:
                    yield ArchivedExecution(position=entry.position, execution=execution)

    def _tenant(self, tenant_id: str) -> TenantRecords:
        return self._records.tenants.setdefault(tenant_id, self._records.tenant(tenant_id))


def _nodes(lineage: tuple[FeedEntry, ...], kind: str) -> Iterator[tuple[str, str]]:
    """The nodes of a kind: their tenants, and what their ids say after it."""
    for entry in lineage:
        for node in entry.nodes:
            found, _, rest = node.partition(":")
            if found == kind:
                yield entry.tenant_id, rest


def _archived(waiting: Waiting) -> ArchivedEvent:
    return ArchivedEvent(
        event=event_copy(waiting.event),
        due=waiting.due,
        tries=waiting.tries,
        trouble=waiting.trouble,
        set_aside=waiting.set_aside,
    )


def _wait(waiting: Waiting, as_archived: ArchivedEvent) -> None:
    waiting.due, waiting.tries = as_archived.due, as_archived.tries
    waiting.trouble, waiting.set_aside = as_archived.trouble, as_archived.set_aside
