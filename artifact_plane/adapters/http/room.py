"""Room for large documents: how many bytes of JSON a service has in work at once.

A document takes many times its size once it is read. Whoever finds no room waits a while, and then is told to come
again: memory stays bounded whatever is sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from artifact_plane.adapters.http.problems import RequestProblem

PATIENCE: Final = 10.0
"""Seconds that a document waits for room."""


class Room:
    """So many bytes, given out in the order in which they were asked for. For one event loop."""

    def __init__(self, size: int) -> None:
        self._size: Final = size
        self._left = size
        self._waiting: Final[deque[tuple[int, asyncio.Future[None]]]] = deque()

    async def take(self, wanted: int, patience: float = PATIENCE) -> int:
        """Take room for ``wanted`` bytes, all of it where that is not enough; how much has to be given back.

        Raises:
            RequestProblem: 503; none came free in time.
        """
        weight = min(wanted, self._size)
        if not self._waiting and weight <= self._left:
            self._left -= weight
            return weight
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((weight, turn))
        try:
            async with asyncio.timeout(patience):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self.give(weight)
            turn.cancel()
            if isinstance(error, TimeoutError):
                raise _no_room() from error
            raise
        return weight

    def give(self, weight: int) -> None:
        """Give room back, and let in whoever fits now."""
        self._left += weight
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._left):
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self._left -= wanted
                turn.set_result(None)


def _no_room() -> RequestProblem:
    return RequestProblem(
        503,
        "no_room",
        "too many large documents are in work",
        where="body",
        remedy="send it again in a while; large bytes belong into parts of a multipart form",
        headers={"retry-after": "5"},
        closes=True,
    )
