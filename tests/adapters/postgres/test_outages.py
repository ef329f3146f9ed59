"""A database that stands still or stays away: nobody guesses, nobody waits for the deadlines of others."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from contextlib import AsyncExitStack

import attrs
import pytest

from artifact_plane.adapters.postgres.change_rows import rows_of
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.home import PostgresHome
from artifact_plane.adapters.postgres.writer import Writer
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.postgres.under_test import handle, settings_of
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import HOLDER, TENANT, a_change, an_artifact


async def test_a_commit_that_was_not_answered_in_time_is_resolved_by_its_change_id(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """What the server did not say is asked again on another connection, and not guessed."""
    settings = attrs.evolve(settings_of(postgres_database), command=0.5, connect=0.5, deadline=20.0)
    one = await handle(stack, settings, postgres_database.raw)
    await one.store.ledger.commit(a_change(an_artifact("before")))
    postgres_database.server.pause()
    commits = [asyncio.create_task(one.store.ledger.commit(a_change(an_artifact(f"a-{n}")))) for n in range(8)]
    await asyncio.sleep(1.5)
    postgres_database.server.resume()
    positions = [(await commit).position for commit in commits]
    assert len(set(positions)) == 8
    assert (await one.backdoor.census())["versions"] == 9


async def test_while_the_database_is_away_nobody_waits_for_the_deadlines_of_those_before(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Twenty groups would be twenty deadlines one after another."""
    settings = attrs.evolve(settings_of(postgres_database), group=2, deadline=2.0, connect=0.5)
    one = await handle(stack, settings, postgres_database.raw)
    await one.store.ledger.commit(a_change(an_artifact("before")))
    postgres_database.server.kill()
    began = time.monotonic()
    commits = (one.store.ledger.commit(a_change(an_artifact(f"a-{n}"))) for n in range(40))
    answers = await asyncio.gather(*commits, return_exceptions=True)
    assert time.monotonic() - began < 20.0
    assert all(isinstance(answer, Unavailable) for answer in answers)


async def test_a_queue_that_is_full_tells_its_callers(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Unavailable, and not a wait without end."""
    settings = attrs.evolve(settings_of(postgres_database), queue_changes=1, deadline=0.5, command=5.0)
    one = await handle(stack, settings, postgres_database.raw)
    await one.store.ledger.commit(a_change(an_artifact("before")))
    postgres_database.server.pause()
    first = asyncio.create_task(one.store.ledger.commit(a_change(an_artifact("first"))))
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable, match="too many changes wait"):
        await one.store.ledger.commit(a_change(an_artifact("second")))
    postgres_database.server.resume()
    await first


async def test_a_transaction_whose_process_stands_still_does_not_hold_up_the_others(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """The server ends what stands idle in the middle of something, the row of the positions in its hand."""
    settings = attrs.evolve(settings_of(postgres_database), command=1.0, pooler=True)
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    database = Database(settings)
    stack.push_async_callback(database.close)
    with pytest.raises(Unavailable):
        async with database.tenant("acme") as connection:
            await connection.execute("SELECT position FROM artifact_plane.ledger_position FOR UPDATE")
            async with asyncio.timeout(40):
                await other.store.ledger.commit(a_change(an_artifact("a-1")))
            await connection.execute("SELECT 1")
    assert (await other.store.registry.get(TENANT, "a-1")).artifact.version == 1


async def test_a_lease_is_renewed_whatever_reads_wait_for(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Every connection that reads share is taken for longer than a lease lasts, and the holder lives."""
    settings = attrs.evolve(settings_of(postgres_database), reading=1, lease=3.0, acquire=30.0)
    one = await handle(stack, settings, postgres_database.raw)
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    await one.store.state.hold(HOLDER)
    async with one.home.database.tenant("acme"):
        for _ in range(8):
            await asyncio.sleep(0.5)
            assert await other.store.state.is_alive(HOLDER)


async def test_what_nobody_knows_is_said_and_the_same_change_again_tells_it(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Sent and never answered: "not recorded" would be a guess. Never sent: it was not."""
    settings = attrs.evolve(settings_of(postgres_database), command=1.0, connect=1.0, deadline=1.0)
    one = await handle(stack, settings, postgres_database.raw)
    await one.store.ledger.commit(a_change(an_artifact("before")))
    postgres_database.server.pause()
    change = a_change(an_artifact("doubtful"))
    with pytest.raises(Unavailable, match="nobody knows whether the change was recorded") as caught:
        await one.store.ledger.commit(change)
    assert "idempotency key" in (caught.value.remedy or "")
    with pytest.raises(Unavailable) as unsent:
        await one.store.ledger.commit(a_change(an_artifact("unsent")))
    assert "nobody knows" not in unsent.value.message
    postgres_database.server.resume()
    patient = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    await patient.store.ledger.commit(change)
    assert (await patient.backdoor.census())["versions"] == 2


async def test_closing_does_not_wait_for_a_server_that_stands_still(postgres_database: PostgresDatabase) -> None:
    """Nor does it raise: the connections are cut off."""
    settings = attrs.evolve(settings_of(postgres_database), command=60.0, connect=60.0)
    opened = PostgresHome.open(settings)
    one = await opened.__aenter__()
    await one.ledger.commit(a_change(an_artifact("before")))
    await asyncio.gather(*(one.registry.history("acme", "before") for _ in range(8)))
    postgres_database.server.pause()
    try:
        async with asyncio.timeout(40):
            await opened.__aexit__(None, None, None)
    finally:
        postgres_database.server.resume()


async def test_who_is_cancelled_does_not_wait_for_a_server_that_stands_still(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Nobody rolls back for them: the connection is cut off, which the server takes for the same."""
    settings = attrs.evolve(settings_of(postgres_database), command=60.0)
    one = await handle(stack, settings, postgres_database.raw)
    inside = asyncio.Event()

    async def ask() -> None:
        async with one.home.database.tenant("acme") as connection:
            inside.set()
            await connection.execute("SELECT pg_sleep(60)")

    asking = asyncio.create_task(ask())
    await inside.wait()
    await asyncio.sleep(0.1)
    postgres_database.server.pause()
    asking.cancel()
    try:
        await asyncio.wait([asking], timeout=40)
        assert asking.cancelled()
    finally:
        postgres_database.server.resume()


async def test_who_gives_up_before_their_turn_leaves_nothing_in_the_queue(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A place in the queue bounds what is held only as long as nothing stays there whose place was given back."""
    writer = Writer(attrs.evolve(settings_of(postgres_database), command=60.0, group=1))
    await writer.submit(rows_of(a_change(an_artifact("before"))), 1)
    postgres_database.server.pause()
    held = []
    waiting = []
    for number in range(20):
        rows = rows_of(a_change(an_artifact(f"a-{number}")))
        held.append(weakref.ref(rows))
        waiting.append(asyncio.create_task(writer.submit(rows, 1)))
        del rows
        await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    waiting.clear()
    del task
    gc.collect()
    try:
        assert sum(one() is not None for one in held) <= 1  # the group that is on its way
    finally:
        postgres_database.server.resume()
        await writer.close()


async def test_a_read_that_cannot_connect_is_asked_again_until_the_server_is_back(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Which of the connections it gets, one that is there or a new one, makes no difference."""
    settings = attrs.evolve(settings_of(postgres_database), connect=0.5, deadline=60.0)
    one = await handle(stack, settings, postgres_database.raw)
    await one.store.ledger.commit(a_change(an_artifact("before")))
    postgres_database.server.pause()
    reads = [asyncio.create_task(one.store.registry.history(TENANT, "before")) for _ in range(4)]
    await asyncio.sleep(2)
    postgres_database.server.resume()
    assert [len(versions) for versions in await asyncio.gather(*reads)] == [1, 1, 1, 1]


async def test_what_was_not_answered_in_time_is_not_followed_by_another_question(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """To ask for a rollback, and to wait as long again for its answer, would tell nobody anything."""
    database = Database(attrs.evolve(settings_of(postgres_database), command=4.0))
    stack.push_async_callback(database.close)
    try:
        with pytest.raises(Unavailable):
            async with database.tenant(TENANT) as connection:
                postgres_database.server.pause()
                began = time.monotonic()
                await connection.execute("SELECT 1")
        assert time.monotonic() - began < 7.5
    finally:
        postgres_database.server.resume()
