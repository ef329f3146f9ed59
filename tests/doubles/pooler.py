"""A pooler in transaction mode, as PgBouncer is one: many clients over few server connections.

A client has a server connection from its first message until the server says that no transaction is open. Server
connections are lent in turn, so two transactions of one client are never on the same one where there are two: whatever
a client leaves in its session (a prepared statement, a setting, a lock) it does not find again.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

import attrs

_LENGTH: Final = struct.Struct("!I")
_SSL_REQUEST: Final = 80877103
_GSS_REQUEST: Final = 80877104
_CANCEL_REQUEST: Final = 80877102
_ENDS_WITH_READY: Final = frozenset((b"Q", b"S"))
"""The messages of a client to which ReadyForQuery is the last answer."""

_GONE: Final = (asyncio.IncompleteReadError, OSError)


_Reading: TypeAlias = "asyncio.Task[tuple[bytes, bytes]]"


@attrs.define(eq=False)
class _Stream:
    """One end of a conversation, message by message."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def first(self) -> bytes:
        """A message without a kind, as a client begins with."""
        length = await self.reader.readexactly(4)
        return length + await self.reader.readexactly(_LENGTH.unpack(length)[0] - 4)

    async def message(self) -> tuple[bytes, bytes]:
        """A message's kind, and all its bytes."""
        head = await self.reader.readexactly(5)
        return head[:1], head + await self.reader.readexactly(_LENGTH.unpack(head[1:])[0] - 4)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()
        with suppress(*_GONE):
            await self.writer.wait_closed()


class Pooler:
    """Listens on ``port`` of the loopback, in front of the server on ``server_port``."""

    def __init__(self, server_port: int, size: int) -> None:
        self._server_port: Final = server_port
        self._idle: Final[asyncio.Queue[_Stream | None]] = asyncio.Queue()
        self._greeting = b""
        self._open: Final[set[_Stream]] = set()
        self._conversations: Final[set[asyncio.Task[None]]] = set()
        self.port = 0
        self.clients = 0
        """How many clients there have been."""
        self.connected = 0
        """How many server connections were made."""
        self.transactions = 0
        """How often a server connection was lent."""
        for _ in range(size):
            self._idle.put_nowait(None)  # a place; its connection is made when it is needed

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Pooler]:
        """The pooler at work; everything is closed on the way out."""
        server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._conversations:
                task.cancel()
            await asyncio.gather(*self._conversations, return_exceptions=True)
            for stream in list(self._open):
                await stream.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        client = _Stream(reader, writer)
        try:
            with suppress(*_GONE):
                await self._converse(client)
        except asyncio.CancelledError:
            pass  # the pooler closes; the stream's own callback takes a cancelled task for an accident
        finally:
            self._conversations.discard(task)
            await client.close()

    async def _converse(self, client: _Stream) -> None:
        startup = await client.first()
        while (code := _LENGTH.unpack(startup[4:8])[0]) in (_SSL_REQUEST, _GSS_REQUEST):
            await client.send(b"N")
            startup = await client.first()
        if code == _CANCEL_REQUEST:
            return
        self.clients += 1
        if not self._greeting:
            self._idle.put_nowait(await self._connect(startup, await self._idle.get()))
        await client.send(self._greeting)
        asking = _reading(client)
        try:
            while (await asking)[0] != b"X":
                asking = await self._transaction(client, startup, asking)
        finally:
            asking.cancel()

    async def _transaction(self, client: _Stream, startup: bytes, asking: _Reading) -> _Reading:
        """Lend the client a server connection for as long as a transaction is open; its next message, to come."""
        server: _Stream | None = await self._connect(startup, await self._idle.get())
        self.transactions += 1
        try:
            assert server is not None
            return await _relayed(client, server, asking)
        except BaseException:
            # In the middle of something: not fit to be lent again.
            if server is not None:
                self._open.discard(server)
                server.writer.close()
            server = None
            raise
        finally:
            self._idle.put_nowait(server)

    async def _connect(self, startup: bytes, place: _Stream | None) -> _Stream:
        """The server connection of a place, made with the first client's greeting."""
        if place is not None:
            return place
        server = _Stream(*await asyncio.open_connection("127.0.0.1", self._server_port))
        self._open.add(server)
        self.connected += 1
        await server.send(startup)
        greeting = b""
        kind = b""
        while kind != b"Z":
            kind, message = await server.message()
            assert kind != b"E", message
            greeting += message
        self._greeting = self._greeting or greeting
        return server


async def _relayed(client: _Stream, server: _Stream, asking: _Reading) -> _Reading:
    """Pass messages on both ways until no transaction is open and nothing is asked; what the client says next."""
    awaited = 0
    answering = _reading(server)
    try:
        while True:
            await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                kind, message = asking.result()
                if kind == b"X":
                    raise ConnectionResetError("the client left in the middle of a transaction")
                awaited += kind in _ENDS_WITH_READY
                await server.send(message)
                asking = _reading(client)
            if answering.done():
                kind, message = answering.result()
                await client.send(message)
                if kind == b"Z":
                    awaited -= 1
                    if awaited == 0 and message.endswith(b"I"):
                        return asking
                answering = _reading(server)
    finally:
        answering.cancel()


def _reading(stream: _Stream) -> _Reading:
    return asyncio.create_task(stream.message())
