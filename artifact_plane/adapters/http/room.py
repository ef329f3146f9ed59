"""Room for large documents: how many bytes of JSON a service has in work at once.

A document takes many times its size once it is read. Whoever finds no room waits a while, and then is told to come
again: memory stays bounded whatever is sent.
"""

from __future__ import annotations

import asyncio
from typing import Final

from artifact_plane.adapters.flow.slots import Slots
from artifact_plane.adapters.http.problems import RequestProblem

PATIENCE: Final = 10.0
"""Seconds that a document waits for room."""
_ANY_NUMBER: Final = 2**31


class Room:
    """So many bytes, given out in the order in which they were asked for. For one event loop."""

    def __init__(self, size: int) -> None:
        self._size: Final = size
        self._slots: Final = Slots(_ANY_NUMBER, size)

    async def take(self, wanted: int, patience: float = PATIENCE) -> int:
        """Take room for ``wanted`` bytes, all of it where that is not enough; how much has to be given back.

        Raises:
            RequestProblem: 503; none came free in time.
        """
        weight = min(wanted, self._size)
        try:
            async with asyncio.timeout(patience):
                await self._slots.take(weight)
        except TimeoutError as error:
            raise _no_room() from error
        return weight

    def give(self, weight: int) -> None:
        """Give room back, and let in whoever fits now."""
        self._slots.give(weight)


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
