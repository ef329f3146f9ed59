"""Listing: pages of a hundred records of one type, newest first: the first page, and one that lies 90 % deep."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import apsw
import orjson

from artifact_plane.domain.model.artifact import ArtifactFilter
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import RECORDS, TYPES, Ours, opened, seeded
from benchmarks.raw_store import Row, reader_of, select
from benchmarks.samples import TENANT
from benchmarks.scale import Scale

PAGE: Final = 100
NEWEST: Final = 2**62
_PAGES_A_ROUND: Final = 40
_PARTS: Final = 20
_SELECT: Final = """
SELECT * FROM artifact
WHERE tenant = 1 AND standing = 1 AND standing > 0 AND artifact_type = ? AND sequence < ?
ORDER BY sequence DESC LIMIT 101
"""


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours read the same file."""
    with folder() as place:
        async with opened(place / "home") as ours:
            await seeded(ours, scale.listed)
            return await _compare(place / "home", ours, scale)


async def _compare(home: Path, ours: Ours, scale: Scale) -> list[Figure]:
    connection = reader_of(home / RECORDS)
    cursor = await cursor_at(ours, TYPES[1], scale.listed // len(TYPES) * 9 // 10)
    before = connection.execute(
        "SELECT sequence FROM artifact WHERE tenant = 1 AND artifact_type = ? ORDER BY sequence LIMIT 1 OFFSET ?",
        (TYPES[1], scale.listed // len(TYPES) // 10),
    ).get

    async def raw_page(sequence: int) -> float:
        async def page(number: int) -> None:
            raw_list(connection, TYPES[1], sequence)

        return await duration(page, _PAGES_A_ROUND)

    async def our_page(after: str | None) -> float:
        return await duration(lambda _: first_page(ours, TYPES[1], after), _PAGES_A_ROUND)

    raw_first, first, raw_deep, deep = await alternating(
        scale.rounds,
        lambda: raw_page(NEWEST),
        lambda: our_page(None),
        lambda: raw_page(before),
        lambda: our_page(cursor),
    )
    connection.close()
    return [
        compared("first page of 100 by type", "µs", at_most(2.0), raw_first, first, scale=MICROSECONDS),
        compared("a page of 100, 90 % deep", "µs", at_most(2.0), raw_deep, deep, scale=MICROSECONDS),
        compared(
            "a page of 100, 90 % deep", "µs", at_most(1.2), first, deep, scale=MICROSECONDS, note="raw: our first page"
        ),
    ]


async def first_page(ours: Ours, artifact_type: str, after: str | None = None) -> str | None:
    """List a page; the next one's cursor."""
    criteria = ArtifactFilter(artifact_type=artifact_type)
    return (await ours.app.plane.list_artifacts(TENANT, criteria, limit=PAGE, after=after)).next


async def cursor_at(ours: Ours, artifact_type: str, depth: int) -> str | None:
    """The cursor of the page that lies about ``depth`` artifacts deep."""
    cursor = None
    for _ in range(depth // PAGE):
        cursor = await first_page(ours, artifact_type, cursor)
    return cursor


def raw_list(connection: apsw.Connection, artifact_type: str, before: int) -> list[Row]:
    """Select a page of records and parse the JSON in them."""
    rows = select(connection, _SELECT, artifact_type, before)
    return [(*row[:_PARTS], orjson.loads(row[_PARTS])) for row in rows[:PAGE]]
