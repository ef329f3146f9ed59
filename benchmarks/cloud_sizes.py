"""What an artifact costs on Postgres, for the arithmetic of docs/scaling.md: bytes kept, bytes of log; and the feed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
import attrs

from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.use_cases.projection import PAGE
from benchmarks.cloud import Bucket, durable_databases, number, opened, settings_of, settled
from benchmarks.harness import MICROSECONDS, SHOWN, Figure
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import Ours, origins_of
from benchmarks.samples import meaning
from benchmarks.scale import Scale
from tests.doubles.databases import PostgresDatabase
from tests.doubles.server_gcs import GcsServer

_AT_ONCE: Final = 32
_NOTHING_INLINE: Final = 0
_WRITTEN: Final = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
_KEPT: Final = """
SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c
WHERE c.relnamespace = 'artifact_plane'::regnamespace AND c.relkind = 'r'
"""
_MARK: Final = "the benchmark"
_RENEWALS: Final = 300


async def measure(scale: Scale) -> list[Figure]:
    """Meanings of 8 KiB with three edges and a receipt: inline, and with the meaning in a bucket."""
    with folder() as place, GcsServer() as server:
        bucket = Bucket(endpoint=server.endpoint)
        server.make_bucket(bucket.name)
        async with durable_databases(2) as (inline, beside):
            return [
                *await _Costs(inline, scale, place, None).figures(),
                *await _Costs(beside, scale, place, bucket).figures(),
                *await _feeding(inline, place),
                await _renewing(inline),
            ]


@attrs.frozen
class _Costs:
    """The costs of creating in one database."""

    _database: PostgresDatabase
    _scale: Scale
    _place: Path
    _bucket: Bucket | None

    async def figures(self) -> list[Figure]:
        settings = settings_of(self._database.runtime, self._place, self._bucket)
        if self._bucket is not None:
            settings = attrs.evolve(settings, inline_bytes=_NOTHING_INLINE)
        async with opened(settings) as ours:
            origins = await origins_of(ours)
            await settled(self._database)
            kept = await number(self._database, _KEPT)
            alone = await self._written(ours, origins, 1)
            at_once = await self._written(ours, origins, _AT_ONCE)
        await settled(self._database)
        kept = (await number(self._database, _KEPT) - kept) / (2 * self._scale.sized)
        what = "8 KiB inline" if self._bucket is None else "8 KiB in the bucket"
        return [
            _shown(f"Postgres, tables and indexes an artifact, {what}", "B", kept),
            _shown(f"Postgres, log a create, {what}, one at a time", "B", alone),
            _shown(f"Postgres, log a create, {what}, 32 at once", "B", at_once),
        ]

    async def _written(self, ours: Ours, origins: tuple[str, ...], workers: int) -> float:
        """Bytes of the write-ahead log for each create."""
        before = await number(self._database, _WRITTEN)
        waiting = iter(range(workers * self._scale.sized, (workers + 1) * self._scale.sized))

        async def work() -> None:
            for one in waiting:
                await ours.create(meaning(one), origins)

        await asyncio.gather(*(work() for _ in range(workers)))
        return (await number(self._database, _WRITTEN) - before) / self._scale.sized


async def _feeding(database: PostgresDatabase, place: Path) -> list[Figure]:
    """How fast a projection could be fed: the reading side alone."""
    async with opened(settings_of(database.runtime, place)) as ours:
        feed = ours.adapters.records.feed
        assert feed is not None
        position = rows = 0
        began = perf_counter()
        while (page := await feed.since(position, limit=PAGE)).up_to > position:
            position = page.up_to
            rows += sum(len(entry.nodes) + len(entry.edges) for entry in page.entries)
        seconds = perf_counter() - began
    return [
        _shown("feed of a projection, read alone: positions", "/s", position / seconds),
        _shown("feed of a projection, read alone: nodes and edges", "/s", rows / seconds),
    ]


async def _renewing(database: PostgresDatabase) -> Figure:
    connection = await asyncpg.connect(database.runtime)
    try:
        await connection.fetch(statement("take_lease"), "bench", 15.0, _MARK)
        renew = statement("renew_leases")
        seconds = await duration(lambda _: connection.fetch(renew, ["bench"], 15.0, _MARK), _RENEWALS)
    finally:
        await connection.close()
    return _shown("renewing the leases of a process", "µs", seconds * MICROSECONDS)


def _shown(work: str, unit: str, value: float) -> Figure:
    return Figure(work=work, unit=unit, bar=SHOWN, ours=value)
