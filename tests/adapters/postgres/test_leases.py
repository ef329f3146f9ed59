"""Leases: in the database's own time, renewed by whoever lives, run out for whoever does not."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta

import attrs
import pytest

from artifact_plane.domain.model.errors import Conflict, InvalidInput, Unavailable
from tests.adapters.postgres.cutting import CuttingLine
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.doubles.databases import RUNTIME, PostgresDatabase
from tests.doubles.samples import HOLDER

LEASE = 3.0
PATIENCE = 90.0


async def a_handle(stack: AsyncExitStack, on: PostgresDatabase, *, lease: float = LEASE) -> Handle:
    """A handle whose leases are short, and which does not try for long where the server is away."""
    settings = attrs.evolve(settings_of(on), lease=lease, deadline=0.2, connect=2.0)
    return await handle(stack, settings, on.raw)


async def is_dead(watcher: Handle, holder: str = HOLDER) -> bool:
    """Whether the holder dies within a generous time."""
    deadline = time.monotonic() + PATIENCE
    while await watcher.store.state.is_alive(holder):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def comes_back(watcher: Handle, holder: str = HOLDER) -> bool:
    """Whether the holder is alive again within a generous time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if await watcher.store.state.is_alive(holder):
                return True
        except Unavailable:
            pass
        await asyncio.sleep(0.05)
    return False


async def test_a_lease_that_nobody_renews_runs_out(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> None:
    """The death of a holder is seen by the others though it let nothing go."""
    holder, watcher = await a_handle(stack, postgres_database), await a_handle(stack, postgres_database)
    await holder.store.state.hold(HOLDER)
    assert await watcher.store.state.is_alive(HOLDER)
    await holder.home.leases.stop()
    assert await is_dead(watcher)


async def test_a_lease_is_renewed_for_as_long_as_its_process_lives(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Three times its length later the holder is alive, and its lease has moved on."""
    one = await a_handle(stack, postgres_database, lease=2.0)
    await one.store.state.hold(HOLDER)
    until = "SELECT lease_until FROM artifact_plane.holder"
    first = (await one.backdoor.rows(until))[0][0]
    await asyncio.sleep(6.0)
    assert await one.store.state.is_alive(HOLDER)
    assert (await one.backdoor.rows(until))[0][0] > first


async def test_a_holder_survives_an_outage_of_the_database(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """While the server is away the renewal keeps trying; a lease that ran out meanwhile is taken anew."""
    one = await a_handle(stack, postgres_database)
    await one.store.state.hold(HOLDER)
    postgres_database.server.kill()
    with pytest.raises(Unavailable):
        await one.store.state.is_alive(HOLDER)
    await asyncio.sleep(LEASE + 1.0)
    postgres_database.server.restart()
    assert await comes_back(one)


async def test_a_renewal_that_is_never_answered_is_made_again_while_the_lease_lasts(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A connection that swallows everything costs a third of the lease, and not the lease."""
    line = await stack.enter_async_context(CuttingLine(postgres_database.server.port).listening())
    dsn = f"postgresql://{RUNTIME}@127.0.0.1:{line.port}/{postgres_database.name}"
    settings = attrs.evolve(settings_of(postgres_database), dsn=dsn, lease=9.0)
    one = await handle(stack, settings, postgres_database.raw)
    line.swallow("AS held")
    await one.store.state.hold(HOLDER)
    until = "SELECT lease_until FROM artifact_plane.holder"
    taken_until = renewed_until = (await one.backdoor.rows(until))[0][0]
    async with asyncio.timeout(PATIENCE):
        while renewed_until == taken_until:
            await asyncio.sleep(0.1)
            renewed_until = (await one.backdoor.rows(until))[0][0]
    assert renewed_until - timedelta(seconds=9) < taken_until


async def test_a_name_that_is_held_is_nobody_elses(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> None:
    """Conflict, until the lease of a dead process has run out; holding it twice in one process has no effect."""
    one, two = await a_handle(stack, postgres_database), await a_handle(stack, postgres_database)
    for _ in range(2):
        await one.store.state.hold(HOLDER)
    with pytest.raises(Conflict):
        await two.store.state.hold(HOLDER)
    await two.store.state.let_go(HOLDER)
    assert await one.store.state.is_alive(HOLDER)
    await one.home.leases.stop()
    assert await is_dead(two)
    await two.store.state.hold(HOLDER)
    assert await two.store.state.is_alive(HOLDER)


async def test_names_that_are_taken_at_once_are_held_by_one_process(opened_handle: Handle) -> None:
    """Whichever of them was first in the database: each is renewed, and given up, as this process's own."""
    hold = opened_handle.store.state.hold
    await asyncio.gather(hold("one"), hold("two"), hold("one"), hold("three"))
    assert len(await opened_handle.backdoor.rows("SELECT DISTINCT mark FROM artifact_plane.holder")) == 1
    await asyncio.gather(*(opened_handle.store.state.let_go(name) for name in ("one", "two", "three")))
    assert await opened_handle.backdoor.rows("SELECT FROM artifact_plane.holder") == []


async def test_whoever_closes_lets_go_at_once(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> None:
    """A process that ends in good order keeps nobody waiting for its lease to run out."""
    watcher = await a_handle(stack, postgres_database)
    async with AsyncExitStack() as own:
        await (await a_handle(own, postgres_database, lease=600.0)).store.state.hold(HOLDER)
        assert await watcher.store.state.is_alive(HOLDER)
    assert not await watcher.store.state.is_alive(HOLDER)


async def test_the_clocks_of_processes_play_no_part(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> None:
    """A lease is as long as the database says: it is compared with the database's time alone."""
    one = await a_handle(stack, postgres_database, lease=600.0)
    await one.store.state.hold(HOLDER)
    ahead = "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM artifact_plane.holder"
    assert 500 < (await one.backdoor.rows(ahead))[0][0] <= 600


async def test_leases_that_ran_out_long_ago_are_cleared_away(opened_handle: Handle) -> None:
    """Whoever comes removes what is of no more use to anybody."""
    old = "INSERT INTO artifact_plane.holder VALUES ('old', now() - interval '2 days'), ('new', now() - interval '1 h')"
    await opened_handle.backdoor.rows(old)
    await opened_handle.store.state.hold(HOLDER)
    kept = await opened_handle.backdoor.rows("SELECT holder FROM artifact_plane.holder ORDER BY 1")
    assert [holder for (holder,) in kept] == sorted(["new", HOLDER])


async def test_a_holder_has_a_legal_name(opened_handle: Handle) -> None:
    """InvalidInput for what is no id; and such a name is nobody's."""
    for name in ("", "a:b", "a\x00", "\ud800"):
        with pytest.raises(InvalidInput):
            await opened_handle.store.state.hold(name)
        assert not await opened_handle.store.state.is_alive(name)


async def test_who_lost_its_name_takes_nothing_from_who_has_it_now(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A process that was away for longer than its lease neither renews nor ends the lease of its successor."""
    late, successor = await a_handle(stack, postgres_database), await a_handle(stack, postgres_database, lease=600.0)
    await late.store.state.hold(HOLDER)
    await late.home.leases.stop()
    assert await is_dead(successor)
    await successor.store.state.hold(HOLDER)
    await late.home.leases.renew()
    until = "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM artifact_plane.holder"
    assert (await late.backdoor.rows(until))[0][0] > 500
    await late.store.state.let_go(HOLDER)
    assert await successor.store.state.is_alive(HOLDER)
