"""A line to the database on which it says that it is something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

_CHUNK = 65536


@asynccontextmanager
async def disguised(server_port: int, said: Mapping[bytes, bytes]) -> AsyncIterator[int]:
    """A port on which the server's answers have the one in the place of the other; both are as long."""
    assert all(len(one) == len(other) for one, other in said.items())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(_passed_on(reader, forth, {}), _passed_on(back, writer, said))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0)


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: Mapping[bytes, bytes]) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            for one, other in said.items():
                data = data.replace(one, other)
            writer.write(data)
            await writer.drain()
    writer.close()
