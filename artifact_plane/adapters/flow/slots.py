"""Back-pressure: a bounded number of places, and of bytes, for what waits to be written."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final


class Slots:
    """Places in a queue, given out in the order in which they were asked for. For one event loop."""

    def __init__(self, count: int, size: int) -> None:
        self._count: Final = count
        self._size: Final = size
        self._taken = 0
        self._filled = 0
        self._waiting: Final[deque[tuple[int, asyncio.Future[None]]]] = deque()

    async def take(self, weight: int) -> None:
        """Take a place for ``weight`` bytes, after everybody who asked before. What is too large for all places
        together gets them all."""
        if self.take_at_once(weight):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((weight, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(weight)
            else:
                turn.cancel()
                self._let_in()  # who stood behind may fit
            raise

    def take_at_once(self, weight: int) -> bool:
        """Take a place if there is one and nobody waits; whether it was taken."""
        free = not self._waiting and self._fits(weight)
        if free:
            self._occupy(weight)
        return free

    def give(self, weight: int) -> None:
        """Give a place back, and let in whoever fits now."""
        self._taken -= 1
        self._filled -= weight
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._fits(self._waiting[0][0])):
            waiting, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._occupy(waiting)
                turn.set_result(None)

    def _fits(self, weight: int) -> bool:
        return self._taken == 0 or (self._taken < self._count and self._filled + weight <= self._size)

    def _occupy(self, weight: int) -> None:
        self._taken += 1
        self._filled += weight
