"""The outbox among several relays and writers, on real transactions."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import orjson

from artifact_plane.adapters.codec.records import event_body
from artifact_plane.domain.model.change import Event
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.outbox import LEASE, claimed, put
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import NOW, a_change, an_event, at

_ADD: Final = """
    INSERT INTO artifact_plane.event (tenant_id, event_id, subject, position, record) VALUES ($1, $2, $3, 0, $4)
    RETURNING k
"""


async def added(connection: asyncpg.Connection[asyncpg.Record], event: Event) -> int:
    """Put an event in the outbox past the ledger, in the transaction of the connection; its number."""
    record = orjson.dumps(event_body(event))
    number = await connection.fetchval(_ADD, event.tenant_id, event.event_id, event.subject, record)
    assert isinstance(number, int)
    return number


async def test_an_event_that_is_committed_after_a_later_one_is_delivered_too(opened_handle: Handle) -> None:
    """tx1 inserts, tx2 inserts and commits first, a relay looks, tx1 commits: both are delivered (case O01)."""
    async with opened_handle.backdoor.connected() as slow, opened_handle.backdoor.connected() as quick:
        transaction = slow.transaction()
        await transaction.start()
        first = await added(slow, an_event("slow", subject="a"))
        second = await added(quick, an_event("quick", subject="b"))
        assert first < second
        outbox = opened_handle.store.outbox
        assert await claimed(outbox) == ["quick"]
        await outbox.acknowledge(["quick"])
        await transaction.commit()
        assert await claimed(outbox) == ["slow"]


async def test_commits_of_the_ledger_do_not_overtake_one_another(
    opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """While one holds the ledger's position, another process's commit waits: numbers rise as commits do."""
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    async with opened_handle.backdoor.connected() as first:
        transaction = first.transaction()
        await transaction.start()
        await first.execute("UPDATE artifact_plane.ledger_position SET position = position + 1")
        waiting = asyncio.create_task(put(other.store, an_event("later")))
        number = await added(first, an_event("sooner", subject="artifact-2"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await transaction.commit()
        await waiting
    (later,) = await opened_handle.backdoor.rows("SELECT k FROM artifact_plane.event WHERE event_id = 'later'")
    assert later[0] > number


async def test_what_one_relay_is_claiming_is_passed_over_by_others(opened_handle: Handle) -> None:
    """Relays do not wait for one another: a row that is locked is left to who has locked it."""
    await put(opened_handle.store, an_event("held", subject="a"), an_event("free", subject="b"))
    async with opened_handle.backdoor.connected() as relay, relay.transaction():
        await relay.execute("SELECT FROM artifact_plane.event WHERE event_id = 'held' FOR UPDATE")
        assert await claimed(opened_handle.store.outbox) == ["free"]
    assert await claimed(opened_handle.store.outbox) == ["held"]


async def test_several_relays_keep_the_order_of_each_subject(
    opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Four relays of two processes and many events of few subjects: each once, each subject's in order."""
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    events = [an_event(f"{subject}-{number:02d}", subject=subject) for number in range(12) for subject in "abcde"]
    await opened_handle.store.ledger.commit(a_change(events=events))
    delivered: list[str] = []

    async def relay(name: str, through: Handle) -> None:
        while len(delivered) < len(events):
            for pending in await through.store.outbox.claim(name, NOW, lease=LEASE, limit=3):
                delivered.append(pending.event.event_id)
                await through.store.outbox.acknowledge([pending.event.event_id])

    relays = [relay(f"relay-{number}", (opened_handle, other)[number % 2]) for number in range(4)]
    await asyncio.wait_for(asyncio.gather(*relays), 60)
    for subject in "abcde":
        own = [event_id for event_id in delivered if event_id.startswith(subject)]
        assert own == [f"{subject}-{number:02d}" for number in range(12)]


async def test_trouble_is_kept_whatever_it_says(opened_handle: Handle) -> None:
    """A sink's words may hold what the database cannot: that is replaced, and the event is not lost for it."""
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, an_event())
    await outbox.retry_later("event-1", NOW, "NUL \x00 and a lone \ud800")
    (pending,) = await outbox.claim("relay", at(1), lease=LEASE, limit=1)
    assert pending.trouble == "NUL \ufffd and a lone ?"
    for name in ("a\x00b", "\ud800"):
        await outbox.acknowledge([name])
        await outbox.set_aside(name, "no")
        assert not await outbox.requeue(name, NOW)
    assert await outbox.pending() == 1
