"""``ap serve``: how it begins, what it refuses, how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from artifact_plane.domain.model.errors import InvalidInput
from tests.doubles.servers import eventually
from tests.journeys.driving import PATIENCE, Shell
from tests.journeys.http.faces import echo_faces, hold_of
from tests.journeys.http.process import Served, served
from tests.journeys.http.serving import Running, serving, status_of

MIB: Final = 1024 * 1024


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder to work in."""
    return Shell(tmp_path)


def client_of(one: Served, token: str | None = None) -> httpx.Client:
    """A client of a service."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=one.url, headers=headers, trust_env=False, timeout=PATIENCE)


def test_a_first_start_prints_a_link_that_signs_in_once(shell: Shell) -> None:
    """Case T10: no password, this machine alone, one link for one browser; what the command line made is there."""
    note = shell.file("note.txt", "something to see")
    shell.ap("put", note, "--type", "note").ok()
    with served(shell) as one:
        assert one.url.startswith("http://127.0.0.1:")
        link = str(one.started["link"])
        assert link.startswith(f"{one.url}/login?token=")
        with client_of(one) as client, client_of(one) as late:
            assert client.get("/").status_code == 303
            assert client.get(link).headers["location"] == "/"
            assert client.get("/", follow_redirects=True).status_code == 200
            assert late.get(link).status_code == 401
        code, said = one.stop()
    assert (code, said) == (0, "")


def test_once_there_is_a_token_no_link_is_printed(shell: Shell) -> None:
    """Who may call is settled; the token works, also one that is made or revoked while the service runs."""
    first = shell.json("token", "create", "--scope", "read")
    with served(shell) as one:
        assert one.started["link"] is None
        later = shell.json("token", "create", "--scope", "read")
        for token in (first, later):
            with client_of(one, token["token"]) as client:
                assert client.get("/api/artifacts").status_code == 200
        shell.ap("token", "revoke", first["token_id"]).ok()
        with client_of(one, first["token"]) as client:
            assert client.get("/api/artifacts").status_code == 401


def test_a_link_that_nobody_used_is_replaced_at_the_next_start(shell: Shell) -> None:
    """Whoever lost it starts the service again."""
    with served(shell) as one:
        first = one.started["link"]
        one.stop()
    with served(shell) as one:
        assert one.started["link"] not in (None, first)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - what is refused
def test_without_a_credential_only_this_machine_is_served(shell: Shell, host: str) -> None:
    """The refusal names the command to run."""
    told = shell.refused("serve", "--port", "0", "--host", host)
    assert "ap token create" in told


def test_with_a_token_every_address_is_served(shell: Shell) -> None:
    """By literal addresses and names of this machine; another name is still nobody's."""
    token = shell.json("token", "create", "--scope", "read")["token"]
    with served(shell, "--host", "0.0.0.0") as one:  # noqa: S104 - that is what is tried
        address = f"http://127.0.0.1:{one.port}"
        own = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=own, trust_env=False, timeout=PATIENCE) as client:
            assert client.get("/api/artifacts").status_code == 200
            assert client.get("/livez", headers={"host": f"192.0.2.7:{one.port}"}).status_code == 200
            assert client.get("/livez", headers={"host": f"evil.example:{one.port}"}).status_code == 421


def test_a_port_in_use_is_told_with_what_to_do(shell: Shell) -> None:
    """Exit code 2, no stack."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = shell.refused("serve", "--port", str(port))
    assert str(port) in told and "--port 0" in told


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--port", "70000"), "--port"),
        (("--port", "x"), "--port"),
        (("--host", "127.0.0.1.."), "--host"),
        (("--tenant", "a/b"), "tenant"),
    ],
)
def test_what_cannot_be_served_is_refused(shell: Shell, words: tuple[str, ...], part: str) -> None:
    """With what to do."""
    assert part in shell.refused("serve", *words)


def test_an_unknown_setting_is_refused(shell: Shell) -> None:
    """With the nearest one."""
    shell.file("artifact-plane.toml", "[http]\nprot = 1\n")
    assert "'port'" in shell.refused("serve")


def test_a_service_in_memory_can_be_tried(shell: Shell) -> None:
    """Nothing is left behind."""
    with served(shell, "--profile", "memory") as one, client_of(one) as client:
        assert client.get("/readyz").json()["status"] == "ok"
    assert list(shell.folder.iterdir()) == []


def test_both_signals_end_it_in_order(shell: Shell) -> None:
    """Exit code 0, nothing on standard error; an idle connection does not hold it up."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with served(shell) as one, socket.create_connection(("127.0.0.1", one.port)) as idle:
            with client_of(one) as client:
                client.get("/livez")
                began = time.monotonic()
                assert one.stop(number) == (0, "")
                assert time.monotonic() - began < PATIENCE / 2
            assert idle.recv(1000).split(b"\r\n")[0] in (b"", b"HTTP/1.1 408 Request Timeout")


def test_the_log_tells_each_request_without_secrets(shell: Shell) -> None:
    """JSON, a line each: id, tenant, path, status; no token, no query, no line break of a caller's (case X06)."""
    token = shell.json("token", "create", "--scope", "read")["token"]
    with served(shell, env={"ARTIFACT_PLANE_HTTP_LOG_FORMAT": "json"}) as one:
        with client_of(one, token) as client:
            answer = client.get("/api/artifacts?label=secret-query")
            client.get("/a%0a%1b[31mb")
            client.get("/login?token=api_secret-link")
        code, said = one.stop()
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert [line["event"] for line in lines] == ["request"] * 3
    assert lines[0]["request_id"] == answer.headers["x-request-id"]
    assert (lines[0]["tenant"], lines[0]["path"], lines[0]["status"]) == ("local", "/api/artifacts", 200)
    for secret in (token, "secret-query", "secret-link", "\x1b"):
        assert secret not in said


class TestStopping:
    """What becomes of what is in work when the service is told to stop (case F20)."""

    async def test_what_is_in_work_is_finished(self) -> None:
        """Within the time; new connections are not taken meanwhile."""
        async with serving(faces=echo_faces) as running, running.client(await running.token()) as client:
            hold = hold_of(running.prepared.service)
            held = [asyncio.create_task(client.get("/api/hold")) for _ in range(5)]
            await hold.until(5)
            running.prepared.server.stop()
            await running.prepared.service.stopping.wait()
            await self.refused(running)
            await asyncio.sleep(0.5)  # there is time: nothing is cut off before ``stop_seconds``
            hold.release.set()
            assert [(await one).status_code for one in held] == [200] * 5

    async def refused(self, running: Running) -> None:
        """Wait until nobody listens any more."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", running.prepared.service.port)
                except OSError:
                    return
                writer.close()
                await asyncio.sleep(0.05)

    async def test_what_does_not_end_is_cut_off(self) -> None:
        """After ``stop_seconds``: 503, and not a connection that hangs."""
        async with (
            serving(faces=echo_faces, http={"stop_seconds": 1}) as running,
            running.client(await running.token()) as client,
        ):
            held = asyncio.create_task(client.get("/api/hold"))
            await hold_of(running.prepared.service).until(1)
            running.prepared.server.stop()
            answer = await held
        assert (answer.status_code, answer.json()["code"]) == (503, "stopping")
        assert answer.headers["retry-after"]

    async def test_a_body_that_does_not_come_is_told_so(self) -> None:
        """503, though what the body still lacks is waited for a little: it is out before connections are cut."""
        async with serving(faces=echo_faces, http={"stop_seconds": 1}) as running:
            head = (
                f"POST /api/upload HTTP/1.1\r\nHost: {running.host}\r\n"
                f"Authorization: Bearer {await running.token()}\r\nContent-Length: 100\r\n\r\nbegun"
            )
            answering = asyncio.create_task(running.raw(head.encode()))
            while not running.prepared.server.server_state.tasks:
                await asyncio.sleep(0.01)
            running.prepared.server.stop()
            answer = await answering
        assert status_of(answer) == 503 and b'"stopping"' in answer

    def test_twenty_puts_in_flight_finish_or_fail_cleanly(self, shell: Shell) -> None:
        """SIGTERM in the middle: what was answered 201 is there afterwards, whole; the rest is there whole or not."""
        token = shell.json("token", "create", "--scope", "read,write")["token"]
        payloads = {f"put-{number}": {"number": number, "text": "x" * 200_000} for number in range(20)}
        with served(shell) as one:
            acknowledged = asyncio.run(self.puts_until_stopped(one, token, payloads))
            code, said = one.process.wait(PATIENCE), one.process.stderr
            assert (code, said.read() if said else b"") == (0, b"")
        there = {entry["artifact_id"] for entry in shell.json("ls")["artifacts"]}
        assert acknowledged <= there <= set(payloads)
        for artifact_id in there:
            assert json.loads(shell.ap("get", artifact_id).ok().out) == payloads[artifact_id]

    async def puts_until_stopped(self, one: Served, token: str, payloads: dict[str, dict[str, object]]) -> set[str]:
        """Put all of them at once, half of each body sent before the signal; the ids that were acknowledged."""
        signalled = asyncio.Event()
        waiting = asyncio.Semaphore(0)

        async def halves(body: bytes) -> object:
            yield body[: len(body) // 2]
            waiting.release()
            await signalled.wait()
            yield body[len(body) // 2 :]

        async def put(client: httpx.AsyncClient, artifact_id: str) -> str | None:
            document = {
                "artifact_type": "note",
                "artifact_id": artifact_id,
                "payload": {"semantic_payload": payloads[artifact_id]},
            }
            body = halves(json.dumps(document).encode())
            try:
                answer = await client.post("/api/artifacts", content=body, headers={"content-type": "application/json"})  # type: ignore[arg-type]
            except httpx.TransportError:
                return None
            return artifact_id if answer.status_code == 201 else None

        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=one.url, headers=headers, trust_env=False, timeout=PATIENCE) as client:
            puts = [asyncio.create_task(put(client, artifact_id)) for artifact_id in payloads]
            for _ in puts:
                await waiting.acquire()
            one.process.send_signal(signal.SIGTERM)
            signalled.set()
            return {found for found in await asyncio.gather(*puts) if found is not None}

    def test_a_second_signal_ends_it_at_once(self, shell: Shell) -> None:
        """Whatever is in work; the exit code says by which signal. Once nobody listens, the first one was heard."""
        shell.file("artifact-plane.toml", "[http]\nbody_seconds = 600\nstop_seconds = 600\n")
        token = shell.json("token", "create", "--scope", "write")["token"]
        head = "POST /api/artifacts HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\n{{"
        with served(shell) as one, socket.create_connection(("127.0.0.1", one.port)) as open_request:
            open_request.sendall(head.format(one.host, token).encode())
            with client_of(one) as client:
                client.get("/livez")
            one.process.send_signal(signal.SIGTERM)
            assert eventually(lambda: not self.listens(one.port), PATIENCE)
            code, _ = one.stop(signal.SIGTERM)
        assert code == 128 + signal.SIGTERM

    def listens(self, port: int) -> bool:
        """Whether a service takes connections."""
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return False
        return True


async def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    """The refusal, in process."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InvalidInput):
        async with serving(faces=echo_faces, http={"port": taken.getsockname()[1]}):
            raise AssertionError("it must not start")
