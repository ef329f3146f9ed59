"""PostgresWriteAheadLog: the platform-native records of the database, in the order of their commits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import RECORD_KINDS, UNREADABLE, json_of
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.rows import answerable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.change import JournalEntry, JournalRecord, RecordKind
from artifact_plane.ports.write_ahead_log import WriteAheadLog

_KINDS: Final = {number: kind for kind, number in RECORD_KINDS.items()}


class PostgresWriteAheadLog(WriteAheadLog):
    """The journal in the database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def replay(self, after: int, *, limit: int) -> tuple[JournalRecord, ...]:
        async with self._database.everyone() as connection:
            rows = await connection.fetch(statement("replay"), after, limit)
        # They come by position; those of one position in any order.
        return tuple(map(_record, sorted(rows, key=lambda row: (row["position"], row["ordinal"]))))

    async def about(self, tenant_id: str, kind: RecordKind, subject: str) -> tuple[JournalRecord, ...]:
        if not answerable(subject):
            return ()
        rows = await self._database.rows("journal_about", tenant_id, RECORD_KINDS[kind], subject)
        return tuple(map(_record, rows))

    async def position(self) -> int:
        rows = await self._database.retried(lambda connection: connection.fetch(statement("position")))
        return int(rows[0][0])


def _record(row: Row) -> JournalRecord:
    position, tenant_id, at, kind, subject, body, _ = row
    try:
        entry = JournalEntry(kind=_KINDS[kind], subject=subject, body=json_of(body, "journal record"))
        return JournalRecord(position=position, tenant_id=tenant_id, at=datetime.fromisoformat(at), entry=entry)
    except UNREADABLE as error:
        raise unreadable("journal record", error) from error
