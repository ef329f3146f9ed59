"""A bounded set of connections, lent one at a time. Nothing of a session outlives a transaction: nothing is reset."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from artifact_plane.adapters.postgres.errors import unreadable_address
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import Unavailable

_PLANS: Final = {"plan_cache_mode": "force_generic_plan"}
"""One plan for all values, made once: to plan each call anew costs more than the statements themselves do. (Where no
statement is kept prepared this says nothing, and a pooler would have to know the setting.)"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


async def connected(settings: PostgresSettings) -> Connection:
    """A new connection. Raises what the driver raises.

    Raises:
        InvalidInput: the address is none.
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
    except ValueError:
        raise unreadable_address() from None  # the cause quotes parts of the address


def _limits(settings: PostgresSettings) -> dict[str, str]:
    """What bounds a statement, and a transaction whose process has vanished: it would hold up every commit.

    A pooler knows these settings of a session no more than others: give them to the role there (docs/deployment.md).
    """
    if settings.pooler:
        return {}
    limit = str(settings.server_limit_ms)
    return {"statement_timeout": limit, "idle_in_transaction_session_timeout": limit, **_PLANS}


class Connections:
    """At most ``size`` connections, made when they are needed. For one event loop."""

    def __init__(self, settings: PostgresSettings, size: int, where: str) -> None:
        self._settings: Final = settings
        self._size: Final = size
        self._where: Final = where
        self._idle: Final[list[Connection]] = []
        self._waiting: Final[deque[asyncio.Future[None]]] = deque()
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
        """Close what is idle in good order, and cut off what is lent."""
        self._closed = True
        for connection in self._lent:
            connection.terminate()
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.close(timeout=self._settings.connect)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                connection.terminate()

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
            raise Unavailable("the record store was closed", where=self._where, remedy="open it again")
        if self._taken < self._size and not self._waiting:
            self._taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._settings.acquire):
                await turn
        except TimeoutError as error:
            self._leave_queue(turn)
            raise self._all_taken() from error
        except asyncio.CancelledError:
            self._leave_queue(turn)
            raise

    def _leave_queue(self, turn: asyncio.Future[None]) -> None:
        """The place that was given at the last moment goes to the next."""
        if turn.done() and not turn.cancelled():
            self._give_place()
        else:
            turn.cancel()

    def _give_place(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken -= 1

    def _all_taken(self) -> Unavailable:
        return Unavailable(
            f"all {self._size} connections to the database are in use, and none came free in time",
            where=self._where,
            remedy="try again; if it lasts, raise the number of connections in the settings",
        )
