"""Database: connections to PostgreSQL, each lent for one transaction that says whose rows it is about.

Row security shows nothing to a transaction that does not say so (``schema/migrations/0002_row_security.sql``). There
are three ways to ask:

* ``rows`` asks one statement of one tenant, in one round trip: the statement itself names the tenant, by
  setting ``artifact_plane.tenant`` before it looks at a row;
* ``tenant`` lends a connection for several statements about one tenant;
* ``everyone`` lends one as the worker role, for what is about all tenants.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial, wraps
from types import TracebackType
from typing import Concatenate, Final, Never, ParamSpec, Protocol, TypeVar

import stamina

from artifact_plane.adapters.postgres.connections import Connection, Connections, Row
from artifact_plane.adapters.postgres.errors import DRIVER_ERRORS, gave_way, is_away, translating
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.errors import InvalidInput, Unavailable

T = TypeVar("T")
P = ParamSpec("P")
S = TypeVar("S", bound="_OnDatabase")
WHERE: Final = "the Postgres record store"
SEPARATOR: Final = "\x1f"
"""Between the tenants that a transaction names; no id holds it."""
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Database:
    """The connections that questions share. For one event loop."""

    def __init__(self, settings: PostgresSettings) -> None:
        self.settings: Final = settings
        self._connections: Final = Connections(settings, settings.reading, WHERE)
        self._become_worker: Final = f'SET LOCAL ROLE "{settings.worker_role.replace(chr(34), chr(34) * 2)}"'

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    async def rows(self, name: str, tenant_id: str, *values: object) -> list[Row]:
        """The rows of the statement ``name``, whose first value is the tenant that it names itself.

        It is asked again when the connection is lost, so it must not change anything.

        Raises:
            Unavailable: the database stays away, or all connections stay in use.
            InvalidInput: a value cannot be bound.
        """
        text, _ = statement(name), named((tenant_id,))

        async def ask(connection: Connection) -> list[Row]:
            return await connection.fetch(text, tenant_id, *values)

        return await self.retried(ask)

    async def retried(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        """What ``question`` answers, asked anew on another connection where one is lost; outside a transaction.

        Raises:
            Unavailable: the database stays away, or all connections stay in use.
        """

        async def ask() -> T:
            async with self._connections.lend() as connection:
                return await question(connection)

        with translating(WHERE):
            return await self._persistently(ask)

    @asynccontextmanager
    async def tenant(self, tenant_id: str, *, snapshot: bool = False) -> AsyncIterator[Connection]:
        """A connection in a transaction of one tenant, committed at the end; rolled back where an error leaves.

        With ``snapshot`` all statements see one state of the database, and none may write. Errors of the driver that
        leave the context are translated; nothing is repeated.
        """
        tenants = named((tenant_id,))

        async def begin(connection: Connection) -> None:
            await connection.execute(self._beginning(snapshot))
            await connection.fetchval(statement("ask_as_tenants"), tenants)

        async with self._transaction(begin) as connection:
            yield connection

    @asynccontextmanager
    async def everyone(self, *, snapshot: bool = False) -> AsyncIterator[Connection]:
        """As ``tenant``, as the worker role: the rows of all tenants in the tables that are its business."""

        async def begin(connection: Connection) -> None:
            await connection.execute(f"{self._beginning(snapshot)}; {self._become_worker}")

        async with self._transaction(begin) as connection:
            yield connection

    def _beginning(self, snapshot: bool) -> str:
        """What begins a transaction; behind a pooler it bounds by itself how long it may stand idle."""
        begin = _SNAPSHOT if snapshot else "BEGIN"
        if not self.settings.pooler:
            return begin
        return f"{begin}; SET LOCAL idle_in_transaction_session_timeout = {self.settings.server_limit_ms}"

    @asynccontextmanager
    async def _transaction(self, begin: Callable[[Connection], Awaitable[None]]) -> AsyncIterator[Connection]:
        with translating(WHERE):
            async with AsyncExitStack() as stack:
                connection = await self._begun(begin, stack)
                stack.push_async_exit(partial(_roll_back, connection))
                yield connection
                await connection.execute("COMMIT")

    async def _begun(self, begin: Callable[[Connection], Awaitable[None]], stack: AsyncExitStack) -> Connection:
        """A connection in a transaction; a lost one is replaced, for nothing has been asked yet."""

        async def enter() -> Connection:
            async with AsyncExitStack() as own:
                connection = await own.enter_async_context(self._connections.lend())
                await begin(connection)
                await stack.enter_async_context(own.pop_all())
                return connection

        return await self._persistently(enter)

    async def _persistently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and once more for as long as the database is away; what is needed for that costs the others nothing."""
        try:
            return await ask()
        except DRIVER_ERRORS as error:
            if not is_away(error):
                raise
        async for attempt in persistent(self.settings.deadline, is_away):
            with attempt:
                return await ask()
        raise AssertionError("repeating ends with an answer or an error")


class _OnDatabase(Protocol):
    @property
    def _database(self) -> Database: ...


def giving_way(
    work: Callable[Concatenate[S, P], Awaitable[T]],
) -> Callable[Concatenate[S, P], Coroutine[Never, Never, T]]:
    """For a method that is one transaction. Where that gave way to another's (a deadlock, a serialization failure),
    nothing came of it, and it is carried out anew within the deadline."""

    @wraps(work)
    async def persistently(self: S, /, *values: P.args, **named_values: P.kwargs) -> T:
        try:
            return await work(self, *values, **named_values)
        except Unavailable as error:
            if not _gave_way(error):
                raise
        async for attempt in persistent(self._database.settings.deadline, _gave_way):
            with attempt:
                return await work(self, *values, **named_values)
        raise AssertionError("repeating ends with an answer or an error")

    return persistently


def _gave_way(error: Exception) -> bool:
    return isinstance(error, Unavailable) and error.__cause__ is not None and gave_way(error.__cause__)


def persistent(deadline: float, on: Callable[[Exception], bool]) -> AsyncIterable[stamina.Attempt]:
    """Attempts until one does not raise what ``on`` holds of, or ``deadline`` seconds are over."""
    return stamina.retry_context(
        on=on, attempts=None, timeout=deadline, wait_initial=0.05, wait_max=1.0, wait_jitter=0.1
    )


def named(tenant_ids: Sequence[str]) -> str:
    """The tenants as the setting of a transaction names them.

    Raises:
        InvalidInput: one is no id that a tenant can have.
    """
    for tenant_id in tenant_ids:
        if not tenant_id or SEPARATOR in tenant_id or "\0" in tenant_id:
            raise InvalidInput("this is not a tenant's id", where="tenant id", remedy="see the rules for ids")
    return SEPARATOR.join(tenant_ids)


async def _roll_back(
    connection: Connection, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
) -> None:
    """End a transaction that failed. Where that fails too, the connection is not lent again, which ends it as well.

    Who was cancelled does not wait for the server to say so, nor does who has waited for it long enough.
    """
    if kind is not None and issubclass(kind, (asyncio.CancelledError, TimeoutError)):
        connection.terminate()
    elif not connection.is_closed() and connection.is_in_transaction():
        try:
            await connection.execute("ROLLBACK")
        except DRIVER_ERRORS:
            connection.terminate()
