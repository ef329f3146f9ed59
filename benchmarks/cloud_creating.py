"""Creating on Postgres: a meaning of 8 KiB with three edges and a receipt, durable; alone, and 32 at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Final

from artifact_plane.domain.model.json import JsonObject
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_least, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import Ours, origins_of
from benchmarks.raw_postgres import RawPostgres
from benchmarks.samples import meaning, small_meaning
from benchmarks.scale import Scale

_AT_ONCE: Final = 32
_TARGETS: Final = (1, 2, 3)


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours side by side in two databases of one server."""
    with folder() as place:
        async with _both(place) as (raw, ours):
            for number in range(len(_TARGETS)):
                await raw.create(small_meaning(number), ())
            return await _Creating(raw, ours, await origins_of(ours), scale).figures()


@asynccontextmanager
async def _both(place: Path) -> AsyncIterator[tuple[RawPostgres, Ours]]:
    async with (
        durable_databases(2) as (database, other),
        raw_connections(other) as (connection,),
        opened(settings_of(database.runtime, place)) as ours,
    ):
        yield RawPostgres(connection), ours


class _Creating:
    def __init__(self, raw: RawPostgres, ours: Ours, origins: tuple[str, ...], scale: Scale) -> None:
        self._raw = raw
        self._ours = ours
        self._origins = origins
        self._scale = scale
        self._numbers = count()

    async def figures(self) -> list[Figure]:
        raw, ours = await alternating(self._scale.rounds, self._raw_alone, self._ours_alone)
        grouped, at_once = await alternating(self._scale.rounds, self._raw_grouped, self._ours_at_once)
        alone = "create, 8 KiB, one at a time"
        return [
            compared(alone, "µs", at_most(1.5), raw, ours, scale=MICROSECONDS, note="raw: one statement"),
            compared("create, 8 KiB, 32 at once", "/s", at_least(0.6), grouped, at_once, note="raw: groups of 32"),
        ]

    def _meanings(self, how_many: int) -> list[JsonObject]:
        return [meaning(next(self._numbers)) for _ in range(how_many)]

    async def _raw_alone(self) -> float:
        documents = self._meanings(self._scale.creates)
        return await duration(lambda number: self._raw.create(documents[number], _TARGETS), len(documents))

    async def _ours_alone(self) -> float:
        documents = self._meanings(self._scale.creates)
        return await duration(lambda number: self._ours.create(documents[number], self._origins), len(documents))

    async def _raw_grouped(self) -> float:
        documents = self._meanings(self._scale.creates_at_once)
        began = perf_counter()
        for begin in range(0, len(documents), _AT_ONCE):
            await self._raw.create_group(documents[begin : begin + _AT_ONCE], _TARGETS)
        return len(documents) / (perf_counter() - began)

    async def _ours_at_once(self) -> float:
        documents = iter(self._meanings(self._scale.creates_at_once))

        async def worker() -> None:
            for document in documents:
                await self._ours.create(document, self._origins)

        began = perf_counter()
        await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
        return self._scale.creates_at_once / (perf_counter() - began)
