"""Room for large documents: how many bytes of JSON a service has in work at once.

A document takes many times its size once it is read. Whoever finds no room waits a while, and then is told to come
again: memory stays bounded whatever is sent. One caller's documents have half of it at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final
from weakref import WeakValueDictionary

from artifact_plane.adapters.flow.slots import Slots
from artifact_plane.adapters.http.problems import RequestProblem

_ANY_NUMBER: Final = 2**31


class Room:
    """So many bytes, given out in the order in which they were asked for, and half of them to one holder at most.

    For one event loop.
    """

    def __init__(self, size: int, patience: float = 10.0) -> None:
        """``patience`` is how many seconds a document waits for room."""
        self._patience: Final = patience
        self._half: Final = max(size // 2, 1)
        self._all: Final = Slots(_ANY_NUMBER, size)
        self._halves: Final = WeakValueDictionary[str, Slots]()

    async def take(self, wanted: int, holder: str, patience: float | None = None) -> Callable[[], None]:
        """Take room for ``wanted`` bytes, or all that ``holder`` may have where that is not enough.

        What is returned gives it back, and lets in whoever fits then.

        Raises:
            RequestProblem: 503; none came free in time.
        """
        weight = min(wanted, self._half)
        own = self._halves.setdefault(holder, Slots(_ANY_NUMBER, self._half))
        with ExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience if patience is None else patience):
                    for slots in (own, self._all):
                        await slots.take(weight)
                        taken.callback(slots.give, weight)
            except TimeoutError as error:
                raise _no_room() from error
            return taken.pop_all().close


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
