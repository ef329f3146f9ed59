"""Edges that are attached afterwards, one change after another: who waits for a turn takes nothing from others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.ledger import Committed
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge

EDGES = [an_edge(f"artifact:a-{number}@1", f"artifact:a-{number + 1}@1") for number in range(6)]
_WAITING = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def filled(stack: AsyncExitStack, on: PostgresDatabase, *, deadline: float) -> Handle:
    """A handle with seven artifacts and two connections for reads."""
    settings = attrs.evolve(settings_of(on), reading=2, acquire=1.0, deadline=deadline)
    one = await handle(stack, settings, on.raw)
    await one.store.ledger.commit(a_change(*(an_artifact(f"a-{number}") for number in range(7))))
    return one


@asynccontextmanager
async def held_up(one: Handle) -> AsyncIterator[list[asyncio.Task[Committed]]]:
    """Six changes that attach an edge each, while another process holds the tenant's lineage; one of them waits for it
    in the database by now."""
    async with one.backdoor.connected() as other, other.transaction():
        await other.execute(statement("lock_lineage"), TENANT)
        ledger = one.store.ledger
        changes = [a_change(edges=[edge], attaches_edges=True) for edge in EDGES]
        attaching = [asyncio.create_task(ledger.commit(change)) for change in changes]
        async with asyncio.timeout(20):
            while not await one.backdoor.rows(_WAITING):
                await asyncio.sleep(0.02)
        yield attaching


async def test_who_waits_for_the_tenants_lineage_takes_no_connection_from_reads(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """One at most waits in the database; the others attach after it, in this process."""
    one = await filled(stack, postgres_database, deadline=30.0)
    async with held_up(one) as attaching:
        assert (await one.store.registry.get(TENANT, "a-0")).artifact.version == 1
    positions = [committed.position for committed in await asyncio.gather(*attaching)]
    assert sorted(positions) == [2, 3, 4, 5, 6, 7]
    assert await one.backdoor.edges(TENANT) == frozenset(EDGES)


async def test_who_waits_too_long_for_a_turn_is_told(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Not a deadline for each of those before; one that had its turn already goes through."""
    one = await filled(stack, postgres_database, deadline=0.5)
    async with held_up(one) as (first, *others):
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*others, return_exceptions=True)
        assert all(isinstance(answer, Unavailable) and "did not end in time" in str(answer) for answer in answers)
    assert (await first).position == 2
