"""The write-ahead log in memory."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.memory.copies import record_copy
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.change import JournalRecord, RecordKind
from artifact_plane.ports.write_ahead_log import WriteAheadLog


class MemoryWriteAheadLog(WriteAheadLog):
    """Reads the journal of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def replay(self, after: int, *, limit: int) -> tuple[JournalRecord, ...]:
        found: list[JournalRecord] = []
        with self._records.lock:
            for record in self._records.journal_after(after):
                if len(found) >= limit and record.position != found[-1].position:
                    break
                found.append(record)
        return tuple(map(record_copy, found))

    async def about(self, tenant_id: str, kind: RecordKind, subject: str) -> tuple[JournalRecord, ...]:
        with self._records.lock:
            found = tuple(self._records.tenant(tenant_id).journal.get((kind, subject), ()))
        return tuple(map(record_copy, found))

    async def position(self) -> int:
        with self._records.lock:
            return self._records.position
