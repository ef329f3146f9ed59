"""Attacks by path, on a raw socket: framework clients tidy a path up before anybody sees it (cases A01 to A12)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.http.serving import Running, serving, status_of

PREFIXES: Final = (
    b"/api/artifact/",
    b"/api/artifact/a/renderings/",
    b"/api/executions/",
    b"/static/",
    b"/artifacts/",
    b"/",
)
CLIMBS: Final = (
    b"../../../../../../etc/passwd",
    b"..",
    b".",
    b"a/../../../canary.txt",
    b"..\\..\\canary.txt",
    b"..%5c..%5ccanary.txt",
    b"%2e%2e%2fcanary.txt",
    b"%2e%2e/canary.txt",
    b"..%2fcanary.txt",
    b"%252e%252e%252fcanary.txt",
    b"%c0%ae%c0%ae%c0%afcanary.txt",
    b"%e0%80%ae%e0%80%ae/canary.txt",
    b"..%00/canary.txt",
    b"canary.txt%00.png",
    b"a%00",
    b"%",
    b"%zz",
    b"%2",
    b"a;x=../",
    b"a;/../canary.txt",
    b"..;/canary.txt",
    b"a%3fb",
    b"a%23b",
    b"//etc/passwd",
    b"/etc/passwd",
    b"%2fetc%2fpasswd",
    b"file:///etc/passwd",
    b"a:b",
    b"a%3ab",
    b"~root",
    b"$HOME",
    b"a%20b",
    b"%20",
    b"a%0d%0aX-Injected:%201",
    b"a%0a",
    b"a%7f",
    b"%ff%fe",
    b"caf%c3%a9",
    b"a" * 300,
    b"-rf",
    b"...",
    b"....//....//canary.txt",
    b"a%2e%2e%2fb",
)
WHOLE: Final = (
    b"http://127.0.0.1/../canary.txt",
    b"//127.0.0.1/api/artifacts",
    b"/api//artifacts",
    b"/api/./artifacts",
    b"/api/x/../artifacts",
    b"\\api\\artifacts",
    b"*",
    b"?",
    b"api/artifacts",
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """The whole service over a home, with a file beside it that nobody may see."""
    (tmp_path / "canary.txt").write_text("canary-4711")
    async with serving(tmp_path / "home", http={"rate": 100_000, "burst": 100_000}) as one:
        yield one
    assert (tmp_path / "canary.txt").read_text() == "canary-4711"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["canary.txt", "home"]


def check(answer: bytes, target: bytes) -> None:
    """The answer is a refusal, in the shape of all of them where we gave it, and repeats nothing."""
    head, _, body = answer.partition(b"\r\n\r\n")
    to_sign_in = status_of(answer) == 303 and b"location: /login\r\n" in head
    assert status_of(answer) in (400, 401, 404, 421) or to_sign_in, (target, answer[:200])
    assert b"canary-4711" not in answer and b"root:" not in answer
    assert b"X-Injected" not in head and b"x-injected" not in head
    if b"application/problem+json" in head:
        assert json.loads(body)["request_id"]
        assert b"<" not in body


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_no_path_climbs_out_of_its_place(running: Running, prefix: bytes) -> None:
    """400 or 404, whoever asks; and the next request is answered."""
    token = await running.token()
    for climb in CLIMBS:
        for known in (None, token):
            check(await running.get(prefix + climb, known), prefix + climb)
    assert status_of(await running.get(b"/livez")) == 200


async def test_no_path_is_read_in_two_ways(running: Running) -> None:
    """An absolute address, empty and dotted segments: refused, not tidied up."""
    token = await running.token()
    for target in WHOLE:
        check(await running.get(target, token), target)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /livez\r\n\r\n",
        b"GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /livez HTTP/1.1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost : {host}\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: {host}\r\n folded\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: {host}\r\nX: a\x00b\r\n\r\n",
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /livez HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused(running: Running, request_: bytes) -> None:
    """4xx and the connection is closed; none of it reaches a route."""
    answer = await running.raw(request_.replace(b"{host}", running.host.encode()))
    assert 400 <= status_of(answer) < 500
    assert b"ok" not in answer.partition(b"\r\n\r\n")[2][:20]
    assert status_of(await running.get(b"/livez")) == 200


async def test_a_request_cannot_be_smuggled_behind_another(running: Running) -> None:
    """Length and chunks at once: one answer at most is given, and the second request is not seen."""
    smuggled = (
        b"POST /login HTTP/1.1\r\nHost: " + running.host.encode() + b"\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: " + running.host.encode()
    ) + b"\r\nConnection: close\r\n\r\n"
    answer = await running.raw(smuggled)
    assert answer.count(b"HTTP/1.1 ") <= 2
    assert status_of(answer) >= 400


async def test_what_an_error_repeats_is_inert(running: Running) -> None:
    """Case X05: markup from a path, a query or a header comes back as an escaped JSON string, or not at all."""
    token = await running.token()
    markup = b"<script>alert(1)</script>"
    for answer in (
        await running.get(b"/api/artifacts?limit=" + markup, token),
        await running.get(b"/api/artifacts?after=%3Cscript%3E", token),
        await running.get(b"/api/artifact/%3Cscript%3E", token),
        await running.get(b"/api/artifacts", token, b"X-Request-Id: " + markup, b"Accept: " + markup),
        await running.get(b"/api/nothing", token, b"Referer: " + markup),
    ):
        assert b"<script" not in answer.lower()
        assert b"x-content-type-options: nosniff" in answer


async def test_a_bug_tells_its_request_id_and_nothing_else(running: Running) -> None:
    """No answer shows a stack, a path of this machine or the text of an exception."""
    answer = await running.get(b"/api/artifacts?limit=99999999999999999999999", await running.token())
    assert b"Traceback" not in answer and b".py" not in answer


async def test_a_body_has_one_length(running: Running) -> None:
    """Two headers that disagree end the connection: what came after the body is no request of anybody's."""
    token = await running.token()
    head = (
        f"POST /api/artifacts HTTP/1.1\r\nHost: {running.host}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    behind = f"GET /livez HTTP/1.1\r\nHost: {running.host}\r\n\r\n"
    answer = await running.raw((head + behind).encode())
    assert (status_of(answer), answer.count(b"HTTP/1.1 ")) == (400, 1)
    assert b"in two ways" in answer
