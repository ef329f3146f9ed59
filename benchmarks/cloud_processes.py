"""Several runtimes on one database: what one process creates in a second, and what two create together."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

from benchmarks.apart import apart
from benchmarks.cloud import durable_databases, opened, settings_of
from benchmarks.harness import SHOWN, Figure, alternating, compared
from benchmarks.places import folder
from benchmarks.plane import Ours, origins_of
from benchmarks.samples import meaning
from benchmarks.scale import Scale

_AT_ONCE: Final = 32
_UNTIL_ALL_ARE_UP: Final = 4
_ROUNDS: Final = 3


async def measure(scale: Scale) -> list[Figure]:
    """Raw is one process, ours are two; the database and both processes share this machine's cores."""
    with folder() as place:
        async with durable_databases() as (database,):

            async def together(processes: int) -> float:
                begin = int(time.time()) + _UNTIL_ALL_ARE_UP

                def creates() -> float:
                    module, seconds = "benchmarks.cloud_processes", scale.seconds
                    found = apart(
                        module, "creating", dsn=database.runtime, home=str(place), begin=begin, seconds=seconds
                    )
                    return found["count"] / seconds

                return sum(await asyncio.gather(*(asyncio.to_thread(creates) for _ in range(processes))))

            one, two = await alternating(_ROUNDS, lambda: together(1), lambda: together(2))
    note = "raw: one process, 32 at once; ours: two such processes on one database"
    return [compared("create, 8 KiB, two processes", "/s", SHOWN, one, two, note=note)]


async def creating(dsn: str, home: str, begin: int, seconds: int) -> dict[str, float]:
    """How many artifacts this process creates in so many seconds, 32 at once, from the time ``begin`` on."""
    async with opened(settings_of(dsn, Path(home))) as ours:
        origins = await origins_of(ours)
        await asyncio.sleep(max(0.0, begin - time.time()))
        counts = await asyncio.gather(*(_create(ours, origins, begin + seconds, worker) for worker in range(_AT_ONCE)))
    return {"count": sum(counts)}


async def _create(ours: Ours, origins: tuple[str, ...], until: float, worker: int) -> int:
    done = 0
    while time.time() < until:
        await ours.create(meaning(done * _AT_ONCE + worker), origins)
        done += 1
    return done
