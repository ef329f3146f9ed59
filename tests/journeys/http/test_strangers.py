"""Callers who are not known: they can keep one another waiting, and nobody else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.credential import Scope
from tests.doubles.clock import SettableClock
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.serving import PATIENCE, Running, serving, status_of

PLACES: Final = 40
LOGIN: Final = (
    b"POST /login HTTP/1.1\r\nHost: %(host)b\r\nOrigin: http://%(host)b\r\nContent-Length: 4000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nt"
)
REFUSED: Final = b"POST /api/upload HTTP/1.1\r\nHost: %(host)b\r\nContent-Length: 100\r\n\r\n"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service with a few places."""
    async with serving(faces=echo_faces, http={"requests": PLACES}) as one:
        yield one


@pytest.mark.parametrize("request_", [LOGIN, REFUSED], ids=["signing in", "refused"])
async def test_whoever_shows_no_credential_holds_no_place_of_those_who_do(running: Running, request_: bytes) -> None:
    """However many bodies that never come: to sign in with, or of requests that were refused already."""
    token = await running.token(Scope.READ)
    async with waiting(running, request_, PLACES + 5):
        for _ in range(5):
            assert status_of(await running.get(b"/api/echo", token)) == 200


async def test_what_was_refused_holds_no_place_while_its_body_is_on_its_way(running: Running) -> None:
    """Of those who are known neither: not of all, and not of their own."""
    token = await running.token(Scope.READ)
    known = REFUSED.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n")
    async with waiting(running, known, PLACES + 5):
        for _ in range(5):
            assert status_of(await running.get(b"/api/echo", token)) == 200


@asynccontextmanager
async def waiting(running: Running, request: bytes, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """So many connections that send this and nothing more, each of which the service has seen."""
    said = request % {b"host": running.host.encode()}
    pairs = [await asyncio.open_connection("127.0.0.1", running.prepared.service.port) for _ in range(count)]
    try:
        for _, writer in pairs:
            writer.write(said)
        state = running.prepared.server.server_state
        before = state.total_requests
        async with asyncio.timeout(PATIENCE):
            while len(state.tasks) + state.total_requests - before < count:  # in work, or answered already
                await asyncio.sleep(0.005)
        yield [reader for reader, _ in pairs]
    finally:
        for _, writer in pairs:
            writer.close()


async def test_a_body_to_sign_in_with_is_not_waited_for_long(running: Running) -> None:
    """408 after two seconds or so, not after ``body_seconds``."""
    begun = time.monotonic()
    async with waiting(running, LOGIN, 1) as readers:
        answer = await readers[0].read()
    assert status_of(answer) == 408
    assert time.monotonic() - begun < 12


async def test_a_token_signs_in_so_often_and_no_more() -> None:
    """429: each sign-in writes a session."""
    bounds = {"failures": 3, "failures_seconds": 600}
    async with serving(faces=echo_faces, http=bounds) as running, running.client() as client:
        token, own = await running.token(), {"origin": running.url}
        seen = [(await client.post("/login", data={"token": token}, headers=own)).status_code for _ in range(4)]
        assert seen == [303, 303, 303, 429]
        other = await client.post("/login", data={"token": await running.token()}, headers=own)
        assert other.status_code == 303


async def test_the_sessions_of_a_token_share_its_limits() -> None:
    """Signing in is no way to ask more often."""
    standing = Extras(clock=SettableClock())  # nobody earns another request meanwhile
    async with serving(faces=echo_faces, http={"rate": 1, "burst": 4}, extras=standing) as running:
        token = await running.token()
        opened = [await running.application.access.open_session(token, expires_in=60) for _ in range(4)]
        seen = []
        for one in opened:
            assert one is not None
            cookie = f"ap_session_{running.prepared.service.port}={one.secret}"
            async with running.client(cookies=None, **{}) as client:
                seen += [(await client.get("/page", headers={"cookie": cookie})).status_code for _ in range(2)]
        assert seen == [200] * 4 + [429] * 4


async def test_a_session_alone_is_no_credential_that_is_configured(tmp_path: Path) -> None:
    """A browser's session ends with its browser: the next start gives a link again, and stays on this machine."""
    async with serving(tmp_path, faces=echo_faces) as running:
        invited = await running.application.access.invite("acme", [Scope.READ], expires_in=60)
        assert await running.application.access.open_session(invited.secret, expires_in=60) is not None
    async with serving(tmp_path, faces=echo_faces) as running:
        assert running.prepared.started.link is not None
        await running.token()
    async with serving(tmp_path, faces=echo_faces) as running:
        assert running.prepared.started.link is None


async def test_an_upgrade_that_is_not_offered_is_passed_over(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The request is answered, and the log gives no advice about it."""
    async with serving(faces=echo_faces, http={"log_format": "json"}) as running:
        headers = (b"Connection: close, Upgrade", b"Upgrade: websocket")
        lines = [b"GET /livez HTTP/1.1", b"Host: " + running.host.encode(), *headers, b"", b""]
        assert status_of(await running.raw(b"\r\n".join(lines))) == 200
    logged = [json.loads(line) for line in capsysbinary.readouterr().err.splitlines() if line.startswith(b"{")]
    assert [one["event"] for one in logged] == ["request"]


async def test_a_target_may_name_the_service(running: Running) -> None:
    """RFC 9112, section 3.2.2: it stands above the Host header, and the path in it is as any other."""
    own, token = b"http://" + running.host.encode(), await running.token(Scope.READ)
    assert status_of(await running.get(own + b"/api/echo?x=1", token)) in (200, 400)
    assert status_of(await running.get(own + b"/api/echo", token)) == 200
    assert status_of(await running.get(b"HTTP" + own[4:] + b"/livez")) == 200
    assert status_of(await running.get(b"http://evil.example/livez")) == 421
    for path in (b"//livez", b"/../livez", b"/api/../livez", b"?x"):
        assert status_of(await running.get(own + path, token)) in (400, 404)
    assert status_of(await running.get(own.replace(b"http://", b"http://a@") + b"/livez")) == 400


async def test_how_many_places_strangers_have_is_set() -> None:
    """503 beyond, and whoever is known has places of their own."""
    async with serving(faces=echo_faces, http={"strangers": 2, "strangers_seconds": 30}) as running:
        token = await running.token(Scope.READ)
        async with waiting(running, LOGIN, 2):
            assert status_of(await running.get(b"/login")) == 503
            assert status_of(await running.get(b"/api/echo", token)) == 200
