"""A real proxy before a real service, which misbehaves as it is told: each request takes the next fault of a list."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

import attrs

PATIENCE: Final = 90.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HOST: Final = re.compile(rb"\r\nhost: [^\r]*", re.IGNORECASE)
_CONNECTION: Final = re.compile(rb"\r\nconnection: [^\r]*", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Fault:
    """What becomes of one request.

    ``answer`` is given in the place of the service's; with ``unheard`` the service never gets the request. Of the
    service's answer, ``altered`` by a function, ``keep`` bytes are passed on; None means all.
    """

    answer: bytes | None = None
    unheard: bool = False
    keep: int | None = None
    altered: Callable[[bytes], bytes] = attrs.field(default=lambda data: data)


FINE: Final = Fault()
DROPPED: Final = Fault(unheard=True, keep=0)
"""The connection is closed before the service has heard anything."""
LOST: Final = Fault(keep=0)
"""The service does it, and nobody hears of it."""


def cut(after: int) -> Fault:
    """The answer is cut after so many bytes, head and all."""
    return Fault(keep=after)


def status(code: int, *headers: str, body: str = "<p>no") -> Fault:
    """An answer of something else than the service."""
    lines = [f"HTTP/1.1 {code} X", "content-type: text/html", f"content-length: {len(body)}", *headers, "", body]
    return Fault(answer="\r\n".join(lines).encode(), unheard=True)


@attrs.define(eq=False)
class Middleman:
    """Where the proxy listens, the faults to come, and the request lines that it has seen."""

    url: str
    faults: list[Fault] = attrs.field(factory=list)
    seen: list[str] = attrs.field(factory=list)

    def then(self, *faults: Fault) -> None:
        """From now on these, and after them none."""
        self.faults[:] = faults
        self.seen.clear()


Streams: TypeAlias = "tuple[asyncio.StreamReader, asyncio.StreamWriter]"


@asynccontextmanager
async def between(service: str, faults: Iterable[Fault] = ()) -> AsyncIterator[Middleman]:
    """A proxy before the service at that address."""
    host, _, port = service.removeprefix("http://").rpartition(":")
    middleman = Middleman("", list(faults))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await _one(reader, writer, middleman, host, int(port))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    middleman.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield middleman


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, middleman: Middleman, host: str, port: int
) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    body = await reader.readexactly(int(found[1])) if found else b""
    middleman.seen.append(head.split(b"\r\n", 1)[0].decode())
    fault = middleman.faults.pop(0) if middleman.faults else FINE
    answer = fault.answer if fault.unheard else await _asked(head, body, host, port)
    given = fault.altered(answer or b"")
    writer.write(given if fault.keep is None else given[: fault.keep])
    with suppress(ConnectionError):
        await writer.drain()


async def _asked(head: bytes, body: bytes, host: str, port: int) -> bytes:
    """What the service answers."""
    head = _CONNECTION.sub(b"", _HOST.sub(f"\r\nhost: {host}:{port}".encode(), head))
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(head[:-2] + b"connection: close\r\n\r\n" + body)
    try:
        return await reader.read()
    finally:
        writer.close()
