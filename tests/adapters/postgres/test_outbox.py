"""The outbox among several relays and writers, on real transactions."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import orjson

from artifact_plane.adapters.codec.records import event_body
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.change import Event
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.outbox import LEASE, claimed, put
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import NOW, OTHER_TENANT, a_change, an_event, at

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
        await outbox.acknowledge("relay", [an_event("quick")])
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
                await through.store.outbox.acknowledge(name, [pending.event])

    relays = [relay(f"relay-{number}", (opened_handle, other)[number % 2]) for number in range(4)]
    await asyncio.wait_for(asyncio.gather(*relays), 60)
    for subject in "abcde":
        own = [event_id for event_id in delivered if event_id.startswith(subject)]
        assert own == [f"{subject}-{number:02d}" for number in range(12)]


async def test_trouble_is_kept_whatever_it_says(opened_handle: Handle) -> None:
    """A sink's words may hold what the database cannot: that is replaced, and the event is not lost for it."""
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, an_event())
    await claimed(outbox)
    await outbox.retry_later("relay", an_event(), NOW, pause=0, trouble="NUL \x00 and a lone \ud800")
    (pending,) = await outbox.claim("relay", NOW, lease=LEASE, limit=1)
    assert pending.trouble == "NUL \ufffd and a lone ?"
    for name in ("a\x00b", "\ud800"):
        assert not await outbox.requeue(name)
    assert await outbox.pending() == 1


async def test_the_clocks_of_relays_play_no_part(opened_handle: Handle) -> None:
    """A lease is as long as the database says, for relays whose clocks are days ahead or behind."""
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, an_event())
    assert await claimed(outbox, at(-(10**6)), holder="slow") == ["event-1"]
    assert await claimed(outbox, at(10**9), holder="ahead") == []
    await opened_handle.backdoor.let_events_wait(LEASE)
    assert await claimed(outbox, at(-(10**6)), holder="behind") == ["event-1"]
    await outbox.retry_later("behind", an_event(), at(10**9), pause=LEASE, trouble="bad")
    assert await claimed(outbox, at(10**9)) == []
    await opened_handle.backdoor.let_events_wait(LEASE)
    assert await claimed(outbox, at(-(10**6))) == ["event-1"]


async def test_a_relay_acknowledges_its_tenants_event_and_no_other(opened_handle: Handle) -> None:
    """The same event id of another tenant is another event."""
    ours, theirs = an_event(), an_event(tenant_id=OTHER_TENANT)
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, ours, theirs)
    assert await claimed(outbox) == ["event-1", "event-1"]
    await outbox.acknowledge("relay", [theirs])
    assert await outbox.pending() == 1
    await outbox.set_aside("relay", ours, "no")
    (left,) = await outbox.set_aside_events(limit=5)
    assert (left.event, await outbox.pending()) == (ours, 0)


# A subject for which many events wait


async def crowd(on: Handle, count: int) -> None:
    """Many events of one subject, then one of another."""
    async with on.backdoor.connected() as connection:
        for number in range(count):
            await added(connection, an_event(f"busy-{number}"))
        await added(connection, an_event("free", subject="artifact-2"))


async def in_sight(on: Handle) -> list[str]:
    """The events that a claim looks at."""
    sql = "SELECT event_id FROM artifact_plane.event WHERE NOT set_aside AND NOT behind ORDER BY k"
    return [row[0] for row in await on.backdoor.rows(sql)]


async def test_events_behind_another_are_looked_at_once(opened_handle: Handle) -> None:
    """However many wait for one, the claims that follow do not go past them: one at a time comes to the fore."""
    outbox = opened_handle.store.outbox
    await crowd(opened_handle, 300)
    assert await claimed(outbox, limit=2) == ["busy-0", "free"]
    assert len(await in_sight(opened_handle)) <= 3
    for number in range(4):
        await outbox.acknowledge("relay", [an_event(f"busy-{number}")])
        assert await claimed(outbox, limit=2) == [f"busy-{number + 1}"]
    await outbox.set_aside("relay", an_event("busy-4"), "no")
    assert await claimed(outbox) == ["busy-5"]
    assert await in_sight(opened_handle) == ["busy-5", "free"]


async def test_one_that_was_set_aside_and_comes_back_goes_first_again(opened_handle: Handle) -> None:
    """Its place is where it was; those that came to the fore meanwhile wait for it again."""
    outbox = opened_handle.store.outbox
    await crowd(opened_handle, 3)
    assert await claimed(outbox) == ["busy-0", "free"]
    await outbox.set_aside("relay", an_event("busy-0"), "no")
    assert await outbox.requeue("busy-0")
    for number in range(3):
        assert await claimed(outbox) == [f"busy-{number}"]
        await outbox.acknowledge("relay", [an_event(f"busy-{number}")])


async def test_who_delivers_while_another_looks_leaves_nobody_behind(
    opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """An event that is being removed holds up nobody: the next is not marked, and is claimed afterwards."""
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, an_event("first"))
    await claimed(outbox)
    async with opened_handle.backdoor.connected() as relay:
        removal = relay.transaction()
        await removal.start()
        await relay.execute("DELETE FROM artifact_plane.event")
        await put(other.store, an_event("second"))
        assert await claimed(other.store.outbox) == []
        await removal.commit()
    assert await claimed(other.store.outbox) == ["second"]


async def test_who_looks_while_another_delivers_is_waited_for(opened_handle: Handle) -> None:
    """An event is removed after those behind it were marked, so that the next of them is found."""
    outbox = opened_handle.store.outbox
    await put(opened_handle.store, an_event("first"), an_event("second"))
    assert await claimed(outbox, limit=1) == ["first"]
    await opened_handle.backdoor.rows("UPDATE artifact_plane.event SET behind = false")
    async with opened_handle.backdoor.connected() as relay:
        looking = relay.transaction()
        await looking.start()
        rows = await relay.fetch(statement("claim_events"), "other", LEASE, 1, 10)
        assert [(row["k"], row["marked"]) for row in rows] == [(None, 1)]
        delivering = asyncio.create_task(outbox.acknowledge("relay", [an_event("first")]))
        await asyncio.sleep(0.2)
        assert not delivering.done()
        await looking.commit()
    await delivering
    assert await claimed(outbox) == ["second"]
