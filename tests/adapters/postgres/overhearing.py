"""A line to the database on which somebody listens: every byte that was asked over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs

_CHUNK = 65536


@attrs.define(eq=False)
class Overheard:
    """What was asked since the last look, over all connections together. ``port`` is where to ask."""

    port: int = 0
    asked: bytearray = attrs.field(factory=bytearray)

    def taken(self) -> bytes:
        """All of it, once."""
        said = bytes(self.asked)
        self.asked.clear()
        return said


@asynccontextmanager
async def overhearing(server_port: int) -> AsyncIterator[Overheard]:
    """The line, open."""
    overheard = Overheard()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(_passed_on(reader, forth, overheard.asked), _passed_on(back, writer, bytearray()))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    overheard.port = server.sockets[0].getsockname()[1]
    try:
        yield overheard
    finally:
        server.close()
        await asyncio.sleep(0)


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noted: bytearray) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            noted += data
            writer.write(data)
            await writer.drain()
    writer.close()
