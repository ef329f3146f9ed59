"""The relay on Postgres: events delivered from the outbox, beside claiming and acknowledging alone; and its lag."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Final

import attrs
import orjson
import uuid_utils

from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.change import Change, Event
from artifact_plane.domain.use_cases.relay import OutboxRelay
from artifact_plane.ports.event_sink import EventSink
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of
from benchmarks.harness import SHOWN, Figure, alternating, at_least, compared, percentile
from benchmarks.places import folder
from benchmarks.plane import Ours
from benchmarks.samples import TENANT, meaning
from benchmarks.scale import Scale

_AT_ONCE: Final = 32
_A_CHANGE: Final = 100
_A_BATCH: Final = 100
_LOOK: Final = 0.1
_PATIENCE: Final = 120.0
_CLAIM: Final = """
UPDATE artifact_plane.event AS e SET claimed_by = 'raw', claimed_until = now() + interval '30 seconds'
FROM (
    SELECT tenant_id, k FROM artifact_plane.event WHERE NOT set_aside ORDER BY k LIMIT $1 FOR UPDATE SKIP LOCKED
) AS due
WHERE e.tenant_id = due.tenant_id AND e.k = due.k
RETURNING e.k, e.record
"""
_ACKNOWLEDGE: Final = "DELETE FROM artifact_plane.event WHERE tenant_id = 'bench' AND k = ANY ($1::bigint[])"


@attrs.frozen(eq=False)
class _Ear(EventSink):
    """Hears each event, and how long ago it happened."""

    seconds: list[float] = attrs.field(factory=list)

    async def publish(self, event: Event) -> None:
        self.seconds.append((datetime.now(UTC) - event.at).total_seconds())


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours empty the same outbox, filled anew each time; then a plane that creates while its relay runs."""
    with folder() as place:
        async with durable_databases() as (database,), raw_connections(database) as (connection,):
            async with opened(settings_of(database.runtime, place)) as ours:
                speed = await _Draining(ours, connection, scale).figure()
            ear = _Ear()
            async with opened(settings_of(database.runtime, place), sinks=[ear]) as ours:
                return [speed, *await _lag(ours, ear, scale)]


class _Draining:
    def __init__(self, ours: Ours, connection: Connection, scale: Scale) -> None:
        self._ours = ours
        self._connection = connection
        self._scale = scale

    async def figure(self) -> Figure:
        raw, ours = await alternating(self._scale.rounds, self._raw, self._our)
        note = f"raw: claim and acknowledge, {_A_BATCH} at a time"
        return compared("relay, events delivered", "/s", at_least(0.5), raw, ours, note=note)

    async def _raw(self) -> float:
        await _fill(self._ours, self._scale.events)
        began = perf_counter()
        while rows := await self._connection.fetch(_CLAIM, _A_BATCH):
            for _, record in rows:
                orjson.loads(record)
            await self._connection.execute(_ACKNOWLEDGE, [k for k, _ in rows])
        return self._scale.events / (perf_counter() - began)

    async def _our(self) -> float:
        await _fill(self._ours, self._scale.events)
        relay = OutboxRelay(self._ours.adapters.records.outbox, [_Ear()], SystemClock(), "relay")
        began = perf_counter()
        delivered = await relay.drain()
        assert delivered == self._scale.events
        return delivered / (perf_counter() - began)


async def _fill(ours: Ours, count: int) -> None:
    """Put events of so many artifacts into the outbox."""
    now = datetime.now(UTC)
    for _ in range(count // _A_CHANGE):
        change_id = str(uuid_utils.uuid7())
        events = tuple(_event(f"{change_id}.{number}", now) for number in range(_A_CHANGE))
        await ours.adapters.records.ledger.commit(Change(change_id=change_id, tenant_id=TENANT, at=now, events=events))


def _event(event_id: str, now: datetime) -> Event:
    subject = str(uuid_utils.uuid7())
    return Event(
        event_id=event_id,
        tenant_id=TENANT,
        event_type="artifact.created",
        subject=subject,
        at=now,
        body={"artifact_id": subject, "artifact_type": "analysis_result", "version": 1, "decision": "persist"},
    )


async def _lag(ours: Ours, ear: _Ear, scale: Scale) -> list[Figure]:
    """How far the relay is behind while the plane creates as fast as it can, 32 at once."""
    pending: list[int] = []
    watching = asyncio.create_task(_watch(ours, pending))
    try:
        speed = await _create(ours, scale.creates_at_once)
    finally:
        watching.cancel()
    await _heard(ear, scale.creates_at_once)
    note = f"while {speed:,.0f} artifacts a second are created"
    late = [("median", median(ear.seconds)), ("99 of 100", percentile(ear.seconds, 0.99))]
    return [
        _shown("relay, most events pending", "", max(pending, default=0), note),
        *[_shown(f"relay, from the change to the sink, {which}", "s", seconds, note) for which, seconds in late],
    ]


def _shown(work: str, unit: str, value: float, note: str) -> Figure:
    return Figure(work=work, unit=unit, bar=SHOWN, ours=value, note=note)


async def _create(ours: Ours, count: int) -> float:
    documents: Sequence[int] = range(count)
    waiting = iter(documents)

    async def worker() -> None:
        for number in waiting:
            await ours.create(meaning(number))

    began = perf_counter()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return count / (perf_counter() - began)


async def _watch(ours: Ours, pending: list[int]) -> None:
    while True:
        pending.append(await ours.adapters.records.outbox.pending())
        await asyncio.sleep(_LOOK)


async def _heard(ear: _Ear, count: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while len(ear.seconds) < count:
            await asyncio.sleep(_LOOK)
