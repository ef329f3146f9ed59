"""A server that nobody must speak to: what reaches it, got out of a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs


@attrs.define
class Canary:
    """Where it listens, and the first line of each request that reached it."""

    url: str
    heard: list[str] = attrs.field(factory=list)


@asynccontextmanager
async def listening() -> AsyncIterator[Canary]:
    """A canary on a free port of loopback."""
    canary = Canary("")

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        canary.heard.append((await reader.readline()).decode("latin-1").strip())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        canary.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield canary
