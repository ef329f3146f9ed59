"""What is no request, or never becomes one, is answered as a problem, too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.doubles.documents import Document
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.serving import Running, serving, status_of


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service with a route that takes a body."""
    async with serving(faces=echo_faces) as one:
        yield one


@pytest.mark.parametrize(
    "said",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /livez HTTP/1.1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: %(host)b\r\nX : a\r\n\r\n",
        b"POST /api/upload HTTP/1.1\r\nHost: %(host)b\r\nContent-Length: -5\r\n\r\nhello",
        b"POST /api/upload HTTP/1.1\r\nHost: %(host)b\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["words", "TLS", "no name", "space before a colon", "length", "coding"],
)
async def test_what_cannot_be_read_is_a_problem_with_an_id(running: Running, said: bytes) -> None:
    """400 with what to do; and the connection ends."""
    check_problem(await running.raw(said % {b"host": running.host.encode()}), 400, "invalid_http")


async def test_a_chunk_that_is_none_is_a_problem_too(running: Running) -> None:
    """Though the request was on its way to its route already."""
    lines = ("POST /api/upload HTTP/1.1", f"Host: {running.host}", f"Authorization: Bearer {await running.token()}")
    head = "\r\n".join((*lines, "Transfer-Encoding: chunked", "", "")).encode()
    check_problem(await running.raw(head + b"zz\r\n\r\n"), 400, "invalid_http")


async def test_a_head_that_does_not_come_is_a_problem_too() -> None:
    async with serving(faces=echo_faces, http={"header_seconds": 1}) as running:
        check_problem(await running.raw(b"G"), 408, "request_timeout")


async def test_the_log_has_it(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    async with serving(faces=echo_faces, http={"log_format": "json"}) as running:
        told = check_problem(await running.raw(b"GARBAGE\r\n\r\n"), 400, "invalid_http")
    lines = [json.loads(line) for line in capsysbinary.readouterr().err.splitlines() if line.startswith(b"{")]
    assert [(line["event"], line["request_id"], line["status"]) for line in lines] == [
        ("no request", told["request_id"], 400)
    ]


def check_problem(answer: bytes, status: int, code: str) -> Document:
    """The problem that a raw answer is, whole and with the headers that every answer has."""
    head, _, body = answer.partition(b"\r\n\r\n")
    told = json.loads(body)
    assert (status_of(answer), told["status"], told["code"]) == (status, status, code)
    assert told["detail"] and told["remedy"]
    for line in (
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"x-request-id: " + told["request_id"].encode(),
        b"x-content-type-options: nosniff",
        b"connection: close",
    ):
        assert line in head.lower().split(b"\r\n"), line
    assert isinstance(told, dict)
    return told
