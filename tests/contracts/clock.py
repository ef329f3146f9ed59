"""The Clock's and the IdSource's law."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from artifact_plane.domain.model.identity import IDENTIFIER
from artifact_plane.ports.clock import Clock, IdSource


class ClockContract:
    """Subclass it and give the fixture ``clock``."""

    async def test_the_time_is_in_utc_and_says_so(self, clock: Clock) -> None:
        """The time in UTC, aware."""
        assert clock.now().utcoffset() == timedelta(0)

    async def test_who_has_slept_finds_that_time_has_passed(self, clock: Clock) -> None:
        """Wait that long on this clock."""
        before = clock.now()
        await clock.sleep(0.002)
        assert clock.now() - before >= timedelta(seconds=0.001)

    async def test_no_time_at_all_can_be_slept(self, clock: Clock) -> None:
        """Zero seconds are over at once."""
        async with asyncio.timeout(60):
            await clock.sleep(0)


class IdSourceContract:
    """Subclass it and give the fixture ``ids``."""

    def test_ids_are_unique_legal_and_in_order(self, ids: IdSource) -> None:
        """Unique, legal as any id of the plane, and later ids sort after earlier ones of this process."""
        made = [ids.new_id() for _ in range(20_000)]
        assert made == sorted(set(made))
        assert all(IDENTIFIER.fullmatch(one) for one in made)

    def test_ids_of_several_threads_are_unique(self, ids: IdSource) -> None:
        """Unique, whoever asks."""
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: ids.new_id(), range(4_000)))
        assert len(set(made)) == 4_000
