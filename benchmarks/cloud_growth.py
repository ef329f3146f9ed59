"""Growth on Postgres: the same work in a database with few artifacts and in one with many, turn by turn."""

from __future__ import annotations

from benchmarks.cloud import durable_databases, opened, settings_of, settled
from benchmarks.growth import growth
from benchmarks.harness import Figure
from benchmarks.places import folder
from benchmarks.scale import Scale


async def measure(scale: Scale) -> list[Figure]:
    """Raw is the database with few artifacts, ours the one with many; both have been vacuumed."""
    with folder() as place:
        async with (
            durable_databases(2) as (small, large),
            opened(settings_of(small.runtime, place / "few")) as few,
            opened(settings_of(large.runtime, place / "many")) as many,
        ):
            return await growth(few, many, scale, lambda: settled(small, large))
