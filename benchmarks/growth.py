"""Growth: the same work in a home with few artifacts and in one with many, turn by turn."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Final

from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared, durations, percentile
from benchmarks.lineage import upstream
from benchmarks.listing import cursor_at, first_page
from benchmarks.places import folder
from benchmarks.plane import GENERATION, TYPES, Ours, opened, seeded
from benchmarks.samples import TENANT, meaning
from benchmarks.scale import Scale

_WALKS: Final = 10
_PAGES: Final = 30


async def measure(scale: Scale) -> list[Figure]:
    """Raw is the home with few artifacts, ours the one with many."""
    with folder() as place:
        async with opened(place / "few") as few, opened(place / "many") as many:
            return await growth(few, many, scale)


async def growth(
    few: Ours, many: Ours, scale: Scale, settle: Callable[[], Awaitable[None]] | None = None
) -> list[Figure]:
    """Fill two planes, let them ``settle`` if there is anything to be done, and compare them."""
    homes = [await _Home.filled(few, scale.few, scale), await _Home.filled(many, scale.many, scale)]
    if settle is not None:
        await settle()
    return await _figures(homes, scale)


class _Home:
    """An open plane with its content, and each work that is timed on it: medians, and every create's time."""

    def __init__(self, ours: Ours, ids: Sequence[str], cursor: str | None, scale: Scale) -> None:
        self._ours = ours
        self._ids = ids
        self._cursor = cursor
        self._scale = scale
        self._chance = random.Random(4)  # noqa: S311 - sample data
        self.creates: list[float] = []

    @staticmethod
    async def filled(ours: Ours, count: int, scale: Scale) -> _Home:
        ids = await seeded(ours, count)
        return _Home(ours, ids, await cursor_at(ours, TYPES[1], count // len(TYPES) // 2), scale)

    async def create(self) -> float:
        origins = self._chance.sample(self._ids[-1_000:], 3)
        documents = [meaning(number) for number in range(self._scale.creates)]
        taken = await durations(lambda number: self._ours.create(documents[number], origins), len(documents))
        self.creates += taken
        return median(taken)

    async def get(self) -> float:
        chosen = self._chance.choices(self._ids, k=self._scale.gets)
        return await self._median(lambda number: self._ours.app.plane.get_artifact(chosen[number], TENANT), len(chosen))

    async def page(self) -> float:
        return await self._median(lambda _: first_page(self._ours, TYPES[1], self._cursor), _PAGES)

    async def walk(self) -> float:
        chosen = self._chance.choices(self._ids[-GENERATION:], k=_WALKS)  # as many ancestors in both homes
        return await self._median(lambda number: upstream(self._ours, chosen[number]), _WALKS)

    async def _median(self, operation: Callable[[int], Awaitable[object]], count: int) -> float:
        return median(await durations(operation, count))


async def _figures(homes: Sequence[_Home], scale: Scale) -> list[Figure]:
    few, many = homes
    figures = []
    note = f"raw: {scale.few:,} artifacts; ours: {scale.many:,}"
    for work, ours_few, ours_many in (
        ("create", few.create, many.create),
        ("get", few.get, many.get),
        ("a page in the middle", few.page, many.page),
        ("upstream, depth 10", few.walk, many.walk),
    ):
        small, large = await alternating(scale.rounds, ours_few, ours_many)
        figures.append(compared(f"growth, {work}", "µs", at_most(1.5), small, large, scale=MICROSECONDS, note=note))
    late = [percentile(home.creates, 0.99) for home in homes]
    figures.append(
        compared("growth, create, 99th percentile", "µs", at_most(3.0), late[:1], late[1:], scale=MICROSECONDS)
    )
    return figures
