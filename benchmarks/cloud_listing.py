"""Listing in Postgres: pages of a hundred records of one type, newest first: the first, and one that lies 90 % deep."""

from __future__ import annotations

from typing import Final

import orjson

from artifact_plane.adapters.postgres.connections import Connection
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of, settled
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.listing import NEWEST, PAGE, cursor_at, first_page
from benchmarks.places import folder
from benchmarks.plane import TYPES, Ours, seeded
from benchmarks.scale import Scale

_PAGES_A_ROUND: Final = 40
_TYPE: Final = TYPES[1]
_SELECT: Final = """
SELECT * FROM artifact_plane.artifact
WHERE tenant_id = 'bench' AND standing = 1 AND standing > 0 AND artifact_type = $1 AND sequence < $2
ORDER BY sequence DESC LIMIT 101
"""
_DEEP: Final = """
SELECT sequence FROM artifact_plane.artifact
WHERE tenant_id = 'bench' AND artifact_type = $1 ORDER BY sequence LIMIT 1 OFFSET $2
"""


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours read the same database."""
    with folder() as place:
        async with (
            durable_databases() as (database,),
            raw_connections(database) as (connection,),
            opened(settings_of(database.runtime, place)) as ours,
        ):
            await seeded(ours, scale.listed)
            await settled(database)
            return await _compare(connection, ours, scale)


async def _compare(connection: Connection, ours: Ours, scale: Scale) -> list[Figure]:
    of_the_type = scale.listed // len(TYPES)
    cursor = await cursor_at(ours, _TYPE, of_the_type * 9 // 10)
    before = await connection.fetchval(_DEEP, _TYPE, of_the_type // 10)

    async def raw_page(sequence: int) -> float:
        return await duration(lambda _: raw_list(connection, _TYPE, sequence), _PAGES_A_ROUND)

    async def our_page(after: str | None) -> float:
        return await duration(lambda _: first_page(ours, _TYPE, after), _PAGES_A_ROUND)

    raw_first, first, raw_deep, deep = await alternating(
        scale.rounds,
        lambda: raw_page(NEWEST),
        lambda: our_page(None),
        lambda: raw_page(before),
        lambda: our_page(cursor),
    )
    deep_page = "a page of 100, 90 % deep"
    return [
        compared("first page of 100 by type", "µs", at_most(2.5), raw_first, first, scale=MICROSECONDS),
        compared(deep_page, "µs", at_most(2.5), raw_deep, deep, scale=MICROSECONDS),
        compared(deep_page, "µs", at_most(1.5), first, deep, scale=MICROSECONDS, note="raw: our first page"),
    ]


async def raw_list(connection: Connection, artifact_type: str, before: int) -> list[tuple[object, ...]]:
    """Select a page of records and parse the JSON in them."""
    rows = await connection.fetch(_SELECT, artifact_type, before)
    return [(*row[:-1], orjson.loads(row["record"])) for row in rows[:PAGE]]
