"""The clocks of tests: one that stands still until somebody moves it, and one that notes who sleeps for how long."""

from __future__ import annotations

import asyncio
from datetime import datetime

from artifact_plane.adapters.memory.clock import SettableClock
from artifact_plane.ports.clock import Clock

__all__ = ["NotedClock", "SettableClock"]


class NotedClock(Clock):
    """A clock on which nobody wakes up until ``wake``; ``sleeps`` are the pauses that were asked for."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self._asleep: list[asyncio.Event] = []

    def now(self) -> datetime:
        """The time stands still."""
        return SettableClock().now()

    async def sleep(self, seconds: float) -> None:
        """Sleep until woken."""
        self.sleeps.append(seconds)
        woken = asyncio.Event()
        self._asleep.append(woken)
        await woken.wait()

    def wake(self) -> None:
        """Wake everybody."""
        while self._asleep:
            self._asleep.pop().set()
