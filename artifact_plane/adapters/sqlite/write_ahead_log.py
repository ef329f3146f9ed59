"""SqliteWriteAheadLog: the platform-native records of the record store, in the order of their commits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import apsw

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import RECORD_KINDS, UNREADABLE, json_of
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.domain.model.change import JournalEntry, JournalRecord, RecordKind
from artifact_plane.ports.write_ahead_log import WriteAheadLog

_KINDS: Final = {number: kind for kind, number in RECORD_KINDS.items()}


class SqliteWriteAheadLog(WriteAheadLog):
    """The journal in the record store's file."""

    def __init__(self, database: Database, tenants: Tenants) -> None:
        self._database: Final = database
        self._tenants: Final = tenants

    async def replay(self, after: int, *, limit: int) -> tuple[JournalRecord, ...]:
        rows = await self._database.read_apart(lambda connection: _replayed(connection, after, limit))
        return tuple(map(_record, rows))

    async def about(self, tenant_id: str, kind: RecordKind, subject: str) -> tuple[JournalRecord, ...]:
        question = self._tenants.question("journal_about", tenant_id, RECORD_KINDS[kind], subject, tenant_id)
        return tuple(map(_record, await self._database.read_apart(question)))

    async def position(self) -> int:
        (row,) = await self._database.read(lambda connection: select(connection, "position"))
        return int(row[0])


def _replayed(connection: apsw.Connection, after: int, limit: int) -> list[Row]:
    """Up to ``limit`` records, and those that share the last one's position."""
    rows = select(connection, "replay", after, limit)
    if len(rows) == limit and rows:
        position, *_, k = rows[-1]
        rows += select(connection, "replay_rest", position, k)
    return rows


def _record(row: Row) -> JournalRecord:
    position, tenant_id, at, kind, subject, body, *_ = row
    try:
        entry = JournalEntry(kind=_KINDS[kind], subject=subject, body=json_of(body, "journal record"))
        return JournalRecord(position=position, tenant_id=tenant_id, at=datetime.fromisoformat(at), entry=entry)
    except UNREADABLE as error:
        raise unreadable("journal record", error) from error
