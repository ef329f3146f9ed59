"""An ArangoDB database in use by this process: blocking calls in threads of their own, a deadline on every question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from artifact_plane.adapters.arango.connection import Connection
from artifact_plane.adapters.arango.conversation import Conversation
from artifact_plane.adapters.arango.errors import too_late
from artifact_plane.adapters.arango.rest import Rest
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable

T = TypeVar("T")


class ArangoDatabase:
    """At most ``threads`` questions are worked on at once; those that wait for a thread are within their deadline."""

    def __init__(self, settings: ArangoSettings) -> None:
        self.settings: Final = settings
        self._connection: Final = Connection(settings)
        self._pool: Final = ThreadPoolExecutor(settings.threads, thread_name_prefix="arango")
        self._rest: Final = Rest(settings.rest_seconds, settings.where)
        self._under_way: Final[set[Conversation]] = set()
        self._closed = False

    async def ask(self, work: Callable[[Conversation], T], *, seconds: float | None = None) -> T:
        """What ``work`` says in a thread, within ``seconds`` (``answer_seconds`` where not given).

        Raises:
            Unavailable, Damaged: see ``errors``; Unavailable too when the time is over.
        """
        if self._closed:
            raise Unavailable("it was closed here", where=self.settings.where, remedy="open it again", retryable=False)
        self._rest.check(calling=False)
        conversation = Conversation(self.settings, self._connection)
        self._under_way.add(conversation)
        try:
            async with asyncio.timeout(self.settings.answer_seconds if seconds is None else seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._asked, work, conversation)
        except TimeoutError as error:
            raise too_late(self.settings.where) from error
        finally:
            conversation.abandon()
            self._under_way.discard(conversation)

    def _asked(self, work: Callable[[Conversation], T], conversation: Conversation) -> T:
        """In a thread, which may have come free only after another question had found that the server is away."""
        trial = self._rest.check(calling=True)
        try:
            answer = work(conversation)
        except ArtifactPlaneError as error:
            self._rest.failed(error)
            raise
        finally:
            if trial:
                self._rest.tried()
        self._rest.answered()
        return answer

    async def close(self) -> None:
        """End what is under way, each at its next call at the latest, and close the connections."""
        self._closed = True
        for conversation in self._under_way:
            conversation.abandon()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._connection.close()
