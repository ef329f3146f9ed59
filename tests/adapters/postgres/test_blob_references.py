"""Sweepers against holders whose lease has run out although they live."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from artifact_plane.domain.model.errors import Conflict
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import HOLDER, TENANT, a_change, a_claim, a_digest, a_rendering, a_tombstone, an_artifact

PICTURE = a_digest(b"picture")


async def late(store: Handle) -> None:
    """A holder with a claim, whose lease has run out: it was too slow, and does not know."""
    await store.store.state.hold(HOLDER)
    await store.store.references.claim(a_claim())
    await store.home.leases.stop()
    await store.backdoor.run_out([HOLDER])


async def test_a_holder_that_was_too_slow_cannot_refer_to_what_may_be_swept(opened_handle: Handle) -> None:
    """Once a sweeper has been told that the blob may go, the commit under the old claim is a conflict."""
    await late(opened_handle)
    assert await opened_handle.store.references.removable(TENANT, PICTURE)
    with pytest.raises(Conflict):
        await opened_handle.store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))
    assert await opened_handle.store.backdoor.references(TENANT) == []


async def test_and_neither_when_its_claim_was_settled(opened_handle: Handle) -> None:
    """Also where the sweeper was told to leave the blob alone: nothing protects it for this holder any more."""
    store = opened_handle.store
    other = an_artifact("other", parts=[a_rendering()])
    await store.ledger.commit(a_change(other))
    await late(opened_handle)
    assert not await store.references.removable(TENANT, PICTURE)
    await store.references.settle(a_claim())
    await store.ledger.commit(a_change(a_tombstone(other)))
    assert await store.references.removable(TENANT, PICTURE)
    with pytest.raises(Conflict):
        await store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))


async def test_a_claim_that_was_taken_is_swept_though_its_holder_came_back(opened_handle: Handle) -> None:
    """It stays on the list until it is settled; a new claim on the same blob protects it again."""
    store = opened_handle.store
    await late(opened_handle)
    assert await store.references.removable(TENANT, PICTURE)
    await store.state.hold("holder-2")
    await opened_handle.backdoor.rows("UPDATE artifact_plane.holder SET lease_until = now() + interval '1 h'")
    assert await store.references.abandoned(TENANT) == (a_claim(),)
    await store.references.claim(a_claim(claim_id="claim-2", holder="holder-2"))
    assert not await store.references.removable(TENANT, PICTURE)
    await store.references.settle(a_claim())
    assert await store.references.abandoned(TENANT) == ()


async def test_what_is_not_removable_loses_no_claim(opened_handle: Handle) -> None:
    """Where the answer is no, nothing was taken: a holder that comes back in time goes on."""
    store = opened_handle.store
    await store.ledger.commit(a_change(an_artifact("other", parts=[a_rendering()])))
    await late(opened_handle)
    assert not await store.references.removable(TENANT, PICTURE)
    await store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))
    assert await store.backdoor.references(TENANT) == [PICTURE, PICTURE]


async def test_a_commit_that_is_under_way_is_waited_for(
    opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """A sweeper that asks while the claim turns into a reference gets the answer from after the commit."""
    sweeper = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    await late(opened_handle)
    async with opened_handle.backdoor.connected() as commit:
        transaction = commit.transaction()
        await transaction.start()
        await commit.execute("DELETE FROM artifact_plane.claim")
        asking = asyncio.create_task(sweeper.store.references.removable(TENANT, PICTURE))
        await asyncio.sleep(0.2)
        assert not asking.done()
        await commit.execute(
            """
            WITH made AS (INSERT INTO artifact_plane.node (tenant_id, id, position) VALUES ($1, 'x', 1) RETURNING k)
            INSERT INTO artifact_plane.blob_reference (tenant_id, digest, owner, part) SELECT $1, $2, k, 'p' FROM made
            """,
            TENANT,
            PICTURE,
        )
        await transaction.commit()
    assert not await asking


async def test_a_sweeper_that_is_taking_a_claim_is_waited_for(opened_handle: Handle) -> None:
    """A commit that asks meanwhile gets the answer from after the sweeper's transaction."""
    await late(opened_handle)
    async with opened_handle.backdoor.connected() as sweeper:
        transaction = sweeper.transaction()
        await transaction.start()
        await sweeper.execute("UPDATE artifact_plane.claim SET taken = true")
        change = a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"])
        commit = asyncio.create_task(opened_handle.store.ledger.commit(change))
        await asyncio.sleep(0.2)
        assert not commit.done()
        await transaction.commit()
    with pytest.raises(Conflict):
        await commit


async def test_a_commit_that_nobody_waits_for_any_more_cannot_refer_to_what_was_swept(opened_handle: Handle) -> None:
    """While it waited for another process's, its caller went away and gave the claim up, and the blob was swept."""
    store = opened_handle.store
    await store.state.hold(HOLDER)
    await store.references.claim(a_claim())
    async with opened_handle.backdoor.connected() as rival:
        transaction = rival.transaction()
        await transaction.start()
        await rival.execute("UPDATE artifact_plane.ledger_position SET position = position")
        change = a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"])
        commit = asyncio.create_task(store.ledger.commit(change))
        await asyncio.sleep(0.2)
        await store.references.abandon(TENANT, ["claim-1"])
        assert await store.references.removable(TENANT, PICTURE)
        await store.references.settle(a_claim())
        await transaction.rollback()
    with pytest.raises(Conflict):
        await commit
    assert await store.backdoor.references(TENANT) == []


async def swept(store: Handle) -> None:
    """A claim of a holder that was too slow, taken from it and settled."""
    await late(store)
    assert await store.store.references.removable(TENANT, PICTURE)
    await store.store.references.settle(a_claim())


async def age(store: Handle, days: float) -> None:
    """Let so many days pass since claims were swept."""
    await store.backdoor.rows("UPDATE artifact_plane.swept_claim SET at = at - make_interval(secs => $1)", days * 86400)


async def remembered(store: Handle) -> int:
    """How many swept claims are remembered."""
    return int((await store.backdoor.rows("SELECT count(*) FROM artifact_plane.swept_claim"))[0][0])


@pytest.mark.parametrize("tenant", [TENANT, None])
async def test_what_was_swept_is_remembered_for_a_week(opened_handle: Handle, tenant: str | None) -> None:
    """So long a sweep forgets nothing: the holder that comes back is refused. Afterwards any sweep forgets it."""
    await swept(opened_handle)
    await age(opened_handle, 6.9)
    await opened_handle.store.references.abandoned(tenant)
    with pytest.raises(Conflict):
        await opened_handle.store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))
    await age(opened_handle, 0.2)
    await opened_handle.store.references.abandoned(tenant)
    assert await remembered(opened_handle) == 0


async def test_a_sweep_forgets_so_many_of_all_tenants_oldest_first(opened_handle: Handle) -> None:
    """A bounded number, so that no sweep takes long over it; the next goes on."""
    await opened_handle.backdoor.rows(
        "INSERT INTO artifact_plane.swept_claim (tenant_id, claim_id, at) "
        "SELECT 'tenant-' || i % 7, 'claim-' || i, now() - make_interval(days => 8, secs => i) "
        "FROM generate_series(1, 1500) AS i"
    )
    await opened_handle.store.references.abandoned(TENANT)
    (row,) = await opened_handle.backdoor.rows("SELECT count(*), max(now() - at) FROM artifact_plane.swept_claim")
    assert row[0] == 500
    assert row[1].total_seconds() < 8 * 86_400 + 510
    await opened_handle.store.references.abandoned()
    assert await remembered(opened_handle) == 0
