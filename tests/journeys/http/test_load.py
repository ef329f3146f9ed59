"""Many at once: nothing but answers, 429 and 503; memory and files stay as they are."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.domain.model.credential import Scope
from tests.journeys.driving import PATIENCE, Shell
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.process import Served, served
from tests.journeys.http.serving import Running, serving, status_of

CONNECTIONS: Final = 500
SECONDS: Final = float(os.environ.get("AP_LOAD_SECONDS", "3"))
MIB: Final = 1024 * 1024


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder to work in."""
    return Shell(tmp_path)


def open_files(pid: int) -> int:
    """How many files and connections a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are enough


def resident(pid: int) -> int:
    """How many bytes of memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds; connections that were closed here take a moment to be closed there."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def hammer(one: Served, token: str, until: float, seen: Counter[int]) -> None:
    """One connection that asks again and again until the time is up; it must never break."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    loop = asyncio.get_running_loop()
    request = (
        f"GET /api/artifacts?limit=1 HTTP/1.1\r\nHost: {one.host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    while loop.time() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        seen[status_of(head)] += 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    writer.close()


async def load(one: Served, token: str) -> Counter[int]:
    """Every connection at once; what was answered."""
    seen: Counter[int] = Counter()
    until = asyncio.get_running_loop().time() + SECONDS
    await asyncio.gather(*(hammer(one, token, until, seen) for _ in range(CONNECTIONS)))
    return seen


def test_five_hundred_connections_at_full_load(shell: Shell) -> None:
    """200, 429 and 503, and no broken connection; afterwards no more files are open, and little more memory is held."""
    token = shell.json("token", "create", "--scope", "read")["token"]
    with served(shell) as one:
        files = open_files(one.process.pid)
        asyncio.run(load(one, token))
        memory = resident(one.process.pid)
        seen = asyncio.run(load(one, token))
        assert set(seen) <= {200, 429, 503} and seen[200] > 0, seen
        assert resident(one.process.pid) - memory < 32 * MIB
        wait_for(lambda: open_files(one.process.pid) <= files + 20)
        assert one.stop() == (0, "")


async def test_more_connections_than_there_is_room_for_are_turned_away() -> None:
    """503 like any other, and those that were there go on; who watches the service is answered all the same."""
    bounds = {"connections": 10, "header_seconds": 600, "keep_alive_seconds": 600}
    async with serving(faces=echo_faces, http=bounds) as running:
        token = await running.token(Scope.READ)
        async with running.client(token) as client:
            assert (await client.get("/api/echo")).status_code == 200
            idle = [connection async for connection in connected(running, 12)]
            full = await running.get(b"/api/echo", token)
            assert status_of(full) == 503 and b'"overloaded"' in full and b"x-request-id" in full
            assert status_of(await running.get(b"/livez")) == 200
            for _, writer in idle:
                writer.close()
                await writer.wait_closed()
            assert (await client.get("/api/echo")).status_code in (200, 503)
            async with asyncio.timeout(PATIENCE):
                while status_of(await running.get(b"/api/echo", token)) != 200:
                    await asyncio.sleep(0.05)


async def connected(running: Running, count: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connections that say nothing."""
    for _ in range(count):
        yield await asyncio.open_connection("127.0.0.1", running.prepared.service.port)
