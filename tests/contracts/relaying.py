"""What relays make of an outbox: several of them, and sinks that are slower than a lease lasts."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.use_cases.relay import LEASES, OutboxRelay
from artifact_plane.ports.event_sink import EventSink
from tests.contracts.outbox import put
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import an_event

SINK_SECONDS: Final = 1.0
SLOWNESS: Final = 0.05
SUBJECTS: Final = 80
TWICE: Final = 20
"""Subjects that a second event is about. A lease lasts for fewer events than the subjects are, one after the other."""


class OneByOne(EventSink):
    """A sink that takes its time for each event, and one at a time."""

    def __init__(self, heard: list[str]) -> None:
        """``heard`` are the ids of the events, as they have been taken."""
        self._heard: Final = heard
        self._turn: Final = asyncio.Lock()

    async def publish(self, event: Event) -> None:
        """Take it in the end."""
        async with self._turn:
            await asyncio.sleep(SLOWNESS)
            self._heard.append(event.event_id)


class RelayingContract:
    """Subclass it and give the fixture ``store``."""

    async def test_slow_sinks_hear_everything_once_and_in_order(self, store: RecordStoreUnderTest) -> None:
        """Two relays, more work than a lease lasts, and no crash: no event comes twice, and none before its time."""
        assert LEASES * SINK_SECONDS < SUBJECTS * SLOWNESS
        first = [an_event(f"first-{number}", subject=f"s{number}") for number in range(SUBJECTS)]
        await put(store, *first)
        await put(store, *(an_event(f"second-{number}", subject=f"s{number}") for number in range(TWICE)))
        heard: list[str] = []
        relays = [
            OutboxRelay(one.outbox, [OneByOne(heard)], SystemClock(), name, sink_seconds=SINK_SECONDS)
            for name, one in (("relay-1", store), ("relay-2", await store.reopen()))
        ]
        tasks = [asyncio.create_task(relay.run()) for relay in relays]
        async with asyncio.timeout(180):
            while await store.outbox.pending():
                await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert max(Counter(heard).values()) == 1
        assert len(heard) == SUBJECTS + TWICE
        for number in range(TWICE):
            assert heard.index(f"first-{number}") < heard.index(f"second-{number}")
