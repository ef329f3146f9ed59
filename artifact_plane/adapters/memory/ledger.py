"""The ledger in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from artifact_plane.adapters.codec.records import receipt_body
from artifact_plane.adapters.memory.copies import change_copy
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.artifact import Receipt
from artifact_plane.domain.model.change import Change, JournalEntry, RecordKind
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.ports.ledger import Committed, Ledger


class MemoryLedger(Ledger):
    """Commits under the store's lock. Nothing is awaited in between, so nobody can be cancelled half way."""

    def __init__(
        self, records: MemoryRecordStore, *, receipt_body: Callable[[Receipt], JsonObject] = receipt_body
    ) -> None:
        """``receipt_body`` says how a receipt stands in the journal."""
        self._records: Final = records
        self._receipt_body: Final = receipt_body

    async def commit(self, change: Change) -> Committed:
        own = change_copy(change)
        entries = (*own.journal, *map(self._decision, own.receipts))
        with self._records.lock:
            tenant = self._records.tenant(own.tenant_id)
            earlier = tenant.changes.get(own.change_id)
            if earlier is not None:
                return Committed(position=earlier, repeated=True)
            own = tenant.with_origins(own)
            tenant.check(own)
            return Committed(position=self._records.write(own, entries))

    def _decision(self, receipt: Receipt) -> JournalEntry:
        body = self._receipt_body(receipt)
        return JournalEntry(kind=RecordKind.GOVERNANCE_DECISION, subject=receipt.subject, body=body)
