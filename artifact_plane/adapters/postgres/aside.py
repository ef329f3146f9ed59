"""An event loop in a thread of its own, for what must go on while the caller's loop stands still."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Final, Self, TypeVar

T = TypeVar("T")


class Aside:
    """Runs coroutines in that loop, for callers in another. What belongs to a loop must be made, used and closed there.

    The thread ends with its process, whether or not it was told to.
    """

    def __init__(self, name: str) -> None:
        """Use ``open``."""
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    @classmethod
    @asynccontextmanager
    async def open(cls, name: str) -> AsyncIterator[Self]:
        """The loop, at work in a thread called ``name`` until the context is left."""
        aside = cls(name)
        aside._thread.start()
        try:
            yield aside
        finally:
            await asyncio.shield(asyncio.to_thread(aside._end))

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """What ``work`` gives, or raises, there; a caller that is cancelled cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
