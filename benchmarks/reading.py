"""Reading: a meaning of 8 KiB by its artifact's id, verified; parsed, and as bytes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw
import orjson
from blake3 import blake3

from artifact_plane.domain.model.json import JsonObject
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import RECORDS, Ours, opened
from benchmarks.raw_store import reader_of, select
from benchmarks.samples import TENANT, meaning
from benchmarks.scale import Scale

_STORED: Final = 1_000
_PARTS: Final = -1
_DIGEST: Final = 6
_SELECT: Final = """
SELECT b.data, a.* FROM artifact AS a JOIN body AS b ON b.k = a.k
WHERE a.tenant = 1 AND a.artifact_id = ? ORDER BY a.version DESC LIMIT 1
"""


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours read the same file."""
    with folder() as place:
        async with opened(place / "home") as ours:
            ids = await asyncio.gather(*(ours.create(meaning(number)) for number in range(_STORED)))
            return await _compare(place / "home", ours, ids, scale)


async def _compare(home: Path, ours: Ours, ids: Sequence[str], scale: Scale) -> list[Figure]:
    connection = reader_of(home / RECORDS)
    chosen = random.Random(5).choices(ids, k=scale.gets)  # noqa: S311 - sample data

    async def raw() -> float:
        async def get(number: int) -> None:
            raw_get(connection, chosen[number])

        return await duration(get, len(chosen))

    async def parsed() -> float:
        return await duration(lambda number: ours.app.plane.get_artifact(chosen[number], TENANT), len(chosen))

    async def as_bytes() -> float:
        return await duration(lambda number: ours.app.plane.get_meaning(chosen[number], TENANT), len(chosen))

    raw_times, parsed_times, byte_times = await alternating(scale.rounds, raw, parsed, as_bytes)
    connection.close()
    against_parsed = "raw: ours parsed"
    return [
        compared("get 8 KiB, verified and parsed", "µs", at_most(2.0), raw_times, parsed_times, scale=MICROSECONDS),
        compared(
            "get 8 KiB, verified, as bytes",
            "µs",
            at_most(0.5),
            parsed_times,
            byte_times,
            scale=MICROSECONDS,
            note=against_parsed,
        ),
    ]


def raw_get(connection: apsw.Connection, artifact_id: str) -> JsonObject:
    """Select a record with its meaning, verify that against the digest on record, parse it."""
    row = select(connection, _SELECT, artifact_id)[0]
    digest = orjson.loads(row[_PARTS])[0][_DIGEST]
    if f"blake3:{blake3(row[0]).hexdigest()}" != digest:
        raise ValueError("damaged")
    payload: JsonObject = orjson.loads(row[0])
    return payload
