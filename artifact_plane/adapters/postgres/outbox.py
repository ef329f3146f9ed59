"""PostgresOutbox: events beside the records they are about, shared by any number of relays.

No relay remembers how far it has come, so nothing is lost when an event with a lower number is committed later than
one with a higher: whatever is there and due is taken. Who claims passes over what another is claiming.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from artifact_plane.adapters.codec.records import event_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.rows import answerable, printable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.ports.outbox import Outbox, PendingEvent


class PostgresOutbox(Outbox):
    """The outbox in the database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        rows = await self._done("claim_events", now, holder, now + timedelta(seconds=lease), limit)
        return tuple(map(_pending, rows))

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        known = [event_id for event_id in event_ids if answerable(event_id)]
        if known:
            await self._done("acknowledge_events", known)

    async def retry_later(self, event_id: str, due: datetime, trouble: str) -> None:
        if answerable(event_id):
            await self._done("retry_event_later", event_id, due, printable(trouble))

    async def set_aside(self, event_id: str, trouble: str) -> None:
        if answerable(event_id):
            await self._done("set_event_aside", event_id, printable(trouble))

    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        return tuple(map(_pending, await self._done("events_set_aside", limit)))

    async def requeue(self, event_id: str, due: datetime) -> bool:
        return answerable(event_id) and bool(await self._done("requeue_event", event_id, due))

    async def pending(self) -> int:
        ((count,),) = await self._done("pending_events")
        return int(count)

    async def _done(self, name: str, *values: object) -> list[Row]:
        async with self._database.everyone() as connection:
            return await connection.fetch(statement(name), *values)


def _pending(row: Row) -> PendingEvent:
    record, tries, trouble = row
    return PendingEvent(event=event_of(json_of(record, "event")), tries=tries, trouble=trouble)
