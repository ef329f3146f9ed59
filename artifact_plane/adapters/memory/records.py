"""The record store in memory: one object is one home, and any number of applications may share it.

Everything lies in dicts under one lock. A change is checked whole before the first of its records is written, and
writing checked records cannot fail: that is what makes a commit atomic here.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

import attrs

from artifact_plane.adapters.memory.records_artifacts import ArtifactRecords
from artifact_plane.adapters.memory.records_blobs import BlobRecords, Reference
from artifact_plane.adapters.memory.records_executions import ExecutionRecords
from artifact_plane.adapters.memory.records_lineage import LineageRecords
from artifact_plane.adapters.memory.records_outbox import OutboxRecords
from artifact_plane.domain.model.artifact import Artifact, ArtifactState
from artifact_plane.domain.model.change import Change, JournalEntry, JournalRecord, RecordKind
from artifact_plane.domain.model.credential import Credential
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.lineage import LineageEdge, Relation, artifact_node
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.request import Request, key_is_taken
from artifact_plane.ports.lineage_feed import FeedEntry


class TenantRecords:
    """Everything of one tenant. Not locked: whoever uses it holds the store's lock."""

    def __init__(self, tenant_id: str) -> None:
        self.changes: Final[dict[str, int]] = {}
        self.times: Final[dict[str, datetime]] = {}
        self.requests: Final[dict[str, Request]] = {}
        self.artifacts: Final = ArtifactRecords()
        self.executions: Final = ExecutionRecords()
        self.lineage: Final = LineageRecords()
        self.blobs: Final = BlobRecords(tenant_id)
        self.journal: Final[defaultdict[tuple[RecordKind, str], list[JournalRecord]]] = defaultdict(list)

    def check(self, change: Change) -> None:
        """Refuse a change that cannot be recorded whole, as ``Ledger.commit`` says."""
        _check_tenant(change)
        self.artifacts.check(change.artifacts)
        if change.execution is not None:
            self.executions.check(change.execution)
        self.lineage.check(change)
        if change.request is not None and self.request(change.request.key, change.at) is not None:
            raise key_is_taken(change.request.key)

    def with_origins(self, change: Change) -> Change:
        """The change with an edge to each current version that its writes are derived from.

        Raises:
            NotFound, Gone: as ``Ledger.commit`` says.
        """
        edges = [
            LineageEdge(node, Relation.WAS_DERIVED_FROM, artifact_node(origin, self.artifacts.origin(origin)))
            for node, origin in change.derivations()
        ]
        return attrs.evolve(change, edges=(*change.edges, *edges)) if edges else change

    def write(self, change: Change, position: int) -> FeedEntry:
        """Record the tenant's part of a change that was checked; what is new of its lineage."""
        self.changes[change.change_id] = position
        self.times[change.change_id] = change.at
        if change.request is not None:
            self.requests[change.request.key] = change.request
        self.blobs.release(change.releases)
        for write in change.artifacts:
            self.artifacts.write(write)
            self._refer_to_parts(write.artifact, change.change_id)
        if change.execution is not None:
            self.executions.write(change.execution)
            self._refer_to_attachments(change.execution.execution, change.change_id)
        for receipt in change.receipts:
            self.artifacts.receipts[receipt.subject].append(receipt)
        nodes, edges = self.lineage.write(change)
        return FeedEntry(position=position, tenant_id=change.tenant_id, nodes=nodes, edges=edges)

    def request(self, key: str, now: datetime) -> Request | None:
        """The request under a key that has not expired."""
        found = self.requests.get(key)
        return found if found is not None and found.expires_at > now else None

    def _refer_to_parts(self, artifact: Artifact, change_id: str) -> None:
        owner = ("artifact", artifact.artifact_id)
        if artifact.state is ArtifactState.DELETED:
            self.blobs.part_with(owner, lambda _: True, change_id)
            return
        for part in artifact.blobs:
            if part.digest is not None:
                self.blobs.refer(owner, Reference(part.digest, (artifact.version, part.name)))

    def _refer_to_attachments(self, execution: Execution, change_id: str) -> None:
        owner = ("execution", execution.execution_id)
        kept = [record for record in execution.attachments if record.location is not None]
        for record in kept:
            self.blobs.refer(owner, Reference(record.digest, (1, record.name)))
        if execution.state.final:
            stays = {
                record.name
                for record in execution.attachments
                if record.ruling.decision is MaterializationDecision.PERSIST
            }
            self.blobs.part_with(owner, lambda reference: reference.part[1] not in stays, change_id)


class MemoryRecordStore:
    """The records of all tenants. ``lock`` guards everything; each adapter holds it for the length of one call."""

    def __init__(self) -> None:
        self.lock: Final = threading.Lock()
        self.position = 0
        self.tenants: Final[dict[str, TenantRecords]] = {}
        self.journal: Final[list[JournalRecord]] = []
        self.lineage_log: Final[list[FeedEntry]] = []
        self.outbox: Final = OutboxRecords()
        self.policies: Final[dict[str, PolicyDocument]] = {}
        self.unfinished: Final[dict[tuple[str, str], int]] = {}
        """Executions that have not ended, in the order of their acceptance, and their numbers in it."""
        self._accepted: Final[dict[tuple[str, str], int]] = {}
        self.holders: Final[set[str]] = set()
        self.credentials: Final[dict[str, Credential]] = {}

    def tenant(self, tenant_id: str) -> TenantRecords:
        """The tenant's records; of one without any, empty ones that belong to nothing yet."""
        return self.tenants.get(tenant_id) or TenantRecords(tenant_id)

    def write(self, change: Change, entries: Sequence[JournalEntry]) -> int:
        """Record a change that was checked, and its journal entries; the position."""
        position = self.position + 1
        tenant = self.tenants.setdefault(change.tenant_id, self.tenant(change.tenant_id))
        added = tenant.write(change, position)
        if added.nodes or added.edges:
            self.lineage_log.append(added)
        for entry in entries:
            record = JournalRecord(position=position, tenant_id=change.tenant_id, at=change.at, entry=entry)
            self.journal.append(record)
            tenant.journal[entry.kind, entry.subject].append(record)
        for event in change.events:
            self.outbox.write(event)
        if change.policy is not None:
            self.policies.setdefault(change.policy.digest, change.policy.document)
        if change.execution is not None:
            self.note_execution(change.execution.execution)
        self.position = position
        return position

    def journal_after(self, position: int) -> Iterator[JournalRecord]:
        """The journal's records after ``position``, in order."""
        first = bisect_right(self.journal, position, key=attrgetter("position"))
        return (self.journal[index] for index in range(first, len(self.journal)))

    def lineage_between(self, after: int, up_to: int) -> Sequence[FeedEntry]:
        """What the commits after ``after`` up to ``up_to`` added to the lineage, in order."""
        first, last = (bisect_right(self.lineage_log, place, key=attrgetter("position")) for place in (after, up_to))
        return self.lineage_log[first:last]

    def is_alive(self, holder: str) -> bool:
        """Whether that holder has announced itself and not gone."""
        return holder in self.holders

    def note_execution(self, execution: Execution) -> None:
        """Keep count of the executions, and of those that have not ended."""
        key = (execution.tenant_id, execution.execution_id)
        number = self._accepted.setdefault(key, len(self._accepted))
        if execution.state.final:
            self.unfinished.pop(key, None)
        else:
            self.unfinished[key] = number

    def unfinished_after(self, execution: Execution | None) -> Iterator[Execution]:
        """The executions that have not ended, oldest first; after that one, if one is given."""
        last = -1 if execution is None else self._accepted[execution.tenant_id, execution.execution_id]
        for (tenant_id, execution_id), number in self.unfinished.items():
            if number > last:
                yield self.tenant(tenant_id).executions.by_id[execution_id]


def _check_tenant(change: Change) -> None:
    owners: Mapping[str, list[str]] = {
        "artifact": [write.artifact.tenant_id for write in change.artifacts],
        "execution": [change.execution.execution.tenant_id] if change.execution else [],
        "receipt": [receipt.tenant_id for receipt in change.receipts],
        "event": [event.tenant_id for event in change.events],
    }
    for what, tenants in owners.items():
        if any(tenant != change.tenant_id for tenant in tenants):
            raise InvalidInput(
                f"the change holds another tenant's {what}", where="change", remedy="make one change for each tenant"
            )
