"""SqliteOutbox: events beside the records they are about; leases in the caller's time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from artifact_plane.adapters.codec.records import event_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.rows import microseconds
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.adapters.sqlite.writer import Writer
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import Outbox, PendingEvent


class SqliteOutbox(Outbox):
    """The outbox in the record store's file."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database: Final = database
        self._writer: Final = writer

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        until = microseconds(now + timedelta(seconds=lease))

        def lease_due(draft: Draft) -> list[Row]:
            due = draft.now("due_events", microseconds(now), limit)
            for k, *_ in due:
                draft.now("lease_event", until, holder, k)
            return due

        return tuple(map(_pending, await self._writer.write(lease_due)))

    async def acknowledge(self, holder: str, events: Sequence[Event]) -> None:
        await self._each("acknowledge_event", [(event.event_id, holder) for event in events])

    async def release(self, holder: str, events: Sequence[Event]) -> None:
        await self._each("release_event", [(event.event_id, holder) for event in events])

    async def retry_later(self, holder: str, event: Event, now: datetime, *, pause: float, trouble: str) -> None:
        due = microseconds(now + timedelta(seconds=pause))
        await self._each("retry_event_later", [(due, trouble, event.event_id, holder)])

    async def set_aside(self, holder: str, event: Event, trouble: str) -> None:
        await self._each("set_event_aside", [(trouble, event.event_id, holder)])

    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        rows = await self._database.read_apart(lambda connection: select(connection, "events_set_aside", limit))
        return tuple(map(_pending, rows))

    async def requeue(self, event_id: str) -> bool:
        requeued = await self._writer.write(lambda draft: draft.now("requeue_event", event_id))
        return bool(requeued)

    async def pending(self) -> int:
        (row,) = await self._database.read_apart(lambda connection: select(connection, "pending_events"))
        return int(row[0])

    async def _each(self, name: str, rows: Sequence[Row]) -> None:
        def carry_out(draft: Draft) -> None:
            for row in rows:
                draft.now(name, *row)

        if rows:
            await self._writer.write(carry_out)


def _pending(row: Row) -> PendingEvent:
    _, record, tries, trouble = row
    event: Event = event_of(json_of(record, "event"))
    return PendingEvent(event=event, tries=tries, trouble=trouble)
