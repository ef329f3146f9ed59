"""Threads for calls that block: as many as set, and a turn for each call that waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from artifact_plane.adapters.gcs.errors import WHERE
from artifact_plane.domain.model.errors import Unavailable

T = TypeVar("T")


class Lanes:
    """A thread pool whose queue is the callers themselves: nothing is handed to it before a thread is free."""

    def __init__(self, threads: int, patience_s: float) -> None:
        """``patience_s`` is how long a call waits for its turn."""
        self._threads: Final = ThreadPoolExecutor(threads, thread_name_prefix="payload-bucket")
        self._free: Final = asyncio.Semaphore(threads)
        self._patience_s: Final = patience_s
        self._closed = False

    async def run(self, work: Callable[[], T], abandon: Callable[[], None] | None = None) -> T:
        """What ``work`` gives, done in a thread.

        If the caller is cancelled meanwhile, ``abandon`` is called, and the work has ended before the caller hears of
        it; without ``abandon`` it is left to end by itself.

        Raises:
            Unavailable: no thread was free in time, or it was closed.
        """
        await self._turn()
        if self._closed:
            self._free.release()
            raise Unavailable("the store was closed", where=WHERE, remedy="open it again", retryable=False)
        running = self._threads.submit(work)
        running.add_done_callback(self._freed_in(asyncio.get_running_loop()))
        done = asyncio.wrap_future(running)
        done.add_done_callback(_seen)  # a caller that is cancelled, be it twice, does not look at it any more
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if abandon is not None:
                abandon()
                await asyncio.wait([done])
            raise

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable(
                "all threads of the store are busy",
                where=WHERE,
                remedy="do less at once, or raise the setting [gcs] threads",
            ) from None

    def _freed_in(self, loop: asyncio.AbstractEventLoop) -> Callable[[Future[T]], None]:
        def freed(_: Future[T]) -> None:
            loop.call_soon_threadsafe(self._free.release)

        return freed

    async def close(self) -> None:
        """Wait for what is under way, refuse what waits for its turn, and end the threads."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)


def _seen(done: asyncio.Future[T]) -> None:
    """That work failed which nobody waits for is no news."""
    if not done.cancelled():
        done.exception()
