"""Creating: a meaning of 8 KiB with three edges and a receipt, durable; alone, many at once, and with a picture."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Final

from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.ports.answers import Payload
from benchmarks.harness import MICROSECONDS, MILLISECONDS, Figure, alternating, at_least, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import CONTEXT, Ours, opened, origins_of
from benchmarks.raw import write_durably
from benchmarks.raw_store import RawStore
from benchmarks.samples import meaning, picture, small_meaning
from benchmarks.scale import MIB, Scale

_PICTURE: Final = 4 * MIB


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours side by side in two files on one disk."""
    with folder() as place:
        raw = RawStore(place / "raw.sqlite3")
        try:
            async with opened(place / "home") as ours:
                return await _Creating(raw, ours, place, scale).figures()
        finally:
            raw.close()


class _Creating:
    def __init__(self, raw: RawStore, ours: Ours, place: Path, scale: Scale) -> None:
        self._raw = raw
        self._ours = ours
        self._place = place
        self._scale = scale
        self._targets: tuple[int, ...] = ()
        self._origins: tuple[str, ...] = ()
        self._numbers = count()

    async def figures(self) -> list[Figure]:
        for number in range(3):
            await self._raw.create(small_meaning(number), ())
        self._targets = (2, 3, 4)
        self._origins = await origins_of(self._ours)
        return [*await self._alone(), *await self._at_once(32), *await self._at_once(256), *await self._pictures()]

    def _meanings(self, how_many: int) -> list[JsonObject]:
        return [meaning(next(self._numbers)) for _ in range(how_many)]

    # One at a time

    async def _alone(self) -> list[Figure]:
        raw, ours = await alternating(self._scale.rounds, self._raw_alone, self._ours_alone)
        return [compared("create, 8 KiB, one at a time", "µs", at_most(2.5), raw, ours, scale=MICROSECONDS)]

    async def _raw_alone(self) -> float:
        documents = self._meanings(self._scale.creates)
        return await duration(lambda number: self._raw.create(documents[number], self._targets), len(documents))

    async def _ours_alone(self) -> float:
        documents = self._meanings(self._scale.creates)
        return await duration(lambda number: self._ours.create(documents[number], self._origins), len(documents))

    # Many at once

    async def _at_once(self, how_many: int) -> list[Figure]:
        async def raw_grouped() -> float:
            documents = self._meanings(self._scale.creates_at_once)
            began = perf_counter()
            for begin in range(0, len(documents), how_many):
                await self._raw.create_group(documents[begin : begin + how_many], self._targets)
            return len(documents) / (perf_counter() - began)

        async def raw_alone() -> float:
            documents = self._meanings(self._scale.creates)
            began = perf_counter()
            for document in documents:
                await self._raw.create(document, self._targets)
            return len(documents) / (perf_counter() - began)

        async def ours_at_once() -> float:
            documents = iter(self._meanings(self._scale.creates_at_once))

            async def worker() -> None:
                for document in documents:
                    await self._ours.create(document, self._origins)

            began = perf_counter()
            await asyncio.gather(*(worker() for _ in range(how_many)))
            return self._scale.creates_at_once / (perf_counter() - began)

        grouped, alone, ours = await alternating(self._scale.rounds, raw_grouped, raw_alone, ours_at_once)
        work = f"create, 8 KiB, {how_many} at once"
        return [
            compared(work, "/s", at_least(0.6), grouped, ours, note="raw: group commit"),
            compared(work, "/s", at_least(1.0), alone, ours, note="raw: one at a time"),
        ]

    # With a picture

    async def _pictures(self) -> list[Figure]:
        raw, ours = await alternating(self._scale.rounds, self._raw_pictures, self._our_pictures)
        work = "create with a rendered PNG of 4 MiB"
        return [compared(work, "ms", at_most(1.4), raw, ours, scale=MILLISECONDS, note="raw: hash + durable file")]

    async def _raw_pictures(self) -> float:
        pictures = [picture(_PICTURE, next(self._numbers)) for _ in range(self._scale.large_creates)]

        async def write(number: int) -> None:
            write_durably(self._place, pictures[number])

        return await duration(write, len(pictures))

    async def _our_pictures(self) -> float:
        payloads = [
            Payload(
                semantic_payload=small_meaning(number),
                renderings=(
                    Rendered(name="png", media_type="image/png", source=BytesSource(picture(_PICTURE, number))),
                ),
            )
            for number in (next(self._numbers) for _ in range(self._scale.large_creates))
        ]

        async def create(number: int) -> None:
            await self._ours.app.plane.create_artifact("visual", None, payloads[number], {}, CONTEXT)

        return await duration(create, len(payloads))
