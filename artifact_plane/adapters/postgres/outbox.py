"""PostgresOutbox: events beside the records they are about, shared by any number of relays.

No relay remembers how far it has come, so nothing is lost when an event with a lower number is committed later than
one with a higher: whatever is there and due is taken. Who claims passes over what another is claiming. Time is the
database's own: the clocks of the relays' machines play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from artifact_plane.adapters.codec.records import event_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database, giving_way
from artifact_plane.adapters.postgres.rows import answerable, printable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import Outbox, PendingEvent

_GLANCE: Final = 100
"""How many events a claim looks at first, at least: where most are of other subjects, that does."""
_MOST: Final = 5_000
"""How many are looked at in one statement at most; a claim that has some by then goes no further."""


class PostgresOutbox(Outbox):
    """The outbox in the database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        taken: list[Row] = []
        look = max(2 * limit, _GLANCE)
        while True:
            rows = await self._done("claim_events", holder, lease, limit - len(taken), look)
            taken += [row for row in rows if row["k"] is not None]
            looked, marked = rows[0]["looked"], rows[0]["marked"]
            if len(taken) >= limit or looked < look or (look >= _MOST and (taken or not marked)):
                return tuple(map(_pending, sorted(taken, key=itemgetter("k"))))
            look = max(look, min(look * 10, _MOST))

    async def acknowledge(self, holder: str, events: Sequence[Event]) -> None:
        await self._with_each("acknowledge_events", holder, events)

    async def release(self, holder: str, events: Sequence[Event]) -> None:
        await self._with_each("release_events", holder, events)

    async def retry_later(self, holder: str, event: Event, now: datetime, *, pause: float, trouble: str) -> None:
        key = holder, event.tenant_id, event.event_id
        await self._done("retry_event_later", *key, pause, printable(trouble))

    async def set_aside(self, holder: str, event: Event, trouble: str) -> None:
        await self._done("set_event_aside", holder, event.tenant_id, event.event_id, printable(trouble))

    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        return tuple(map(_pending, await self._done("events_set_aside", limit)))

    async def requeue(self, event_id: str) -> bool:
        return answerable(event_id) and bool(await self._done("requeue_event", event_id))

    async def pending(self) -> int:
        ((count,),) = await self._done("pending_events")
        return int(count)

    async def _with_each(self, name: str, holder: str, events: Sequence[Event]) -> None:
        if events:
            tenants, ids = [event.tenant_id for event in events], [event.event_id for event in events]
            await self._done(name, holder, tenants, ids)

    @giving_way
    async def _done(self, name: str, *values: object) -> list[Row]:
        async with self._database.everyone() as connection:
            return await connection.fetch(statement(name), *values)


def _pending(row: Row) -> PendingEvent:
    event = event_of(json_of(row["record"], "event"))
    return PendingEvent(event=event, tries=row["tries"], trouble=row["trouble"])
