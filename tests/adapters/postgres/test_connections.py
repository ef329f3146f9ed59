"""Connections: bounded, lent for one transaction, silent about addresses; what the database reports, in our words."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import asyncpg
import attrs
import pytest

from artifact_plane.adapters.postgres.connections import connected
from artifact_plane.adapters.postgres.database import Database, giving_way
from artifact_plane.adapters.postgres.errors import is_away, translated
from artifact_plane.adapters.postgres.settings import MigrationSettings, PostgresSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Damaged, InvalidInput, Unavailable
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.doubles.databases import PostgresDatabase, execute
from tests.doubles.samples import TENANT, a_change, an_artifact, an_event

GIVEN_AWAY = "hunter2-geheim"


@pytest.fixture
async def narrow(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> Database:
    """Two connections, and little patience."""
    settings = attrs.evolve(settings_of(postgres_database), reading=2, acquire=1.5)
    return (await handle(stack, settings, postgres_database.raw)).home.database


async def test_a_full_pool_is_a_clear_error_and_no_hang(narrow: Database) -> None:
    """Who finds all connections in use waits for as long as the settings say, and then hears so."""
    async with narrow.tenant(TENANT), narrow.tenant(TENANT):
        with pytest.raises(Unavailable, match="all 2 connections") as caught:
            async with narrow.tenant(TENANT):
                pytest.fail("a third connection was lent")
        assert caught.value.retryable
        waiting = asyncio.create_task(narrow.rows("current_version", TENANT, "absent"))
        await asyncio.sleep(0)
    assert await waiting == []


async def test_a_place_that_nobody_waits_for_any_more_is_not_lost(narrow: Database) -> None:
    """A caller that is cancelled while it waits, or just as its turn comes, leaves its place to the next."""
    for _ in range(20):
        async with narrow.tenant(TENANT), narrow.tenant(TENANT):
            waiting = [asyncio.create_task(narrow.rows("current_version", TENANT, "absent")) for _ in range(4)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await waiting[3] == []


async def test_an_error_inside_rolls_back_and_keeps_the_connection(opened_handle: Handle) -> None:
    """The transaction of a block that fails has left nothing, and its connection is fit for the next."""
    database = opened_handle.home.database
    for _ in range(12):
        with pytest.raises(ZeroDivisionError):
            async with database.tenant(TENANT) as connection:
                await connection.execute(
                    "INSERT INTO artifact_plane.solution_policy_text VALUES ($1, 'claims', '')", TENANT
                )
                raise ZeroDivisionError
    assert not await opened_handle.backdoor.rows("SELECT FROM artifact_plane.solution_policy_text")


async def test_a_statement_that_takes_too_long_is_given_up(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A time limit of one statement: the caller hears it, the connection is not lent again in the middle of it."""
    own = await handle(stack, attrs.evolve(settings_of(postgres_database), command=1.0), postgres_database.raw)
    with pytest.raises(Unavailable, match="in time"):
        async with own.home.database.tenant(TENANT) as connection:
            await connection.execute("SELECT pg_sleep(60)")
    assert (await own.store.ledger.commit(a_change(an_artifact()))).position == 1


async def test_commits_wait_for_a_lock_no_longer_than_the_settings_say(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Somebody holds the ledger: the commit is Unavailable in time, and goes through afterwards, once."""
    own = await handle(stack, attrs.evolve(settings_of(postgres_database), command=0.5), postgres_database.raw)
    change = a_change(an_artifact())
    began = time.monotonic()
    async with own.backdoor.connected() as intruder, intruder.transaction():
        await intruder.execute("LOCK TABLE artifact_plane.ledger_position")
        with pytest.raises(Unavailable):
            await own.store.ledger.commit(change)
    assert time.monotonic() - began < 20
    assert (await own.store.ledger.commit(change)).position == 1
    assert (await own.backdoor.census())["versions"] == 1


async def test_a_read_only_database_says_so(opened_handle: Handle, postgres_database: PostgresDatabase) -> None:
    """A standby, or a server that was made read-only: commits are Unavailable, for now."""
    rule = f"ALTER DATABASE {postgres_database.name} SET default_transaction_read_only = "
    await execute(postgres_database.raw, f"{rule} on")
    store = await opened_handle.store.reopen()
    with pytest.raises(Unavailable, match="read-only") as caught:
        await store.ledger.commit(a_change(an_artifact()))
    assert caught.value.retryable


async def test_a_database_that_accepts_no_more_connections_says_so(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """53300 is waited for until the deadline, then told."""
    await execute(postgres_database.raw, f"ALTER DATABASE {postgres_database.name} CONNECTION LIMIT 0")
    with pytest.raises(Unavailable, match="no more connections"):
        await handle(stack, attrs.evolve(settings_of(postgres_database), deadline=0.2), postgres_database.raw)


async def test_no_error_and_no_setting_shows_the_address(postgres_database: PostgresDatabase) -> None:
    """A password in the address reaches neither a message nor a printed value, whatever goes wrong."""
    port = postgres_database.server.port
    addresses = [
        f"postgresql://nobody-here:{GIVEN_AWAY}@127.0.0.1:{port}/{postgres_database.name}",
        f"postgresql://artifact_plane_runtime:{GIVEN_AWAY}@127.0.0.1:{port}/no_such_database",
        f"postgresql://artifact_plane_runtime:{GIVEN_AWAY}@127.0.0.1:1/anything",
        f"postgresql://artifact_plane_runtime:{GIVEN_AWAY}@127.0.0.1:not-a-port/anything",
        f"postgresql://artifact_plane_runtime:{GIVEN_AWAY}@127.0.0.1:99999/anything",
    ]
    for address in addresses:
        settings = PostgresSettings(dsn=address, deadline=0.1)
        database = Database(settings)
        with pytest.raises(ArtifactPlaneError) as caught:
            await database.rows("current_version", TENANT, "absent")
        shown = (
            f"{caught.value} {caught.value.where} {caught.value.remedy} {settings!r} {MigrationSettings(dsn=address)!r}"
        )
        assert GIVEN_AWAY not in shown
        await database.close()


@pytest.mark.parametrize(
    ("error", "kind", "away"),
    [
        (asyncpg.DiskFullError("x"), Unavailable, False),
        (asyncpg.AdminShutdownError("x"), Unavailable, True),
        (asyncpg.CrashShutdownError("x"), Unavailable, True),
        (asyncpg.CannotConnectNowError("x"), Unavailable, True),
        (asyncpg.TooManyConnectionsError("x"), Unavailable, True),
        (asyncpg.ConnectionDoesNotExistError("x"), Unavailable, True),
        (asyncpg.InvalidPasswordError("x"), Unavailable, False),
        (asyncpg.CharacterNotInRepertoireError("x"), InvalidInput, False),
        (asyncpg.ProgramLimitExceededError("x"), InvalidInput, False),
        (asyncpg.UniqueViolationError("x"), Conflict, False),
        (asyncpg.DataCorruptedError("x"), Damaged, False),
        (asyncpg.IndexCorruptedError("x"), Damaged, False),
        (asyncpg.InterfaceError("connection is closed"), Unavailable, True),
        (ConnectionRefusedError("x"), Unavailable, True),
        (TimeoutError(), Unavailable, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_the_database_reports_has_one_meaning(
    error: BaseException, kind: type[ArtifactPlaneError], away: bool
) -> None:
    """One table says what each state means to a caller, and whether another connection may help."""
    explained = translated(error, "here")
    assert type(explained) is kind
    assert explained.remedy
    assert is_away(error) is away


async def test_a_connection_keeps_one_plan_for_all_values_and_the_server_bounds_what_it_does(
    postgres_database: PostgresDatabase,
) -> None:
    """Behind a pooler nothing of a session is set; otherwise plans are made once, and no statement lasts for ever."""
    asked = "SELECT current_setting($1)"
    for pooler, plans, limit in ((False, "force_generic_plan", "27s"), (True, "auto", "0")):
        connection = await connected(attrs.evolve(settings_of(postgres_database), pooler=pooler))
        try:
            assert await connection.fetchval(asked, "plan_cache_mode") == plans
            assert await connection.fetchval(asked, "statement_timeout") == limit
            assert await connection.fetchval(asked, "idle_in_transaction_session_timeout") == limit
        finally:
            await connection.close()


@attrs.frozen
class Locking:
    """Locks two rows, one after the other, and says how often it tried."""

    _database: Database
    tries: list[str]
    first: asyncio.Event

    @giving_way
    async def both(self) -> None:
        """The event a, then the event b."""
        async with self._database.everyone() as connection:
            self.tries.append("tried")
            await connection.fetch("SELECT k FROM artifact_plane.event WHERE event_id = 'a' FOR UPDATE")
            self.first.set()
            await connection.fetch("SELECT k FROM artifact_plane.event WHERE event_id = 'b' FOR UPDATE")


async def test_a_transaction_that_gave_way_to_another_is_carried_out_anew(
    opened_handle: Handle, postgres_database: PostgresDatabase
) -> None:
    """A deadlock has left nothing of it: nobody but the log of the server need hear of it."""
    await opened_handle.store.ledger.commit(a_change(events=[an_event("a"), an_event("b")]))
    locking = Locking(opened_handle.home.database, [], asyncio.Event())
    other = await asyncpg.connect(postgres_database.raw)
    try:
        await other.execute("SET deadlock_timeout = '60s'")  # so that it is ours which the server ends
        async with other.transaction():
            await other.execute("SELECT k FROM artifact_plane.event WHERE event_id = 'b' FOR UPDATE")
            waiting = asyncio.create_task(locking.both())
            await locking.first.wait()
            await other.execute("SELECT k FROM artifact_plane.event WHERE event_id = 'a' FOR UPDATE")
        await asyncio.wait_for(waiting, 60)
    finally:
        await other.close()
    assert len(locking.tries) >= 2
