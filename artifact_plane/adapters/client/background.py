"""An event loop in a thread of its own, for those who have none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")


class Background:
    """Carries out coroutines in its thread while the caller waits. Any number of threads may call it at once."""

    def __init__(self) -> None:
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = Thread(target=self._loop.run_forever, name="artifact-plane-client", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """What ``work`` comes to; it raises what that raises. Whoever is interrupted while waiting cancels it."""
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("the application is closed; use it inside its `with` block")
        task = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return task.result()
        finally:
            task.cancel()

    def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter a context."""
        return self.run(_entering(context))

    def leave(self, context: AbstractAsyncContextManager[object]) -> None:
        """Leave a context."""
        self.run(_leaving(context))

    def stop(self) -> None:
        """End the thread, and the loop with it."""
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _entering(context: AbstractAsyncContextManager[T]) -> T:
    return await context.__aenter__()


async def _leaving(context: AbstractAsyncContextManager[object]) -> None:
    await context.__aexit__(None, None, None)
