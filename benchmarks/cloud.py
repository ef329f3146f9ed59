"""The cloud profile on servers of the run's own, and raw connections to the same servers.

Postgres waits for the disk at every commit, as a server that keeps anything does. It listens on a free port, keeps its
data in a temporary folder (set ``TMPDIR`` to have it on another disk), and is gone afterwards, also where the run is
killed. The records are asked over TCP, raw and ours alike.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import attrs

from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.composition.application import running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings
from artifact_plane.ports.event_sink import EventSink
from benchmarks.plane import Ours
from tests.doubles.databases import PostgresDatabase, clone, execute
from tests.doubles.server_postgres import PostgresServer

DURABLE: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    # A quarter of the memory, as PostgreSQL's manual says of a server of its own.
    "shared_buffers": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 4 // 1024**2}MB",
    "max_wal_size": "4GB",
}
"""As a server is set up that keeps what it acknowledges, and that is not in the middle of a checkpoint all the time."""

BUCKET: Final = "bench"
_PLANS: Final = {"plan_cache_mode": "force_generic_plan"}


@attrs.frozen(kw_only=True)
class Bucket:
    """A bucket of an emulator."""

    endpoint: str
    name: str = BUCKET


@asynccontextmanager
async def durable_databases(count: int = 1) -> AsyncIterator[Sequence[PostgresDatabase]]:
    """New migrated databases on a server of their own that waits for its disk."""
    with PostgresServer(DURABLE) as server:
        yield [await clone(server) for _ in range(count)]


def settings_of(dsn: str, home: Path, bucket: Bucket | None = None) -> Settings:
    """The cloud profile with its lineage in Postgres and without Redis; without a bucket, payloads are files."""
    sections: dict[str, object] = {"postgres": PostgresSettings(dsn=dsn)}
    if bucket is not None:
        sections["gcs"] = GcsSettings(bucket=bucket.name, endpoint=bucket.endpoint, unsafe_bucket=True)
    return Settings(
        profile="cloud",
        home=home,
        lineage="postgres",
        working_memory="none",
        payloads="filesystem" if bucket is None else "gcs",
        sections=sections,
    )


@asynccontextmanager
async def opened(settings: Settings, sinks: Sequence[EventSink] = ()) -> AsyncIterator[Ours]:
    """A plane as anybody opens it, connected as the runtime's role."""
    async with (
        adapters_of(settings, Extras(sinks=sinks)) as adapters,
        running(adapters, limits_of(settings)) as app,
    ):
        yield Ours(home=settings.home, adapters=adapters, app=app)


@asynccontextmanager
async def raw_connections(database: PostgresDatabase, count: int = 1) -> AsyncIterator[Sequence[Connection]]:
    """Connections that row security does not bind, and that keep their plans as ours do."""
    connections: list[Connection] = []
    try:
        for _ in range(count):
            connections.append(await asyncpg.connect(database.raw, server_settings=_PLANS))
        yield connections
    finally:
        for connection in connections:
            await connection.close()


async def settled(*databases: PostgresDatabase) -> None:
    """What a server does by itself, some time after so much was written: vacuum, statistics, a checkpoint."""
    for database in databases:
        await execute(database.raw, "VACUUM (ANALYZE)")
        await execute(database.raw, "CHECKPOINT")


async def number(database: PostgresDatabase, question: str) -> float:
    """The one number that a question has for an answer."""
    connection = await asyncpg.connect(database.raw)
    try:
        return float(await connection.fetchval(question))
    finally:
        await connection.close()
