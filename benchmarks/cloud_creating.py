"""Creating on Postgres: a meaning of 8 KiB with three edges and a receipt, durable; alone, and 32 at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Final

import attrs
import uuid_utils

from artifact_plane.domain.model.change import ArtifactWrite, Change
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.ports.answers import RecordedArtifact
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of
from benchmarks.harness import MICROSECONDS, SHOWN, Figure, alternating, at_least, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import CONTEXT, Ours, origins_of
from benchmarks.raw_postgres import RawPostgres
from benchmarks.samples import TENANT, meaning, small_meaning
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
        prepared = await _Prepared.by(self._ours, self._origins)
        raw_again, commits = await alternating(self._scale.rounds, self._raw_alone, lambda: self._alone(prepared))
        grouped_again, committed = await alternating(
            self._scale.rounds, self._raw_grouped, lambda: self._committed(prepared)
        )
        statement, groups, only = "raw: one statement", "raw: groups of 32", "of this the commit"
        return [
            compared("create, 8 KiB, one at a time", "µs", at_most(1.5), raw, ours, scale=MICROSECONDS, note=statement),
            compared(only, "µs", SHOWN, raw_again, commits, scale=MICROSECONDS, note=statement),
            compared("create, 8 KiB, 32 at once", "/s", at_least(0.6), grouped, at_once, note=groups),
            compared(only, "/s", SHOWN, grouped_again, committed, note=groups),
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
        documents = self._meanings(self._scale.creates_at_once)
        return await _speed([partial(self._ours.create, one, self._origins) for one in documents])

    async def _alone(self, prepared: _Prepared) -> float:
        changes = prepared.changes(self._scale.creates)
        return await duration(lambda number: self._ours.adapters.records.ledger.commit(changes[number]), len(changes))

    async def _committed(self, prepared: _Prepared) -> float:
        changes, commit = prepared.changes(self._scale.creates_at_once), self._ours.adapters.records.ledger.commit
        return await _speed([partial(commit, change) for change in changes])


@attrs.frozen
class _Prepared:
    """What a create commits, made beforehand: only its ids differ from those of one that was recorded."""

    _recorded: RecordedArtifact
    _data: bytes
    _origins: Sequence[str]

    @staticmethod
    async def by(ours: Ours, origins: Sequence[str]) -> _Prepared:
        recorded = await ours.app.plane.create_artifact("analysis_result", None, meaning(1), {}, CONTEXT)
        return _Prepared(recorded, await ours.app.plane.get_meaning(recorded.artifact.artifact_id, TENANT), origins)

    def changes(self, count: int) -> list[Change]:
        return [self._change(str(uuid_utils.uuid7())) for _ in range(count)]

    def _change(self, artifact_id: str) -> Change:
        artifact = attrs.evolve(self._recorded.artifact, artifact_id=artifact_id)
        return Change(
            change_id=str(uuid_utils.uuid7()),
            tenant_id=TENANT,
            at=artifact.created_at,
            artifacts=(ArtifactWrite(artifact=artifact, body=self._data, derived_from=tuple(self._origins)),),
            receipts=(attrs.evolve(self._recorded.receipt, subject=artifact_id),),
        )


async def _speed(works: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """How many are done in a second, 32 at once."""
    waiting = iter(works)

    async def worker() -> None:
        for work in waiting:
            await work()

    began = perf_counter()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return len(works) / (perf_counter() - began)
