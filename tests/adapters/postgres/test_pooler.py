"""Behind a pooler in transaction mode nothing may be left in a session: the pooler would give it to somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import attrs
import pytest

from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.ports.ledger import Committed
from tests.adapters.postgres.under_test import handle
from tests.contracts.ledger import LedgerContract, a_full_change
from tests.contracts.outbox import OutboxContract
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.databases import RUNTIME, PostgresDatabase
from tests.doubles.pooler import Pooler
from tests.doubles.samples import OTHER_TENANT, TENANT, a_change, an_artifact, an_edge


@pytest.fixture
async def pooler(postgres_database: PostgresDatabase) -> AsyncIterator[Pooler]:
    """Two server connections for everybody."""
    async with Pooler(postgres_database.server.port, size=2).listening() as pooler:
        yield pooler


@pytest.fixture
def pooled(pooler: Pooler, postgres_database: PostgresDatabase) -> PostgresSettings:
    """Settings of a plane behind the pooler."""
    dsn = f"postgresql://{RUNTIME}@127.0.0.1:{pooler.port}/{postgres_database.name}"
    return PostgresSettings(dsn=dsn, pooler=True)


@pytest.fixture
async def store(
    pooled: PostgresSettings, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> RecordStoreUnderTest:
    """A new database, used through the pooler."""
    return (await handle(stack, pooled, postgres_database.raw)).store


class TestLedgerBehindPooler(LedgerContract):
    """The whole suite."""


class TestOutboxBehindPooler(OutboxContract):
    """Also what is asked as the worker."""


async def test_several_planes_share_fewer_server_connections(store: RecordStoreUnderTest, pooler: Pooler) -> None:
    """Many clients, two server connections: everybody's commits and reads come through, each tenant's own."""
    stores = [store, *[await store.reopen() for _ in range(3)]]
    answers = await asyncio.gather(
        *(one.ledger.commit(a_full_change(number)) for number, one in enumerate(stores * 5, start=1))
    )
    assert len({answer.position for answer in answers}) == 20
    found = await asyncio.gather(
        *(one.registry.get(TENANT, f"artifact-{number}") for number, one in enumerate(stores * 5, start=1))
    )
    assert [one.artifact.artifact_id for one in found] == [f"artifact-{number}" for number in range(1, 21)]
    assert (pooler.connected, pooler.clients > 4) == (2, True)


async def test_no_tenant_is_left_behind_in_a_session(store: RecordStoreUnderTest) -> None:
    """What one client's transaction said about its tenant is gone when the connection is lent to the next."""
    await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT)))
    for _ in range(4):
        with pytest.raises(NotFound):
            await store.registry.get(TENANT, "artifact-1")


async def test_without_the_setting_the_pooler_shows(pooled: PostgresSettings) -> None:
    """The stand-in is strict: a prepared statement that is kept is not found again on the next server connection."""
    connection = await asyncpg.connect(pooled.dsn, statement_cache_size=100)
    try:
        with pytest.raises((asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)):
            for _ in range(4):
                await connection.fetchval("SELECT $1::int", 1)
    finally:
        connection.terminate()


async def test_the_lineage_lock_is_one_of_the_transaction(store: RecordStoreUnderTest) -> None:
    """Attaching edges locks for the transaction, not for the session: the next one finds it free."""
    other = await store.reopen()
    await store.ledger.commit(a_change(*(an_artifact(f"n-{number}") for number in range(4))))
    for one, (source, target) in zip([store, other, store], [(1, 0), (2, 1), (3, 2)], strict=True):
        edge = an_edge(f"artifact:n-{source}@1", f"artifact:n-{target}@1")
        answer = await asyncio.wait_for(one.ledger.commit(a_change(edges=[edge], attaches_edges=True)), 20)
        assert isinstance(answer, Committed)


async def test_settings_show_no_address(pooled: PostgresSettings) -> None:
    """An address may hold a password; what is printed of settings does not hold the address."""
    assert "postgresql" not in repr(attrs.evolve(pooled, dsn="postgresql://me:geheim@db/plane"))
