"""Large documents, many at once: what the process holds at its peak is bounded by the room there is for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.journeys.driving import PATIENCE, Shell
from tests.journeys.http.api import api
from tests.journeys.http.process import Served, served
from tests.journeys.http.serving import status_of

MIB: Final = 1024 * 1024
POSTS: Final = 64
DOCUMENT: Final = MIB
ROOM: Final = 8 * MIB
MOST: Final = 320 * MIB
"""What a document becomes is many times its size; all of them at once would be twice this and more."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder to work in."""
    return Shell(tmp_path)


def peak(pid: int) -> int:
    """The most bytes of memory that a process has ever held."""
    told = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("VmHWM:"))


def a_document(number: int) -> bytes:
    """An artifact whose meaning is a table."""
    row = b'{"id":1,"name":"somebody","value":1.5,"tags":["a","b"]}'
    rows = b",".join([row] * (DOCUMENT // len(row)))
    return b'{"artifact_type":"note","payload":{"semantic_payload":{"n":%d,"rows":[%s]}}}' % (number, rows)


def a_form(number: int) -> tuple[bytes, str]:
    """The same as the document of a form."""
    head = b'--x\r\ncontent-disposition: form-data; name="artifact"\r\ncontent-type: application/json\r\n\r\n'
    return head + a_document(number) + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


async def posted(one: Served, token: str, numbers: range) -> Counter[int]:
    """All of them at once, every other one as a form; what was answered."""
    headers = {"authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=POSTS)

    async def post(client: httpx.AsyncClient, number: int) -> int:
        body, kind = a_form(number) if number % 2 else (a_document(number), "application/json")
        return (await client.post("/api/artifacts", content=body, headers={"content-type": kind})).status_code

    async with httpx.AsyncClient(
        base_url=one.url, headers=headers, timeout=PATIENCE, trust_env=False, limits=limits
    ) as client:
        return Counter(await asyncio.gather(*(post(client, number) for number in numbers)))


def test_many_large_documents_at_once_take_no_more_than_there_is_room_for(shell: Shell) -> None:
    """Each is answered: carried out, or told to come again; and those that come again are carried out, too."""
    token = shell.json("token", "create", "--scope", "read,write")["token"]
    with served(shell, env={"ARTIFACT_PLANE_HTTP_DOCUMENTS_BYTES": str(ROOM)}) as one:
        assert asyncio.run(posted(one, token, range(2))) == {201: 2}
        before = peak(one.process.pid)
        seen = asyncio.run(posted(one, token, range(2, 2 + POSTS)))
        assert set(seen) <= {201, 503} and seen[201] >= ROOM // DOCUMENT, seen
        assert peak(one.process.pid) - before < MOST, (before // MIB, peak(one.process.pid) // MIB)
        assert asyncio.run(posted(one, token, range(100, 102))) == {201: 2}
        assert one.stop() == (0, "")


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
async def test_whoever_sends_slowly_holds_no_room_that_others_wait_for(form: bool) -> None:
    """Room is taken when all of a document is there: a body that stays away costs nobody else anything."""
    async with api(http={"documents_bytes": 100_000}) as one:
        token = await one.server.token()
        body, kind = a_form(1) if form else (a_document(1), "application/json")
        head = (
            f"POST /api/artifacts HTTP/1.1\r\nHost: {one.server.host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", one.server.prepared.service.port)
        writer.write(head.encode() + body[:-3])
        await writer.drain()
        answer = await one.client.post("/api/artifacts", json=_SMALLER)
        assert answer.status_code == 201, answer.text
        writer.write(body[-3:])
        assert status_of(await reader.readuntil(b"\r\n")) == 201
        writer.close()


_SMALLER: Final = {"artifact_type": "note", "payload": {"semantic_payload": {"text": "x" * 90_000}}}
