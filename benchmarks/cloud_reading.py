"""Reading from Postgres: a meaning of 8 KiB by its artifact's id, verified and parsed; alone, and 32 at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Final

import orjson
from blake3 import blake3

from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.json import JsonObject
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of, settled
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_least, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import Ours
from benchmarks.samples import TENANT, meaning
from benchmarks.scale import Scale

_STORED: Final = 1_000
_AT_ONCE: Final = 32
_CONNECTIONS: Final = PostgresSettings(dsn="").reading
_PARTS: Final = 8
_DIGEST: Final = 6
_SELECT: Final = """
SELECT b.data, a.*
FROM artifact_plane.artifact AS a JOIN artifact_plane.body AS b ON b.tenant_id = a.tenant_id AND b.k = a.k
WHERE a.tenant_id = 'bench' AND a.artifact_id = $1 ORDER BY a.version DESC LIMIT 1
"""


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours read the same database, over as many connections."""
    with folder() as place:
        async with (
            durable_databases() as (database,),
            raw_connections(database, _CONNECTIONS) as connections,
            opened(settings_of(database.runtime, place)) as ours,
        ):
            ids = await asyncio.gather(*(ours.create(meaning(number)) for number in range(_STORED)))
            await settled(database)
            return await _Reading(connections, ours, ids, scale).figures()


class _Reading:
    def __init__(self, connections: Sequence[Connection], ours: Ours, ids: Sequence[str], scale: Scale) -> None:
        self._connections = connections
        self._ours = ours
        self._chosen = random.Random(5).choices(ids, k=scale.gets)  # noqa: S311 - sample data
        self._scale = scale

    async def figures(self) -> list[Figure]:
        rounds = self._scale.rounds
        raw, ours = await alternating(rounds, self._raw_alone, self._ours_alone)
        raw_many, ours_many = await alternating(rounds, self._raw_at_once, self._ours_at_once)
        note = f"both over {_CONNECTIONS} connections"
        alone = "get 8 KiB, verified and parsed, one at a time"
        return [
            compared(alone, "µs", at_most(1.5), raw, ours, scale=MICROSECONDS),
            compared("get 8 KiB, verified, 32 at once", "/s", at_least(0.6), raw_many, ours_many, note=note),
        ]

    async def _raw_alone(self) -> float:
        async def get(number: int) -> None:
            await raw_get(self._connections[0], self._chosen[number])

        return await duration(get, len(self._chosen))

    async def _ours_alone(self) -> float:
        return await duration(lambda number: self._our_get(self._chosen[number]), len(self._chosen))

    async def _raw_at_once(self) -> float:
        return await self._speed([partial(raw_get, connection) for connection in self._connections])

    async def _ours_at_once(self) -> float:
        return await self._speed([self._our_get] * _AT_ONCE)

    async def _speed(self, readers: Sequence[Callable[[str], Awaitable[object]]]) -> float:
        waiting = iter(self._chosen)

        async def work(get: Callable[[str], Awaitable[object]]) -> None:
            for artifact_id in waiting:
                await get(artifact_id)

        began = perf_counter()
        await asyncio.gather(*map(work, readers))
        return len(self._chosen) / (perf_counter() - began)

    async def _our_get(self, artifact_id: str) -> object:
        return await self._ours.app.plane.get_artifact(artifact_id, TENANT)


async def raw_get(connection: Connection, artifact_id: str) -> JsonObject:
    """Select a record with its meaning, verify that against the digest on record, parse it."""
    row = await connection.fetchrow(_SELECT, artifact_id)
    assert row is not None
    digest = orjson.loads(row["record"])[_PARTS][0][_DIGEST]
    if f"blake3:{blake3(row['data']).hexdigest()}" != digest:
        raise ValueError("damaged")
    payload: JsonObject = orjson.loads(row["data"])
    return payload
