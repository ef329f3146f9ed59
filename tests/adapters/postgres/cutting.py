"""A line to the database that is cut at the worst moment: between what was asked and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Final

_CHUNK: Final = 65536


class Cut(Enum):
    """When the line is cut: before the request arrives, or when its answer is on the way."""

    REQUEST = "request"
    REPLY = "reply"


class CuttingLine:
    """Passes bytes on to the server on ``server_port``; the next request that holds a mark is cut, once, or swallowed
    with all that comes after it on its connection."""

    def __init__(self, server_port: int) -> None:
        self._server_port: Final = server_port
        self._mark: tuple[bytes, Cut] | None = None
        self._swallowed: bytes | None = None
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self.port = 0
        self.cuts = 0
        """How often the line was cut."""

    def cut(self, mark: str, when: Cut) -> None:
        """Cut the next request that holds ``mark``."""
        self._mark = mark.encode(), when

    def swallow(self, mark: str) -> None:
        """Let nothing more through from the next request on that holds ``mark``, on its connection: it stays open, and
        nobody is told."""
        self._swallowed = mark.encode()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[CuttingLine]:
        """The line, open; everything is closed on the way out."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
                back = asyncio.create_task(_passed_on(server_reader, writer))
                try:
                    await self._forth(reader, server_reader, server_writer, back)
                finally:
                    back.cancel()
                    server_writer.close()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _forth(
        self,
        reader: asyncio.StreamReader,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
        back: asyncio.Task[None],
    ) -> None:
        while data := await reader.read(_CHUNK):
            if self._swallowed is not None and self._swallowed in data:
                self._swallowed = None
                await _dropped(reader)
                return
            when = self._struck(data)
            if when is Cut.REPLY:
                back.cancel()
                await asyncio.wait([back])
                server_writer.write(data)
                await server_reader.read(_CHUNK)  # it has answered, and nobody hears it
            if when is not None:
                self.cuts += 1
                return
            server_writer.write(data)
            await server_writer.drain()

    def _struck(self, data: bytes) -> Cut | None:
        if self._mark is None or self._mark[0] not in data:
            return None
        _, when = self._mark
        self._mark = None
        return when


async def _dropped(reader: asyncio.StreamReader) -> None:
    while await reader.read(_CHUNK):
        pass


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
