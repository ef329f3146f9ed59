"""What the gate lets through of a body: its JSON, its shape, its size, its pace (cases J01 to J04, J08, J10)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.journeys.http.faces import echo_faces
from tests.journeys.http.serving import PATIENCE, Running, heard, serving, status_of, until


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service whose bounds a test can reach."""
    async with serving(faces=echo_faces, http={"body_bytes": 300_000, "upload_bytes": 1_000_000}) as one:
        yield one


async def posted(running: Running, body: bytes, content_type: str | None = "application/json") -> httpx.Response:
    """The answer to a POST of these bytes."""
    headers = {} if content_type is None else {"content-type": content_type}
    async with running.client(await running.token()) as client:
        return await client.post("/api/echo", content=body, headers=headers)


async def test_what_is_right_comes_through(running: Running) -> None:
    """Field for field."""
    answer = await posted(running, json.dumps({"count": 3, "labels": ["é", "b"], "more": {"x": [1, None]}}).encode())
    assert answer.json() == {"count": 3, "labels": ["é", "b"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nul",
        b'{"count": 1, "count": 2}',
        b'{"count": 1, "more": {"a": 1, "a": 2}}',
        b'{"count": 1, "co\\u0075nt": 2}',
        b'{"count": NaN}',
        b'{"count": -Infinity}',
        b'{"count": 1, "more": {"a": 1e400}}',
        b'{"count": ' + b"9" * 5_000 + b"}",
        b'{"count": 1, "more": {"a": "\\ud800"}}',
        b'\xef\xbb\xbf{"count": 1}',
        b'{"count": 1, "more": {"a": "\xff"}}',
        '{"count": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b'{"count": 1} {"count": 2}',
        b"{'count': 1}",
        b'{"count": 01}',
    ],
)
async def test_what_is_not_strictly_json_is_refused_with_its_place(running: Running, body: bytes) -> None:
    """400 at once, and the process lives: nothing keeps the last of two keys, reads NaN or falls over depth."""
    answer = await posted(running, body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, "invalid_json")
    assert told["where"].startswith("body")
    assert told["remedy"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("[]", "body"),
        ("{}", "body.count"),
        ('{"count": "1"}', "body.count"),
        ('{"count": true}', "body.count"),
        ('{"count": 1.5}', "body.count"),
        ('{"count": null}', "body.count"),
        ('{"count": 1, "flag": 0}', "body.flag"),
        ('{"count": 1, "flag": "true"}', "body.flag"),
        ('{"count": 1, "labels": "abc"}', "body.labels"),
        ('{"count": 1, "labels": ["a", 1]}', "body.labels[1]"),
        ('{"count": 1, "more": []}', "body.more"),
        ('{"count": 1, "Count": 1}', "body"),
        ('{"count": 1, "<b>": 1}', "body"),
    ],
)
async def test_what_does_not_fit_is_refused_with_the_path_of_the_field(running: Running, body: str, where: str) -> None:
    """Case J10: nothing is taken for something else, and no field is passed over."""
    answer = await posted(running, body.encode())
    assert (answer.status_code, answer.json()["where"]) == (400, where)
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/jsonx",
    ],
)
async def test_a_body_says_that_it_is_json(running: Running, content_type: str | None) -> None:
    """415: so that no form of a foreign page passes for a call of the API."""
    answer = await posted(running, b'{"count": 1}', content_type)
    assert (answer.status_code, answer.headers.get("accept")) == (415, "application/json")


@pytest.mark.parametrize(
    "content_type",
    [
        "Application/JSON",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; charset=utf-8; profile=x",
        'application/json; profile="a;charset=utf-16"',
    ],
)
async def test_it_may_say_so_in_the_usual_ways(running: Running, content_type: str) -> None:
    """Case and the one character set do not matter."""
    assert (await posted(running, b'{"count": 1}', content_type)).status_code == 200


async def test_a_document_that_is_too_large_is_refused(running: Running) -> None:
    """413, by what it says of itself before a byte is read, and by what comes where it says nothing."""
    large = json.dumps({"count": 1, "more": {"a": "x" * 400_000}}).encode()
    declared = await posted(running, large)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    async with running.client(await running.token()) as client:
        counted = await client.post("/api/echo", content=chunks(), headers={"content-type": "application/json"})
    for answer in (declared, counted):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["connection"] == "close"


async def test_no_body_is_larger_than_any_may_be(running: Running) -> None:
    """413, whatever the route does with it."""
    async with running.client(await running.token()) as client:
        assert (await client.post("/api/upload", content=b"x" * 1_000_000)).json() == {"bytes": 1_000_000}
        assert (await client.post("/api/upload", content=b"x" * 1_000_001)).status_code == 413


def upload_head(running: Running, token: str) -> bytes:
    """The head of an upload but for its last lines."""
    lines = ("POST /api/upload HTTP/1.1", f"Host: {running.host}", f"Authorization: Bearer {token}", "")
    return "\r\n".join(lines).encode()


class TestPace:
    """Who keeps the service waiting."""

    async def test_a_body_that_drips_is_cut_off(self) -> None:
        """Case J08: 408, though a byte comes again and again."""
        bounds = {"body_seconds": 1, "body_rate": 1_000_000}
        async with serving(faces=echo_faces, http=bounds) as running:
            answer = await self.dripped(running, await running.token())
            assert status_of(answer) == 408
            assert b'"request_timeout"' in answer
            assert b"connection: close" in answer.lower()
            assert status_of(await running.get(b"/livez")) == 200

    async def dripped(self, running: Running, token: str) -> bytes:
        """The answer to a body of which a byte comes every now and then, for ever."""
        reader, writer = await asyncio.open_connection("127.0.0.1", running.prepared.service.port)
        writer.write(upload_head(running, token) + b"Content-Length: 100000\r\n\r\n")
        answer = asyncio.create_task(heard(reader))
        async with asyncio.timeout(PATIENCE):
            while not answer.done():
                writer.write(b"x")
                await asyncio.wait([answer], timeout=0.1)
        writer.close()
        return await answer

    async def test_a_body_that_keeps_its_pace_may_take_its_time(self) -> None:
        """More bytes, more time: nothing is cut off for being long."""
        async with serving(faces=echo_faces, http={"body_seconds": 1, "body_rate": 100}) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.prepared.service.port)
            writer.write(
                upload_head(running, await running.token()) + b"Connection: close\r\nContent-Length: 16000\r\n\r\n"
            )
            for _ in range(16):
                writer.write(b"x" * 1_000)
                await asyncio.sleep(0.1)
            answer = await reader.read()
            writer.close()
        assert answer.endswith(b'{"bytes":16000}')

    @pytest.mark.parametrize("begun", [b"", b"GET /livez HTTP/1.1\r\nHost: x\r\nX: ", b"G"])
    async def test_a_head_that_does_not_come_is_not_waited_for(self, begun: bytes) -> None:
        """408, for a connection that says nothing, too."""
        async with serving(faces=echo_faces, http={"header_seconds": 1}) as running:
            assert status_of(await running.raw(begun)) == 408

    async def test_a_second_head_that_does_not_come_is_not_waited_for(self) -> None:
        """On a connection that was kept alive, neither."""
        async with serving(faces=echo_faces, http={"header_seconds": 1}) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.prepared.service.port)
            whole = b"GET /livez HTTP/1.1\r\nHost: " + running.host.encode() + b"\r\n\r\n"
            writer.write(whole)
            first = await reader.readuntil(b'{"status":"ok"}')
            writer.write(whole[:20])
            second = await reader.read()
            writer.close()
        assert (status_of(first), status_of(second)) == (200, 408)

    async def test_a_reader_that_takes_nothing_is_cut_off(self) -> None:
        """After ``send_seconds``: the answer ends, and with it what was held for it."""
        async with serving(faces=echo_faces, http={"send_seconds": 1}) as running:
            token = await running.token()
            reader, writer = await asyncio.open_connection("127.0.0.1", running.prepared.service.port, limit=1)
            writer.write(upload_head(running, token).replace(b"POST /api/upload", b"GET /api/endless") + b"\r\n")
            state = running.prepared.server.server_state
            await until(lambda: bool(state.tasks))
            await until(lambda: not state.tasks and not state.connections)
            writer.transport.abort()
            assert reader.at_eof() is False
            assert status_of(await running.get(b"/livez")) == 200

    async def test_an_idle_connection_is_closed(self) -> None:
        """After ``keep_alive_seconds``."""
        async with serving(faces=echo_faces, http={"keep_alive_seconds": 1}) as running:
            answer = await running.raw(b"GET /livez HTTP/1.1\r\nHost: " + running.host.encode() + b"\r\n\r\n")
        assert answer.endswith(b'{"status":"ok"}')
