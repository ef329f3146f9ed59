"""The relay: hands committed events to the sinks, at least once (DESIGN section 4, step 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from artifact_plane.domain.model.change import Event
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.outbox import Outbox, PendingEvent

BATCH: Final = 100
LEASE_SECONDS: Final = 30.0
MOST_TRIES: Final = 8
_FIRST_PAUSE: Final = 0.5


class OutboxRelay:
    """One relay; several may share the work."""

    def __init__(self, outbox: Outbox, sinks: Sequence[EventSink], clock: Clock, holder: str) -> None:
        self._outbox = outbox
        self._sinks = tuple(sinks)
        self._clock = clock
        self._holder = holder

    async def run(self, *, idle_seconds: float = 0.5) -> None:
        """Deliver for ever, looking again after ``idle_seconds`` when there was nothing to do."""
        while True:
            if not await self.deliver_due():
                await self._clock.sleep(idle_seconds)

    async def drain(self) -> int:
        """Deliver until nothing is due; the number of events delivered."""
        delivered = 0
        while done := await self.deliver_due():
            delivered += done
        return delivered

    async def deliver_due(self) -> int:
        """Deliver one batch of what is due; the number delivered. Failures come again later, then are set aside."""
        batch = await self._outbox.claim(self._holder, self._clock.now(), lease=LEASE_SECONDS, limit=BATCH)
        delivered = [pending.event.event_id for pending in batch if await self._delivered(pending)]
        await self._outbox.acknowledge(delivered)
        return len(delivered)

    async def _delivered(self, pending: PendingEvent) -> bool:
        trouble = await self._published(pending.event)
        if trouble is None:
            return True
        if pending.tries + 1 >= MOST_TRIES:
            await self._outbox.set_aside(pending.event.event_id, trouble)
        else:
            pause = timedelta(seconds=_FIRST_PAUSE * 2**pending.tries)
            await self._outbox.retry_later(pending.event.event_id, self._clock.now() + pause, trouble)
        return False

    async def _published(self, event: Event) -> str | None:
        """The boundary: hand the event to every sink; what went wrong, or None."""
        try:
            for sink in self._sinks:
                await sink.publish(event)
        except Exception as error:  # noqa: BLE001 - a sink is other people's code (law 23)
            return f"{type(error).__name__}: {error}"[:500]
        return None
