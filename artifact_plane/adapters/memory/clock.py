"""A clock that is set by hand, and ids in order: the same in every run."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from artifact_plane.ports.clock import Clock, IdSource


@attrs.frozen(kw_only=True)
class _Sleeper:
    """Somebody who waits for the clock to reach ``until``, in the event loop of their own."""

    until: datetime
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Future[None]

    def wake(self) -> None:
        """End the wait, from whichever thread the clock was moved in."""
        self.loop.call_soon_threadsafe(lambda: None if self.woken.done() else self.woken.set_result(None))


class SettableClock(Clock):
    """Time stands still until somebody moves it.

    With ``automatic`` a sleeper moves it on by itself; without, it waits until ``advance`` or ``set`` has moved
    the clock far enough.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC), *, automatic: bool = True) -> None:
        self._now = start.astimezone(UTC)
        self._automatic: Final = automatic
        self._sleepers: list[_Sleeper] = []

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on and wake who has slept long enough."""
        self.set(self._now + timedelta(seconds=seconds))

    def set(self, now: datetime) -> None:
        """Put the clock at ``now`` and wake who has slept long enough."""
        self._now = now.astimezone(UTC)
        due = [sleeper for sleeper in self._sleepers if sleeper.until <= self._now]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper.until > self._now]
        for sleeper in due:
            sleeper.wake()

    async def sleep(self, seconds: float) -> None:
        if self._automatic:
            self.advance(max(seconds, 0))
        until = self._now + timedelta(seconds=0 if self._automatic else seconds)
        if until <= self._now:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        sleeper = _Sleeper(until=until, loop=loop, woken=loop.create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper.woken
        finally:
            self._sleepers = [other for other in self._sleepers if other is not sleeper]


class SequentialIds(IdSource):
    """``id-00000001``, ``id-00000002`` and so on, under a prefix."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix: Final = prefix
        self._numbers: Final = itertools.count(1)

    def new_id(self) -> str:
        return f"{self._prefix}-{next(self._numbers):08d}"
