"""The Outbox's law: every committed event at least once, in its subject's order, and no poison for others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import Outbox, PendingEvent
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import NOW, OTHER_TENANT, TENANT, a_change, an_event, at

LEASE = 30.0


async def put(store: RecordStoreUnderTest, *events: Event) -> None:
    """Commit each event in a change of its own, in order."""
    for event in events:
        await store.ledger.commit(a_change(events=[event], tenant_id=event.tenant_id))


async def later(store: RecordStoreUnderTest, seconds: float, now: datetime = NOW) -> datetime:
    """Let so much time pass after ``now``; what the clock of a caller shows then."""
    await store.backdoor.let_events_wait(seconds)
    return now + timedelta(seconds=seconds)


async def claimed(outbox: Outbox, now: datetime = NOW, *, limit: int = 100, holder: str = "relay") -> list[str]:
    """Claim what is due, as event ids."""
    return ids(await outbox.claim(holder, now, lease=LEASE, limit=limit))


def ids(events: Iterable[PendingEvent]) -> list[str]:
    """The event ids."""
    return [pending.event.event_id for pending in events]


class OutboxContract:
    """Subclass it and give the fixture ``store``."""

    async def test_a_committed_event_is_there_field_for_field(self, store: RecordStoreUnderTest) -> None:
        """An event that was committed is claimed as it was written, untried, by another process too."""
        await put(store, an_event())
        assert await store.backdoor.event_body("event-1") == an_event().body
        other = await store.reopen()
        assert await other.outbox.claim("relay", NOW, lease=LEASE, limit=5) == (
            PendingEvent(event=an_event(), tries=0),
        )

    async def test_an_empty_outbox_gives_nothing(self, store: RecordStoreUnderTest) -> None:
        """Nothing pending, nothing to claim."""
        assert await claimed(store.outbox) == []
        assert await store.outbox.pending() == 0

    async def test_claims_are_oldest_first_and_limited(self, store: RecordStoreUnderTest) -> None:
        """Up to ``limit`` events that are due, oldest first."""
        names = ["e5", "e1", "e4", "e2", "e3"]
        await put(store, *(an_event(name, subject=name) for name in names))
        assert await claimed(store.outbox, limit=2) == names[:2]
        assert await claimed(store.outbox, limit=10) == names[2:]

    async def test_events_of_one_change_keep_their_order(self, store: RecordStoreUnderTest) -> None:
        """Oldest first inside a commit as well."""
        names = ["z", "a", "m"]
        await store.ledger.commit(a_change(events=[an_event(name, subject=name) for name in names]))
        assert await claimed(store.outbox) == names

    async def test_nobody_else_gets_a_claimed_event(self, store: RecordStoreUnderTest) -> None:
        """For ``lease`` seconds it is the claimer's, in every process."""
        await put(store, an_event())
        other = await store.reopen()
        assert await claimed(store.outbox) == ["event-1"]
        now = await later(store, LEASE / 2)
        assert await claimed(other.outbox, now, holder="relay-2") == []
        assert await claimed(store.outbox, now) == []

    async def test_two_relays_at_once_share_the_events(self, store: RecordStoreUnderTest) -> None:
        """Concurrent claims hand out each event once."""
        await put(store, *(an_event(f"event-{number:02d}", subject=f"s{number}") for number in range(20)))
        other = await store.reopen()
        relays = [(store.outbox, "relay-1"), (other.outbox, "relay-2")] * 5
        shares = await asyncio.gather(*(claimed(outbox, limit=3, holder=holder) for outbox, holder in relays))
        assert sorted(event for share in shares for event in share) == [f"event-{number:02d}" for number in range(20)]

    async def test_after_the_lease_others_may_take_it(self, store: RecordStoreUnderTest) -> None:
        """A relay that died after publishing: the event is delivered again under the same event id (case O02)."""
        await put(store, an_event())
        await store.outbox.claim("relay-1", NOW, lease=LEASE, limit=1)
        assert await claimed(store.outbox, await later(store, LEASE), holder="relay-2") == ["event-1"]

    async def test_acknowledged_events_are_gone(self, store: RecordStoreUnderTest) -> None:
        """These were delivered: remove them, rows and all; what is not there has no effect."""
        one, two, three = (an_event(f"e{number}", subject=f"s{number}") for number in (1, 2, 3))
        await put(store, one, two, three)
        await claimed(store.outbox)
        await store.outbox.acknowledge("relay", [one, an_event("absent"), three])
        await store.outbox.acknowledge("relay", [one])
        await store.outbox.acknowledge("relay", [])
        assert (await store.backdoor.census())["events"] == 1
        assert await claimed(store.outbox, await later(store, LEASE)) == ["e2"]

    async def test_a_relay_has_a_say_about_what_it_holds_and_nothing_else(self, store: RecordStoreUnderTest) -> None:
        """Who never claimed an event, or lost it to another, cannot remove it, put it off or set it aside."""
        await put(store, an_event())
        await claimed(store.outbox, holder="slow")
        assert await claimed(store.outbox, await later(store, LEASE), holder="quick") == ["event-1"]
        for stranger in ("slow", "nobody"):
            await store.outbox.acknowledge(stranger, [an_event()])
            await store.outbox.retry_later(stranger, an_event(), at(LEASE), pause=0, trouble="bad")
            await store.outbox.set_aside(stranger, an_event(), "worse")
        assert await claimed(store.outbox, at(LEASE), holder="third") == []
        assert await store.outbox.pending() == 1
        await store.outbox.acknowledge("quick", [an_event()])
        assert await store.outbox.pending() == 0

    async def test_what_is_given_back_is_anybodys_at_once(self, store: RecordStoreUnderTest) -> None:
        """Untried, and in order; only who holds an event can give it back."""
        await put(store, an_event("first"), an_event("second"), an_event("other", subject="artifact-2"))
        assert await claimed(store.outbox) == ["first", "other"]
        await store.outbox.release("nobody", [an_event("first")])
        assert await claimed(store.outbox, holder="relay-2") == []
        await store.outbox.release("relay", [an_event("first"), an_event("absent")])
        await store.outbox.release("relay", [])
        (pending,) = await store.outbox.claim("relay-2", NOW, lease=LEASE, limit=10)
        assert (pending.event.event_id, pending.tries, pending.trouble) == ("first", 0, None)
        await store.outbox.acknowledge("relay", [an_event("first")])
        assert await store.outbox.pending() == 3

    async def test_who_was_late_and_was_not_replaced_has_its_say(self, store: RecordStoreUnderTest) -> None:
        """A lease that has run out takes nothing away as long as nobody else has claimed the event."""
        await put(store, an_event())
        await claimed(store.outbox)
        await later(store, 2 * LEASE)
        await store.outbox.acknowledge("relay", [an_event()])
        assert await store.outbox.pending() == 0

    # Order

    async def test_events_of_one_subject_come_one_after_the_other(self, store: RecordStoreUnderTest) -> None:
        """An event is left out while an earlier one of the same tenant and subject is pending or claimed."""
        events = [an_event("first"), an_event("second"), an_event("third")]
        await put(store, *events)
        for event in events:
            assert await claimed(store.outbox) == [event.event_id]
            assert await claimed(store.outbox) == []
            await store.outbox.acknowledge("relay", [event])
        assert await store.outbox.pending() == 0

    async def test_subjects_and_tenants_do_not_wait_for_one_another(self, store: RecordStoreUnderTest) -> None:
        """The same subject of another tenant is another subject."""
        await put(
            store,
            an_event("ours"),
            an_event("ours-later"),
            an_event("theirs", tenant_id=OTHER_TENANT),
            an_event("elsewhere", subject="artifact-2"),
        )
        assert await claimed(store.outbox) == ["ours", "theirs", "elsewhere"]

    async def test_a_limit_is_filled_past_the_subjects_that_wait(self, store: RecordStoreUnderTest) -> None:
        """Events that are left out do not use up the limit."""
        await put(store, *(an_event(f"busy-{number}") for number in range(50)), an_event("free", subject="s"))
        assert await claimed(store.outbox, limit=2) == ["busy-0", "free"]

    async def test_a_later_event_waits_for_an_earlier_one_that_is_not_due(self, store: RecordStoreUnderTest) -> None:
        """Pending is pending, due or not: order goes before speed."""
        await put(store, an_event("first"), an_event("second"))
        await claimed(store.outbox)
        await store.outbox.retry_later("relay", an_event("first"), NOW, pause=60, trouble="the sink is down")
        now = await later(store, 30)
        assert await claimed(store.outbox, now) == []
        assert await claimed(store.outbox, await later(store, 30, now)) == ["first"]

    async def test_no_event_is_lost_when_commits_overtake_one_another(self, store: RecordStoreUnderTest) -> None:
        """While a relay claims and acknowledges, concurrent commits lose nothing (case O01)."""
        names = {f"event-{number}" for number in range(40)}
        other = await store.reopen()
        seen: set[str] = set()

        async def write(name: str, through: RecordStoreUnderTest) -> None:
            await through.ledger.commit(a_change(events=[an_event(name, subject=name)]))

        async def relay() -> None:
            for _ in range(10):
                delivered = [one.event for one in await store.outbox.claim("relay", NOW, lease=LEASE, limit=7)]
                seen.update(event.event_id for event in delivered)
                await store.outbox.acknowledge("relay", delivered)
                await asyncio.sleep(0)

        writers = [write(name, (store, other)[number % 2]) for number, name in enumerate(sorted(names))]
        await asyncio.gather(relay(), *writers)
        seen.update(await claimed(store.outbox))
        assert seen == names

    # Trouble

    async def test_a_failed_delivery_is_due_again_later(self, store: RecordStoreUnderTest) -> None:
        """Due again at ``due``; counts as a try and keeps the reason."""
        await put(store, an_event())
        now = NOW
        for number in (1, 2):
            await claimed(store.outbox, now)
            await store.outbox.retry_later("relay", an_event(), now, pause=60, trouble=f"trouble {number}")
            now = await later(store, 30, now)
            assert await claimed(store.outbox, now) == []
            now = await later(store, 30, now)
        (pending,) = await store.outbox.claim("relay", now, lease=LEASE, limit=1)
        assert (pending.tries, pending.trouble) == (2, "trouble 2")

    async def test_poison_is_set_aside_and_does_not_hold_up_others(self, store: RecordStoreUnderTest) -> None:
        """It is kept, shown and delivered no more; its own subject goes on too (case O03)."""
        await put(store, an_event("poison"), an_event("next"), an_event("other", subject="artifact-2"))
        assert await claimed(store.outbox) == ["poison", "other"]
        await store.outbox.retry_later("relay", an_event("poison"), NOW, pause=0, trouble="bad once")
        await claimed(store.outbox)
        await store.outbox.set_aside("relay", an_event("poison"), "the sink refuses it")
        assert await claimed(store.outbox, await later(store, 10**6), limit=10) == ["next", "other"]
        (shown,) = await store.outbox.set_aside_events(limit=10)
        assert (shown.event, shown.trouble) == (an_event("poison"), "the sink refuses it")
        assert await store.outbox.pending() == 2

    async def test_what_was_set_aside_is_shown_oldest_first(self, store: RecordStoreUnderTest) -> None:
        """Up to ``limit``, oldest first, seen by another process."""
        names = ["c", "a", "b"]
        await put(store, *(an_event(name, subject=name) for name in names))
        await claimed(store.outbox)
        for name in reversed(names):
            await store.outbox.set_aside("relay", an_event(name, subject=name), "no")
        other = await store.reopen()
        assert ids(await other.outbox.set_aside_events(limit=2)) == names[:2]

    async def test_requeue_makes_it_due_again_with_its_tries_forgotten(self, store: RecordStoreUnderTest) -> None:
        """Due at once. True once; False where there is none that was set aside."""
        await put(store, an_event())
        assert not await store.outbox.requeue("event-1")
        await claimed(store.outbox)
        await store.outbox.retry_later("relay", an_event(), NOW, pause=60, trouble="bad")
        now = await later(store, 60)
        await claimed(store.outbox, now)
        await store.outbox.set_aside("relay", an_event(), "worse")
        assert await store.outbox.requeue("event-1")
        assert not await store.outbox.requeue("event-1")
        assert not await store.outbox.requeue("absent")
        (pending,) = await store.outbox.claim("relay", now, lease=LEASE, limit=1)
        assert (pending.tries, pending.trouble) == (0, None)
        assert await store.outbox.set_aside_events(limit=10) == ()

    async def test_pending_counts_what_waits(self, store: RecordStoreUnderTest) -> None:
        """Claimed ones wait still; those set aside do not."""
        await put(store, *(an_event(name, subject=name) for name in "abcd"))
        await claimed(store.outbox, limit=2)
        await store.outbox.set_aside("relay", an_event("b", subject="b"), "no")
        assert await store.outbox.pending() == 3

    async def test_trouble_with_what_is_not_there_has_no_effect(self, store: RecordStoreUnderTest) -> None:
        """An event that somebody else has acknowledged meanwhile comes to no harm, and makes none."""
        await store.outbox.retry_later("relay", an_event("absent"), NOW, pause=1, trouble="bad")
        await store.outbox.set_aside("relay", an_event("absent"), "worse")
        assert await store.outbox.pending() == 0
        assert await store.outbox.set_aside_events(limit=1) == ()

    async def test_what_is_read_cannot_alter_the_event(self, store: RecordStoreUnderTest) -> None:
        """An event's body is a copy."""
        await put(store, an_event())
        (pending,) = await store.outbox.claim("relay", NOW, lease=LEASE, limit=1)
        assert isinstance(pending.event.body, dict)
        pending.event.body["altered"] = True
        (again,) = await store.outbox.claim("relay", await later(store, LEASE), lease=LEASE, limit=1)
        assert (again.event, again.event.tenant_id) == (an_event(), TENANT)
