"""A bounded set of connections, lent one at a time. Nothing of a session outlives a transaction: nothing is reset."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg
import attrs

from artifact_plane.adapters.postgres.errors import DRIVER_ERRORS, unreadable_address
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import Unavailable

_PLANS: Final = {"plan_cache_mode": "force_generic_plan"}
"""One plan for all values, made once: to plan each call anew costs more than the statements themselves do. (Where no
statement is kept prepared this says nothing, and a pooler would have to know the setting.)"""

_GOODBYE: Final = 1.0
"""Seconds that a server has to take leave: it owes nothing any more."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


async def connected(settings: PostgresSettings) -> Connection:
    """A new connection. Raises what the driver raises.

    Raises:
        InvalidInput: the address is none.
        ConnectionError: it did not come about in time: the server is away, and has been asked nothing.
    """
    try:
        return await asyncpg.connect(
            settings.dsn,
            timeout=settings.connect,
            command_timeout=settings.command,
            # A prepared statement is part of a session, which a pooler in transaction mode gives to others.
            statement_cache_size=0 if settings.pooler else 256,
            server_settings={"application_name": settings.application_name, **_limits(settings)},
        )
    except TimeoutError as error:
        raise ConnectionError("the database did not take a connection in time") from error
    except (ValueError, OverflowError):  # the latter of a port that is none
        raise unreadable_address() from None  # the cause quotes parts of the address


async def closed(connection: Connection) -> None:
    """Close a connection in good order, or cut it off where the server has no time for that."""
    try:
        await connection.close(timeout=_GOODBYE)
    except DRIVER_ERRORS:
        connection.terminate()


def _limits(settings: PostgresSettings) -> dict[str, str]:
    """What bounds a statement, and a transaction whose process has vanished: it would hold up every commit.

    A pooler knows these settings of a session no more than others: give them to the role there (docs/deployment.md).
    """
    if settings.pooler:
        return {}
    limit = str(settings.server_limit_ms)
    return {"statement_timeout": limit, "idle_in_transaction_session_timeout": limit, **_PLANS}


@attrs.frozen(eq=False)
class _Turn:
    """Somebody's place in the queue: until when they wait, by the loop's clock."""

    until: float
    come: asyncio.Future[None]


class Connections:
    """At most ``size`` connections, made when they are needed. For one event loop."""

    def __init__(self, settings: PostgresSettings, size: int, where: str) -> None:
        self._settings: Final = settings
        self._size: Final = size
        self._where: Final = where
        self._idle: Final[list[Connection]] = []
        self._waiting: Final[deque[_Turn]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._lent: Final[set[Connection]] = set()
        self._taken = 0
        self._closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """A connection for as long as the context lasts; one in the middle of something is not lent again.

        Raises:
            Unavailable: none came free in time, or this was closed. And what the driver raises when connecting.
        """
        await self._take_place()
        try:
            connection = await self._connection()
            self._lent.add(connection)
            try:
                yield connection
            except (asyncio.CancelledError, TimeoutError):
                connection.terminate()  # it may still be busy with what nobody waits for
                raise
            finally:
                self._lent.discard(connection)
                self._put_back(connection)
        finally:
            self._give_place()

    async def close(self) -> None:
        """Close what is idle in good order, cut off what is lent, and refuse who waits."""
        self._closed = True
        self._refuse(lambda _: True, self._gone)
        if self._watch is not None:
            self._watch.cancel()
        for connection in self._lent:
            connection.terminate()
        idle, self._idle[:] = self._idle[:], []
        await asyncio.gather(*map(closed, idle))

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await connected(self._settings)

    def _put_back(self, connection: Connection) -> None:
        if connection.is_closed():
            return
        if self._closed or connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)

    async def _take_place(self) -> None:
        if self._closed:
            raise self._gone()
        if self._taken < self._size and not self._waiting:
            self._taken += 1
            return
        loop = asyncio.get_running_loop()
        turn = _Turn(loop.time() + self._settings.acquire, loop.create_future())
        self._waiting.append(turn)
        self._look_after_the_queue()
        try:
            await turn.come
        except asyncio.CancelledError:
            if turn.come.done() and not turn.come.cancelled() and turn.come.exception() is None:
                self._give_place()  # the place that was given at the last moment goes to the next
            raise

    def _look_after_the_queue(self) -> None:
        """See that nobody waits too long: one timer for all who wait, since each would cost more than a question."""
        if self._watch is None and self._waiting:
            self._watch = asyncio.get_running_loop().call_at(self._waiting[0].until, self._end_waiting)

    def _end_waiting(self) -> None:
        self._watch = None
        now = asyncio.get_running_loop().time()
        self._refuse(lambda turn: turn.until <= now or turn.come.done(), self._all_taken)
        self._look_after_the_queue()

    def _refuse(self, which: Callable[[_Turn], bool], error: Callable[[], Unavailable]) -> None:
        """Refuse those in front of the queue that are ``which``."""
        while self._waiting and which(self._waiting[0]):
            turn = self._waiting.popleft()
            if not turn.come.done():
                turn.come.set_exception(error())

    def _give_place(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.come.done():
                turn.come.set_result(None)
                return
        self._taken -= 1

    def _gone(self) -> Unavailable:
        return Unavailable("the record store was closed", where=self._where, remedy="open it again", retryable=False)

    def _all_taken(self) -> Unavailable:
        return Unavailable(
            f"all {self._size} connections to the database are in use, and none came free in time",
            where=self._where,
            remedy="try again; if it lasts, raise the number of connections in the settings",
        )
