"""Leases are renewed whatever the process's event loop does."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack

import attrs
import pytest

from artifact_plane.adapters.postgres.aside import Aside
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.postgres.under_test import TableBackdoor, handle, settings_of
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import HOLDER

LEASE = 3.0
_LEFT = "SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 FROM artifact_plane.holder"


async def test_a_holder_whose_event_loop_stands_still_is_alive(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """What is left of the lease is looked at from another thread while a realm, say, blocks this one."""
    one = await handle(stack, attrs.evolve(settings_of(postgres_database), lease=LEASE), postgres_database.raw)
    await one.store.state.hold(HOLDER)
    left: list[float] = []

    async def look() -> None:
        await asyncio.sleep(1.5 * LEASE)
        left.extend([row[0] for row in await TableBackdoor(postgres_database.raw).rows(_LEFT)])

    watcher = threading.Thread(target=lambda: asyncio.run(look()))
    watcher.start()
    watcher.join(60)  # blocks
    assert left[0] > 0


async def test_what_is_asked_aside_is_answered_raised_or_cancelled_there() -> None:
    """Like any other coroutine."""
    begun, ended = threading.Event(), threading.Event()

    async def where() -> str:
        return threading.current_thread().name

    async def fail() -> None:
        raise LookupError("not here")

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with Aside.open("aside") as aside:
        assert await aside.run(where()) == "aside"
        with pytest.raises(LookupError):
            await aside.run(fail())
        waiting = asyncio.create_task(aside.run(wait()))
        assert await asyncio.to_thread(begun.wait, 60)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await asyncio.to_thread(ended.wait, 60)
    assert "aside" not in {thread.name for thread in threading.enumerate()}


async def test_who_still_waits_for_something_aside_when_it_ends_is_told() -> None:
    """And whoever comes later too: nobody waits for a loop that does not turn any more."""
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.sleep(60)

    async with Aside.open("aside") as aside:
        waiting = asyncio.create_task(aside.run(wait()))
        assert await asyncio.to_thread(begun.wait, 60)
    async with asyncio.timeout(20):
        for late in (waiting, aside.run(wait())):
            with pytest.raises(Unavailable, match="closed"):
                await late
