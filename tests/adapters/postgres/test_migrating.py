"""Migrations: each file once, whole or not at all, in turn; a runtime refuses any other schema than its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg
import attrs
import pytest

from artifact_plane.adapters.postgres.home import PostgresHome
from artifact_plane.adapters.postgres.migrating import COMMAND, known, migrate, numbered_without_gaps, pending
from artifact_plane.adapters.postgres.settings import MigrationSettings, PostgresSettings
from artifact_plane.domain.model.errors import Conflict, Unavailable
from tests.adapters.postgres.under_test import TableBackdoor, handle, settings_of
from tests.doubles.databases import OWNER, RUNTIME, PostgresDatabase, execute
from tests.doubles.samples import TENANT, a_change, an_artifact

_SPOILED: Final = {
    "newer": ("INSERT INTO artifact_plane.migration VALUES (9999, 'of_tomorrow', '')", "newer"),
    "changed": ("UPDATE artifact_plane.migration SET checksum = 'other' WHERE number = 1", "another text"),
}

_LOCK: Final = 0x0A27_1FAC_7031
_WAITING: Final = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def settings_for(database: PostgresDatabase) -> MigrationSettings:
    """Settings of who migrates it."""
    return MigrationSettings(dsn=database.owner)


async def schemas(database: PostgresDatabase) -> int:
    """How many schemas of the plane there are."""
    rows = await TableBackdoor(database.raw).rows("SELECT FROM pg_namespace WHERE nspname = 'artifact_plane'")
    return len(rows)


def test_migrations_are_numbered_without_gaps() -> None:
    """A number that is missing, or given twice, would be noticed by nobody else."""
    assert len(known()) >= 4
    assert numbered_without_gaps(known())


async def test_an_empty_database_lacks_everything(postgres_empty_database: PostgresDatabase) -> None:
    """A dry run says what would be done, and does nothing."""
    settings = settings_for(postgres_empty_database)
    assert await pending(settings) == known()
    planned = await migrate(settings, dry_run=True)
    assert (planned.steps, planned.dry_run) == (known(), True)
    assert await schemas(postgres_empty_database) == 0


async def test_migrating_carries_out_what_is_pending_once(
    postgres_empty_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Repeating it has no effect; afterwards a runtime can work."""
    settings = settings_for(postgres_empty_database)
    assert (await migrate(settings)).steps == known()
    assert await pending(settings) == ()
    assert (await migrate(settings)).steps == ()
    store = (await handle(stack, settings_of(postgres_empty_database), postgres_empty_database.raw)).store
    assert (await store.ledger.commit(a_change(an_artifact()))).position == 1


async def test_several_at_once_take_turns(postgres_empty_database: PostgresDatabase) -> None:
    """Each step is carried out by one of them; nobody fails."""
    done = await asyncio.gather(*(migrate(settings_for(postgres_empty_database)) for _ in range(4)))
    steps = sorted(step.number for one in done for step in one.steps)
    assert steps == [step.number for step in known()]


async def test_a_step_that_fails_leaves_nothing(postgres_empty_database: PostgresDatabase) -> None:
    """One transaction a file: a table that is in the way stops its step before anything of it stays."""
    await execute(postgres_empty_database.owner, "CREATE SCHEMA artifact_plane; CREATE TABLE artifact_plane.edge ()")
    with pytest.raises(Unavailable, match="step 1"):
        await migrate(settings_for(postgres_empty_database))
    backdoor = TableBackdoor(postgres_empty_database.raw)
    assert await pending(settings_for(postgres_empty_database)) == known()
    assert not await backdoor.rows("SELECT FROM pg_tables WHERE schemaname = 'artifact_plane' AND tablename = 'node'")
    await execute(postgres_empty_database.owner, "DROP TABLE artifact_plane.edge")
    assert (await migrate(settings_for(postgres_empty_database))).steps == known()


async def test_who_waits_too_long_for_another_migration_says_so(postgres_empty_database: PostgresDatabase) -> None:
    """The lock is waited for as long as the settings say."""
    await migrate(settings_for(postgres_empty_database))
    other = await asyncpg.connect(postgres_empty_database.owner)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE artifact_plane.migration IN ACCESS EXCLUSIVE MODE")
            await other.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            with pytest.raises(Unavailable):
                await migrate(MigrationSettings(dsn=postgres_empty_database.owner, lock=0.2, connect=5))
    finally:
        await other.close()


async def test_a_database_without_tables_names_the_command(
    postgres_empty_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A runtime does not migrate by itself: it says what to run."""
    settings = PostgresSettings(dsn=postgres_empty_database.raw)
    with pytest.raises(Unavailable) as caught:
        await stack.enter_async_context(PostgresHome.open(settings))
    assert COMMAND in (caught.value.remedy or "")
    assert not caught.value.retryable


async def test_an_older_database_names_the_command(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> None:
    """A step that is missing is not worked around."""
    last = len(known())
    await execute(postgres_database.raw, f"DELETE FROM artifact_plane.migration WHERE number = {last}")  # noqa: S608
    with pytest.raises(Unavailable, match=f"step {last - 1}, .* needs step {last}") as caught:
        await handle(stack, settings_of(postgres_database), postgres_database.raw)
    assert COMMAND in (caught.value.remedy or "")


@pytest.mark.parametrize("how", sorted(_SPOILED))
async def test_a_database_of_another_release_is_refused(
    postgres_database: PostgresDatabase, stack: AsyncExitStack, how: str
) -> None:
    """Newer tables, or a step that was changed after it was carried out: neither runtime nor migration goes on."""
    sql, words = _SPOILED[how]
    await execute(postgres_database.raw, sql)
    with pytest.raises(Unavailable, match=words) as caught:
        await handle(stack, settings_of(postgres_database), postgres_database.raw)
    assert COMMAND in (caught.value.remedy or "")
    with pytest.raises(Conflict, match=words):
        await pending(settings_for(postgres_database))
    with pytest.raises(Conflict, match=words):
        await migrate(settings_for(postgres_database))


async def test_the_roles_have_the_names_that_the_settings_give(
    postgres_empty_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Odd names are quoted; nobody is given a password; the runtime owns nothing."""
    runtime, worker = 'plane "r"', "Plane-Worker"
    settings = MigrationSettings(dsn=postgres_empty_database.owner, runtime_role=runtime, worker_role=worker)
    await migrate(settings)
    backdoor = TableBackdoor(postgres_empty_database.raw)
    sql = "SELECT rolpassword, rolcanlogin, rolinherit FROM pg_authid WHERE rolname = ANY ($1) ORDER BY rolcanlogin"
    assert [tuple(row) for row in await backdoor.rows(sql, [runtime, worker])] == [
        (None, False, False),
        (None, True, False),
    ]
    server, name = postgres_empty_database.server, postgres_empty_database.name
    dsn = f"postgresql://127.0.0.1:{server.port}/{name}?user=plane%20%22r%22"
    store = (await handle(stack, PostgresSettings(dsn=dsn, worker_role=worker), postgres_empty_database.raw)).store
    await store.ledger.commit(a_change(an_artifact()))
    assert len(await store.log.replay(0, limit=5)) == 0
    assert (await store.registry.get(TENANT, "artifact-1")).artifact.version == 1


async def test_a_runtime_cannot_change_the_tables(postgres_database: PostgresDatabase) -> None:
    """It has rights on rows only."""
    connection = await asyncpg.connect(postgres_database.runtime)
    try:
        for sql in (
            "ALTER TABLE artifact_plane.body DISABLE ROW LEVEL SECURITY",
            "DROP POLICY of_the_tenant ON artifact_plane.body",
            "TRUNCATE artifact_plane.journal",
            "DELETE FROM artifact_plane.journal",
            "UPDATE artifact_plane.migration SET checksum = ''",
            "CREATE TABLE artifact_plane.more ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()
    assert RUNTIME in postgres_database.runtime


async def test_a_worker_role_that_is_not_there_is_called_by_its_name(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """What is wrong is the setting, not the tables; so it is where the role is there and not ours to turn into."""
    for worker, words in (("no such role", "there is no role 'no such role'"), (OWNER, f"may not .* role '{OWNER}'")):
        settings = attrs.evolve(settings_of(postgres_database), worker_role=worker)
        with pytest.raises(Unavailable, match=words) as caught:
            await handle(stack, settings, postgres_database.raw)
        assert "worker_role" in caught.value.message
        assert COMMAND in (caught.value.remedy or "")
        assert not caught.value.retryable


async def test_what_nothing_asks_by_is_gone(postgres_database: PostgresDatabase) -> None:
    """Statements name the tenant themselves: the database has no function for it."""
    rows = await TableBackdoor(postgres_database.raw).rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'artifact_plane'::regnamespace"
    )
    assert "asking" not in {name for (name,) in rows}


async def test_migrating_holds_up_nobody_while_a_table_is_read(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A dump or an analyst may read for hours: with nothing to do it ends at once, and commits go on meanwhile."""
    one = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    async with reading(postgres_database):
        async with asyncio.timeout(60):
            assert (await migrate(settings_for(postgres_database))).steps == ()
            await one.store.ledger.commit(a_change(an_artifact("a-1")))


async def test_a_step_that_needs_a_table_in_use_waits_without_keeping_others_from_it(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """It tries again and again for a moment; what cannot be had in time is told as what it is."""
    one = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    await execute(postgres_database.raw, "DROP POLICY of_every_tenant ON artifact_plane.change")
    settings = attrs.evolve(settings_for(postgres_database), lock=3.0)
    async with reading(postgres_database):
        with pytest.raises(Unavailable, match="locked and did not come free") as caught:
            await migrate(settings)
        assert caught.value.retryable
        waiting = asyncio.create_task(migrate(attrs.evolve(settings, lock=60.0)))
        async with asyncio.timeout(60):
            for number in range(20):
                await one.store.ledger.commit(a_change(an_artifact(f"a-{number}")))
                await asyncio.sleep(0.05)
        assert not waiting.done()
    assert (await waiting).steps == ()


@asynccontextmanager
async def reading(database: PostgresDatabase) -> AsyncIterator[None]:
    """Somebody who has read a table, and has not ended the transaction."""
    connection = await asyncpg.connect(database.raw)
    try:
        async with connection.transaction():
            await connection.fetch("SELECT 1 FROM artifact_plane.change")
            yield
    finally:
        await connection.close()


async def test_who_gives_up_does_not_wait_for_a_server_that_stands_still(
    postgres_empty_database: PostgresDatabase,
) -> None:
    """A migration is cut off in mid-statement, and the server is asked for nothing more."""
    database = postgres_empty_database
    async with TableBackdoor(database.raw).connected() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        migrating = asyncio.create_task(migrate(settings_for(database)))
        async with asyncio.timeout(20):
            while not await TableBackdoor(database.raw).rows(_WAITING):
                await asyncio.sleep(0.02)
        database.server.pause()
        try:
            migrating.cancel()
            await asyncio.wait([migrating], timeout=40)
            assert migrating.cancelled()
        finally:
            database.server.resume()
