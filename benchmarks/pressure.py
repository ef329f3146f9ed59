"""Pressure: ten thousand creates at once, and many while a reader reads on: memory and the log stay bounded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from artifact_plane.adapters.sqlite.database import DEFAULTS
from benchmarks.apart import Growth, apart
from benchmarks.harness import Figure, no_more_than
from benchmarks.places import folder
from benchmarks.plane import RECORDS, Ours, opened, origins_of
from benchmarks.raw_store import reader_of
from benchmarks.samples import meaning
from benchmarks.scale import MIB, Scale

_LARGEST_LOG: Final = 128
"""MiB: twice what the log is to have at most."""

_AT_ONCE: Final = 64
_SNAPSHOT_SECONDS: Final = 0.1


async def measure(scale: Scale) -> list[Figure]:
    """Both in processes of their own."""
    with folder() as place:
        flying = apart("benchmarks.pressure", "in_flight", home=str(place / "a"), count=scale.in_flight)
        reading = apart("benchmarks.pressure", "with_a_reader", home=str(place / "b"), count=scale.with_reader)
    cap = DEFAULTS.queue_bytes / MIB + 64
    work = f"{scale.with_reader:,} creates, a reader open"
    return [
        Figure(
            work=f"{scale.in_flight:,} creates in flight, memory",
            unit="MiB",
            bar=no_more_than(cap),
            ours=flying["bytes"] / MIB,
            note="the queue's cap and 64 MiB; all creates share one payload of 8 KiB",
        ),
        Figure(work=f"{work}, memory", unit="MiB", bar=no_more_than(cap), ours=reading["bytes"] / MIB),
        Figure(
            work=f"{work}, log",
            unit="MiB",
            bar=no_more_than(_LARGEST_LOG),
            ours=reading["log"] / MIB,
            note=f"the reader takes a snapshot every {_SNAPSHOT_SECONDS:g} s and holds it until the next",
        ),
    ]


async def in_flight(home: str, count: int) -> dict[str, float]:
    """By how much memory grows when ``count`` creates are begun at once."""
    async with opened(Path(home)) as ours:
        origins = await origins_of(ours)
        payload = meaning(1)
        await asyncio.gather(*(ours.create(payload, origins) for _ in range(_AT_ONCE)))
        growth = Growth()
        await asyncio.gather(*(ours.create(payload, origins) for _ in range(count)))
        return {"bytes": growth.peak()}


async def with_a_reader(home: str, count: int) -> dict[str, float]:
    """The same while a reader holds one snapshot after another; also the largest that the log became."""
    async with opened(Path(home)) as ours:
        origins = await origins_of(ours)
        log = Path(home, f"{RECORDS}-wal")
        sizes = [log.stat().st_size]
        reader = asyncio.create_task(_read_on(Path(home, RECORDS), log, sizes))
        growth = Growth()
        try:
            await _create_all(ours, origins, count)
        finally:
            reader.cancel()
        return {"bytes": growth.peak(), "log": max(sizes)}


async def _create_all(ours: Ours, origins: tuple[str, ...], count: int) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await ours.create(meaning(number), origins)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))


async def _read_on(records: Path, log: Path, sizes: list[int]) -> None:
    connection = reader_of(records)
    while True:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM tenant").fetchall()
        try:
            await asyncio.sleep(_SNAPSHOT_SECONDS)
        finally:
            connection.execute("ROLLBACK")
        sizes.append(log.stat().st_size)
