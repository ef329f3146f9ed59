"""The relay: nothing ends it but its application, and nothing that fails holds up anything else (case O03)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.memory.event_sink import MemoryEventSink
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.outbox import MemoryOutbox
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.composition.application import running
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.relay import AT_ONCE, OutboxRelay
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.clock import NotedClock, SettableClock
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.samples import a_change, an_event
from tests.unit.stage import CONTEXT

AWAY: Final = Unavailable("it cannot be reached", where="records", remedy="start it")


class Fragile(MemoryOutbox):
    """An outbox that raises ``trouble`` while there is one: at every call, or only at those that ``breaks`` names."""

    trouble: BaseException | None = None
    breaks: frozenset[str] = frozenset({"claim", "acknowledge", "retry_later", "set_aside"})

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        """Claim, where nothing is wrong."""
        self._look("claim")
        return await super().claim(holder, now, lease=lease, limit=limit)

    async def acknowledge(self, holder: str, events: Sequence[Event]) -> None:
        """Acknowledge, where nothing is wrong."""
        self._look("acknowledge")
        await super().acknowledge(holder, events)

    async def retry_later(self, holder: str, event: Event, now: datetime, *, pause: float, trouble: str) -> None:
        """Put it off, where nothing is wrong."""
        self._look("retry_later")
        await super().retry_later(holder, event, now, pause=pause, trouble=trouble)

    def _look(self, call: str) -> None:
        if self.trouble is not None and call in self.breaks:
            raise self.trouble


class Unsayable(Exception):
    """An error that cannot say what went wrong."""

    def __str__(self) -> str:
        raise KeyError("no words")


async def hang(event: Event) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def deaf(event: Event) -> None:
    """Never answer, and do not heed being cancelled."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(1.5)
            return


async def cancelled(event: Event) -> None:
    """A task of the sink's own was cancelled, and says so."""
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


async def unsayable(event: Event) -> None:
    """Fail without words."""
    raise Unsayable


async def surrogates(event: Event) -> None:
    """Fail with words that no store takes."""
    raise ValueError("NUL \0 and a lone \ud800")


async def leave(event: Event) -> None:
    """End the process."""
    raise SystemExit(3)


class Scripted(EventSink):
    """Does ``what`` with the events of the subjects ``bad``, and keeps the others."""

    def __init__(self, what: Callable[[Event], Awaitable[None]], *bad: str) -> None:
        self.what = what
        self.bad = frozenset(bad)
        self.heard: list[str] = []
        self.tried = 0

    async def publish(self, event: Event) -> None:
        """Take it, or not."""
        self.tried += 1
        if event.subject in self.bad:
            await self.what(event)
        self.heard.append(event.subject)


@attrs.frozen(kw_only=True)
class Stand:
    """An outbox, and what relays work on it."""

    ledger: Ledger
    outbox: Fragile

    async def commit(self, *subjects: str) -> None:
        """Commit one event about each subject."""
        await self.ledger.commit(
            a_change(events=[an_event(f"e{number}-{name}", subject=name) for number, name in enumerate(subjects)])
        )

    def relay(
        self, *sinks: EventSink, clock: Clock | None = None, sink_seconds: float = 0.2, holder: str = "relay"
    ) -> OutboxRelay:
        """A relay whose sinks may take a fifth of a second."""
        return OutboxRelay(self.outbox, sinks, clock or SettableClock(), holder, sink_seconds=sink_seconds)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """An empty outbox."""
    records = MemoryRecordStore()
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(MemoryHome.open(records))
        yield Stand(ledger=home.ledger, outbox=Fragile(records))


@asynccontextmanager
async def at_work(relay: OutboxRelay) -> AsyncIterator[None]:
    """The relay in the background."""
    task = asyncio.create_task(relay.run(idle_seconds=1.0, longest_pause=5.0))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(reached: Callable[[], bool]) -> None:
    """Wait for the background to get there."""
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.001)


# The outbox fails


@pytest.mark.parametrize("trouble", [AWAY, KeyError("a bug"), asyncio.CancelledError(), SystemExit(1)], ids=repr)
async def test_nothing_that_the_outbox_does_ends_the_background(stand: Stand, trouble: BaseException) -> None:
    """The pauses double up to the longest, the trouble is kept; afterwards everything is delivered, and it is gone."""
    sink, clock = MemoryEventSink(), NotedClock()
    relay = stand.relay(sink, clock=clock)
    stand.outbox.trouble = trouble
    await stand.commit("a", "b")
    async with at_work(relay):
        for count in range(1, 4):
            await until(lambda count=count: len(clock.sleeps) == count)  # type: ignore[misc]
            assert relay.trouble is not None
            clock.wake()
        await until(lambda: len(clock.sleeps) == 4)
        assert clock.sleeps == [2.0, 4.0, 5.0, 5.0]
        stand.outbox.trouble = None
        clock.wake()
        await until(lambda: len(clock.sleeps) == 5)
        assert clock.sleeps[-1] == 1.0
        assert relay.trouble is None
    assert [event.subject for event in sink.events] == ["a", "b"]
    assert await stand.outbox.pending() == 0


async def test_what_was_delivered_while_the_outbox_was_away_is_not_delivered_again(stand: Stand) -> None:
    """It is acknowledged when the outbox is back; nobody hears it twice for that, however long it took."""
    clock, sink = SettableClock(), Scripted(surrogates, "bad")
    relay = stand.relay(sink, clock=clock)
    await stand.commit("a", "bad")
    stand.outbox.trouble, stand.outbox.breaks = AWAY, frozenset({"acknowledge"})
    for _ in range(3):
        with pytest.raises(Unavailable):
            await relay.drain()
        clock.advance(600)
    stand.outbox.trouble = None
    sink.bad = frozenset()
    assert await relay.drain() == 1
    clock.advance(600)
    assert await relay.drain() == 1
    assert sink.heard == ["a", "bad"]


async def test_closing_raises_nothing_though_the_outbox_is_away(stand: Stand) -> None:
    """What could not be told is delivered again by whoever comes next."""
    relay = stand.relay(MemoryEventSink())
    await stand.commit("a")
    stand.outbox.trouble, stand.outbox.breaks = AWAY, frozenset({"acknowledge"})
    await relay.close(1.0)
    assert await stand.outbox.pending() == 1


async def test_an_application_whose_outbox_failed_is_closed_like_any_other() -> None:
    """Neither the outage nor a bug of the outbox is what closing raises."""
    home, sink = MemoryHomeOfTests(), MemoryEventSink()
    async with home.process(Scene(policy={}, sinks=(sink,))) as adapters:
        outbox = Fragile(home._records)
        outbox.trouble = RuntimeError("a bug")
        broken = attrs.evolve(adapters, records=attrs.evolve(adapters.records, outbox=outbox))
        async with running(broken, Limits()) as application:
            await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
            await asyncio.sleep(0)
        async with running(adapters, Limits()):
            pass
    assert [event.subject for event in sink.events] == ["n1"]


# A sink fails


@pytest.mark.parametrize("what", [hang, deaf, cancelled, unsayable, surrogates, leave])
async def test_whatever_a_sink_does_with_one_event_the_others_arrive(
    stand: Stand, what: Callable[[Event], Awaitable[None]]
) -> None:
    """It is tried again later, and its trouble is kept in words that every store takes."""
    sink, clock = Scripted(what, "bad"), SettableClock()
    relay = stand.relay(sink, clock=clock)
    good = [f"good-{number}" for number in range(3 * AT_ONCE)]
    await stand.commit("bad", *good)
    assert await relay.drain() == len(good)
    assert sink.heard == good
    clock.advance(60)
    (again,) = await stand.outbox.claim("other", clock.now(), lease=1, limit=10)
    assert (again.event.subject, again.tries) == ("bad", 1)
    assert again.trouble
    again.trouble.encode()
    assert "\0" not in again.trouble


async def test_a_sink_that_hangs_holds_up_nothing_but_what_it_hangs_on(stand: Stand) -> None:
    """Long before it has run out of time the others have been delivered, and acknowledged."""
    sink = Scripted(hang, "bad")
    relay = stand.relay(sink, sink_seconds=60)
    await stand.commit("bad", *map(str, range(3 * AT_ONCE)))
    draining = asyncio.create_task(relay.drain())
    async with asyncio.timeout(60):
        while await stand.outbox.pending() > 1:
            await asyncio.sleep(0.01)
    assert not draining.done()
    await stand.commit("later")
    await until(lambda: "later" in sink.heard)
    draining.cancel()
    await relay.close(0.01)


async def test_a_sink_that_fails_keeps_nothing_from_the_others_and_repeats_nothing_to_them(stand: Stand) -> None:
    """Each sink is given each event, whatever becomes of it at another; only the one that failed is given it again."""
    clock, sound, ill = SettableClock(), MemoryEventSink(), Scripted(unsayable, "a")
    relay = stand.relay(ill, sound, clock=clock)
    await stand.commit("a", "b")
    assert await relay.drain() == 1
    assert [event.subject for event in sound.events] == ["a", "b"]
    clock.advance(60)
    ill.bad = frozenset()
    assert await relay.drain() == 1
    assert [event.subject for event in sound.events] == ["a", "b"]
    assert ill.heard == ["b", "a"]


async def test_closing_gives_back_what_it_holds_and_others_may_take_it(stand: Stand) -> None:
    """No lease has to run out first. What had been begun counts as tried, and says why; the rest does not."""
    clock, subjects = SettableClock(), [str(number) for number in range(AT_ONCE + 5)]
    relay = stand.relay(Scripted(hang, *subjects), clock=clock, sink_seconds=60)
    await stand.commit(*subjects)
    await relay.close(1.0)
    untried = await stand.outbox.claim("other", clock.now(), lease=60, limit=100)
    assert [(one.event.subject, one.tries) for one in untried] == [(name, 0) for name in subjects[AT_ONCE:]]
    clock.advance(1)
    tried = await stand.outbox.claim("other", clock.now(), lease=60, limit=100)
    assert [(one.event.subject, one.tries) for one in tried] == [(name, 1) for name in subjects[:AT_ONCE]]
    assert all("the relay ended" in (one.trouble or "") for one in tried)


async def test_what_cannot_be_begun_in_time_is_given_back(stand: Stand) -> None:
    """While a sink hangs on as many events as are handed over at once, another relay may take the others."""
    subjects = [str(number) for number in range(AT_ONCE)]
    sink = Scripted(hang, *subjects)
    relay = stand.relay(sink, sink_seconds=1.5)
    await stand.commit(*subjects, "good")
    draining = asyncio.create_task(relay.drain())
    await until(lambda: sink.tried == AT_ONCE)
    assert await stand.relay(sink, holder="other").drain() == 0
    assert await draining == 1
    assert sink.heard == ["good"]
