"""An event loop in a thread of its own, for what must go on while the caller's loop stands still."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Final, Self, TypeVar

from artifact_plane.adapters.postgres.database import WHERE
from artifact_plane.domain.model.errors import Unavailable

T = TypeVar("T")


class Aside:
    """Runs coroutines in that loop, for callers in another. What belongs to a loop must be made, used and closed there.

    The thread ends with its process, whether or not it was told to.
    """

    def __init__(self, name: str) -> None:
        """Use ``open``."""
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._ending = False

    @classmethod
    @asynccontextmanager
    async def open(cls, name: str) -> AsyncIterator[Self]:
        """The loop, at work in a thread called ``name`` until the context is left."""
        aside = cls(name)
        aside._thread.start()
        try:
            yield aside
        finally:
            aside._ending = True
            await asyncio.shield(asyncio.to_thread(aside._end))

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """What ``work`` gives, or raises, there; a caller that is cancelled cancels it.

        Raises:
            Unavailable: the context was left; whatever was under way then has been cancelled.
        """
        if self._ending:
            work.close()
            raise _closed()
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
        except asyncio.CancelledError:
            if self._ending and not _is_cancelled():
                raise _closed() from None
            raise

    def _end(self) -> None:
        asyncio.run_coroutine_threadsafe(_cancel_the_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_the_others() -> None:
    """End whatever else is under way in this loop: who waits for it would wait for ever."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _is_cancelled() -> bool:
    """Whether it is the caller itself that is being cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _closed() -> Unavailable:
    return Unavailable("the record store was closed", where=WHERE, remedy="open it again")
