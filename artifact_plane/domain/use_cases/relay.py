"""The relay: hands committed events to the sinks, at least once (DESIGN section 4, step 6)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from artifact_plane.domain.model.change import Event
from artifact_plane.domain.use_cases.attempting import MOMENT, attempt
from artifact_plane.domain.use_cases.handing import Handing
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.outbox import Outbox, PendingEvent

BATCH: Final = 100
AT_ONCE: Final = 8
"""Events that are handed over at the same time."""
SINK_SECONDS: Final = 10.0
LEASES: Final = 3
"""A lease is so many times as long as a sink may take. Handing over begins in the first third of it only: so it has
ended, and the outbox has been told, well before another relay could claim the event."""
MOST_TRIES: Final = 8
IDLE_SECONDS: Final = 0.5
LONGEST_PAUSE: Final = 30.0

_FIRST_PAUSE: Final = 0.5
_ROUND: Final = 0.1
"""Seconds after which the outbox is told what was delivered, however long the rest takes."""
_REMEMBERED: Final = 1_000

_Key = tuple[str, str]


class OutboxRelay:
    """One relay; several may share the work.

    It hands over the first events of several subjects at once: one that is slow or fails holds up its own subject
    only, and a sink that fails no other sink. What was delivered is acknowledged within moments, and what cannot be
    begun in time is given back. So an event comes twice where a sink failed or was late, and after the death of a
    process or an outage of the outbox that outlasts the lease, and not otherwise.
    """

    def __init__(
        self,
        outbox: Outbox,
        sinks: Sequence[EventSink],
        clock: Clock,
        holder: str,
        *,
        sink_seconds: float = SINK_SECONDS,
    ) -> None:
        """``sink_seconds`` is the longest that a sink may take for one event."""
        self._outbox: Final = outbox
        self._sinks: Final = tuple(sinks)
        self._clock: Final = clock
        self._holder: Final = holder
        self._sink_seconds: Final = sink_seconds
        self._claimed: Final[deque[PendingEvent]] = deque()
        self._begin_until = 0.0
        self._under_way: Final[dict[_Key, Handing]] = {}
        self._ended: Final[dict[_Key, Handing]] = {}
        self._lacking: Final[dict[_Key, tuple[EventSink, ...]]] = {}
        self._trouble: Exception | None = None

    @property
    def trouble(self) -> Exception | None:
        """What ended the background's last attempt, None where it went well. Sinks' troubles are in the outbox."""
        return self._trouble

    async def run(self, *, idle_seconds: float = IDLE_SECONDS, longest_pause: float = LONGEST_PAUSE) -> None:
        """Deliver for ever, looking again after ``idle_seconds`` when there was nothing to do.

        While the outbox is away, or fails in any other way, the pauses double up to ``longest_pause``; ``trouble``
        says why. Nothing but cancellation ends it; what was being handed over then goes on until ``close``.
        """
        pause = idle_seconds
        while True:
            self._trouble = await attempt(self.drain())
            pause = idle_seconds if self._trouble is None else min(pause * 2, longest_pause)
            await self._clock.sleep(pause)

    async def drain(self) -> int:
        """Deliver until nothing is due or under way; the number delivered.

        What fails comes again later, and is set aside after ``MOST_TRIES`` tries.

        Raises:
            Unavailable: the outbox is away; what was delivered meanwhile is told to it by the next call.
        """
        delivered = 0
        while True:
            delivered += await self._report()
            await self._claim()
            if not self._claimed and not self._under_way:
                return delivered
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROUND):
                    await self._hand_over()

    async def close(self, seconds: float) -> None:
        """Deliver what is due for so many seconds at most, and give back the rest. Raises nothing."""
        await attempt(self.drain(), seconds=seconds)
        for handing in self._under_way.values():
            handing.give_up("the relay ended before it did")
        if attempts := self._attempts():
            await asyncio.wait(attempts, timeout=MOMENT)
        self._ended.update(self._under_way)
        self._under_way.clear()
        await attempt(self._leave(), seconds=seconds)

    async def _leave(self) -> None:
        await self._report()
        await self._give_back()

    # Claiming and giving back

    async def _claim(self) -> None:
        """Claim more where none waits, and there is room; give back what could not be begun in time."""
        if self._claimed:
            if _now() >= self._begin_until:
                await self._give_back()
        elif len(self._under_way) < AT_ONCE:
            self._begin_until = _now() + self._sink_seconds
            lease = LEASES * self._sink_seconds
            claimed = await self._outbox.claim(self._holder, self._clock.now(), lease=lease, limit=BATCH)
            self._claimed.extend(pending for pending in claimed if _key(pending.event) not in self._under_way)

    async def _give_back(self) -> None:
        given_back = [pending.event for pending in self._claimed]
        self._claimed.clear()
        await self._outbox.release(self._holder, given_back)

    # Handing over

    async def _hand_over(self) -> None:
        """Begin what there is room for and time for, until all has been begun and has ended."""
        while True:
            self._collect()
            while self._claimed and len(self._under_way) < AT_ONCE and _now() < self._begin_until:
                self._begin(self._claimed.popleft())
            if not self._under_way:
                return
            waits = asyncio.FIRST_COMPLETED if self._claimed else asyncio.ALL_COMPLETED
            await asyncio.wait(self._attempts(), return_when=waits)

    def _begin(self, pending: PendingEvent) -> None:
        key = _key(pending.event)
        self._under_way[key] = Handing(pending, self._lacking.pop(key, self._sinks), self._sink_seconds)

    def _attempts(self) -> list[asyncio.Task[None]]:
        return [attempt for handing in self._under_way.values() for attempt in handing.attempts]

    def _collect(self) -> None:
        for key in [key for key, handing in self._under_way.items() if handing.has_ended()]:
            self._ended[key] = self._under_way.pop(key)

    # Telling the outbox

    async def _report(self) -> int:
        """Tell the outbox what has become of the events that were handed over; how many were delivered."""
        self._collect()
        failures = {key: handing.failures() for key, handing in self._ended.items()}
        delivered = {key: self._ended[key].pending.event for key, failed in failures.items() if not failed}
        if delivered:
            await self._outbox.acknowledge(self._holder, [*delivered.values()])
        count = sum(self._ended.pop(key, None) is not None for key in delivered)
        for key, failed in failures.items():
            if failed and key in self._ended:
                await self._put_off(self._ended[key].pending, "; ".join(failed.values()))
                self._ended.pop(key, None)
                self._remember(key, tuple(failed))
        return count

    def _remember(self, key: _Key, sinks: tuple[EventSink, ...]) -> None:
        """Only these lack the event. Should others have taken it over, and so many, a sink hears of one twice."""
        if len(self._lacking) >= _REMEMBERED:
            self._lacking.clear()
        self._lacking[key] = sinks

    async def _put_off(self, pending: PendingEvent, trouble: str) -> None:
        if pending.tries + 1 >= MOST_TRIES:
            await self._outbox.set_aside(self._holder, pending.event, trouble)
        else:
            pause = _FIRST_PAUSE * 2**pending.tries
            now = self._clock.now()
            await self._outbox.retry_later(self._holder, pending.event, now, pause=pause, trouble=trouble)


def _key(event: Event) -> _Key:
    return event.tenant_id, event.event_id


def _now() -> float:
    """How far the event loop's own time is: what is measured by it is on no clock that anybody sets."""
    return asyncio.get_running_loop().time()
