"""Who is let in, as whom, for what; on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from artifact_plane.adapters.memory.clock import SettableClock
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.credential import Scope
from tests.journeys.http.faces import echo_faces, hold_of
from tests.journeys.http.serving import OTHER_TENANT, TENANT, Running, asked, serving, status_of


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service in memory with the routes of ``faces``."""
    async with serving(faces=echo_faces) as one:
        yield one


async def test_a_token_says_who_is_calling(running: Running) -> None:
    """The tenant, the scopes and the credential; the answer's id is the request's."""
    token = await running.token(Scope.READ)
    answer = await asked(running, ("authorization", f"Bearer {token}"))
    told = answer.json()
    assert (told["tenant"], told["scopes"]) == (TENANT, ["read"])
    assert told["request_id"] == answer.headers["x-request-id"]


async def test_every_failure_to_authenticate_gives_the_same_answer(running: Running) -> None:
    """401, with what to do and the challenge; but for the request's id nothing tells one failure from another."""
    live = await running.token()
    revoked = await running.application.access.issue(TENANT, [Scope.READ])
    await running.application.access.revoke(revoked.credential.credential_id, TENANT)
    invitation = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
    wrong = [
        [],
        [f"Bearer {revoked.secret}"],
        [f"Bearer {invitation.secret}"],
        [f"Bearer {live}x"],
        [f"Basic {live}"],
        [f"Bearer  {live}"],
        [live],
        ["Bearer"],
        [f"Bearer {live}", f"Bearer {live}"],
    ]
    seen = set()
    for values in wrong:
        answer = await asked(running, *(("authorization", value) for value in values))
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="artifact-plane"'
        assert answer.headers["content-type"] == "application/problem+json"
        seen.add(answer.text.replace(answer.json()["request_id"], "…"))
    assert len(seen) == 1


async def test_a_token_is_taken_from_no_other_place(running: Running) -> None:
    """Not from the query, a cookie, a body or a header of another name."""
    token = await running.token()
    assert (await asked(running, path=f"/api/echo?token={token}&access_token={token}")).status_code == 401
    assert (await asked(running, ("cookie", f"{running.prepared.service.cookie}={token}"))).status_code == 401
    assert (await asked(running, ("x-api-key", token), ("proxy-authorization", f"Bearer {token}"))).status_code == 401


async def test_the_tenant_comes_from_the_credential_only(running: Running) -> None:
    """Case T04: a query or a header that names another tenant is ignored, a body that does is refused."""
    bearer = ("authorization", f"Bearer {await running.token()}")
    named = ("x-tenant-id", OTHER_TENANT), ("tenant_id", OTHER_TENANT)
    answer = await asked(running, bearer, *named, path=f"/api/echo?tenant_id={OTHER_TENANT}&tenant={OTHER_TENANT}")
    assert answer.json()["tenant"] == TENANT
    async with running.client(await running.token()) as client:
        answer = await client.post("/api/echo", json={"count": 1, "tenant_id": OTHER_TENANT})
    assert (answer.status_code, answer.json()["where"]) == (400, "body")


async def test_too_small_a_scope_is_told_which_it_needs(running: Running) -> None:
    """Case T03: 403, and the scope that is missing; ``admin`` stands for itself alone."""
    for scopes in ([Scope.READ], [Scope.ADMIN, Scope.DELETE, Scope.POLICY, Scope.EXECUTE]):
        async with running.client(await running.token(*scopes)) as client:
            answer = await client.post("/api/echo", json={"count": 1})
        assert answer.status_code == 403
        assert answer.json()["code"] == "insufficient_scope"
        assert 'scope="write"' in answer.headers["www-authenticate"]


async def test_a_revoked_token_ends_at_once(running: Running) -> None:
    """On a connection that is open, too."""
    issued = await running.application.access.issue(TENANT, [Scope.READ])
    async with running.client(issued.secret) as client:
        assert (await client.get("/api/echo")).status_code == 200
        await running.application.access.revoke(issued.credential.credential_id, TENANT)
        assert (await client.get("/api/echo")).status_code == 401


async def test_who_is_not_known_does_not_learn_what_there_is(running: Running) -> None:
    """Case T01: 401 for an address that is not there, a method it does not know, documents and metrics."""
    for method, path in (
        ("GET", "/nothing"),
        ("GET", "/docs"),
        ("GET", "/schema"),
        ("GET", "/metrics"),
        ("OPTIONS", "/api/echo"),
        ("TRACE", "/api/echo"),
        ("PROPFIND", "/api/echo"),
    ):
        answer = await asked(running, method=method, path=path)
        assert answer.status_code == 401, (method, path)


async def test_who_is_known_learns_it(running: Running) -> None:
    """404; 405 with the methods there are."""
    token = await running.token()
    async with running.client(token) as client:
        absent = await client.get("/api/nothing")
        other = await client.put("/api/echo")
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")
    assert (other.status_code, set(other.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST", "OPTIONS"})


async def test_watchers_need_no_credential_and_figures_need_admin(running: Running) -> None:
    """/livez and /readyz tell whether, not what; /metrics tells figures without any tenant's name."""
    live, ready = [await asked(running, path=path) for path in ("/livez", "/readyz")]
    assert (live.status_code, ready.status_code) == (200, 200)
    assert ready.json() == {"status": "ok", "components": {"records": "ok", "payloads": "ok"}}
    assert (
        await asked(running, ("authorization", f"Bearer {await running.token(Scope.READ)}"), path="/metrics")
    ).status_code == 403
    async with running.client(await running.token(Scope.ADMIN)) as client:
        figures = (await client.get("/metrics")).text
    assert 'artifact_plane_http_requests_total{method="GET",route="/livez",status="200"} 1.0' in figures
    assert 'artifact_plane_component_up{component="records"} 1.0' in figures
    assert TENANT not in figures


class TestRates:
    """How often one may call, and fail."""

    async def test_a_credential_has_a_rate_of_its_own(self) -> None:
        """429 with Retry-After for the one too many; another's requests go on; after the wait it goes on, too."""
        clock = SettableClock()
        async with serving(faces=echo_faces, http={"rate": 2, "burst": 5}, extras=Extras(clock=clock)) as running:
            token, other = await running.token(), await running.token()
            async with running.client(token) as client:
                statuses = [(await client.get("/api/echo")).status_code for _ in range(6)]
                limited = await client.get("/nothing")
                async with running.client(other) as second:
                    assert (await second.get("/api/echo")).status_code == 200
                clock.advance(0.5)
                assert (await client.get("/api/echo")).status_code == 200
                assert (await client.get("/api/echo")).status_code == 429
        assert statuses == [200] * 5 + [429]
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
        assert limited.json()["remedy"]

    async def test_failures_count_against_the_address_whatever_a_header_says(self) -> None:
        """Case T13: another X-Forwarded-For each time is another nothing; a good token still gets in."""
        async with serving(faces=echo_faces, http={"failures": 3, "failures_seconds": 600}) as running:
            statuses = []
            for number in range(6):
                forwarded = {
                    "x-forwarded-for": f"10.0.0.{number}",
                    "forwarded": f"for=10.0.0.{number}",
                    "x-real-ip": f"10.0.0.{number}",
                    "authorization": f"Bearer ap_{number}",
                }
                statuses.append((await asked(running, *forwarded.items())).status_code)
            assert statuses == [401] * 3 + [429] * 3
            good = ("authorization", f"Bearer {await running.token()}")
            assert (await asked(running, good)).status_code == 200
            assert (await asked(running)).status_code == 401

    async def test_failed_sign_ins_count_too(self) -> None:
        """The form is no way round; a good token still signs in."""
        async with (
            serving(faces=echo_faces, http={"failures": 2, "failures_seconds": 600}) as running,
            running.client() as client,
        ):
            client.headers["origin"] = running.url
            statuses = [(await client.post("/login", data={"token": f"ap_{n}"})).status_code for n in range(4)]
            good = await client.post("/login", data={"token": await running.token()})
        assert (statuses, good.status_code) == ([401, 401, 429, 429], 303)

    async def test_where_nobody_is_asked_for_nothing_is_looked_up(self) -> None:
        """A credential sent to what is public is not even tried: it need not wait for the records."""
        async with serving(faces=echo_faces, http={"failures": 1, "failures_seconds": 600}) as running:
            wrong = ("authorization", "Bearer ap_wrong")
            for path in ("/livez", "/readyz") * 2:
                assert (await asked(running, wrong, path=path)).status_code == 200
            assert [(await asked(running, wrong)).status_code for _ in range(2)] == [401, 429]

    async def test_one_credential_cannot_hold_the_places_of_all(self) -> None:
        """429 beyond its share, with what to do; another's requests are answered meanwhile, and its own go on later."""
        async with (
            serving(faces=echo_faces, http={"requests": 8, "credential_requests": 3}) as running,
            running.client(await running.token()) as client,
            running.client(await running.token(tenant=OTHER_TENANT)) as second,
        ):
            hold = hold_of(running.prepared.service)
            held = [asyncio.create_task(client.get("/api/hold")) for _ in range(3)]
            await hold.until(3)
            refused = [await client.get("/api/echo") for _ in range(5)]
            others = [(await second.get("/api/echo")).status_code for _ in range(5)]
            live = await client.get("/livez")
            hold.release.set()
            assert [(await one).status_code for one in held] == [200] * 3
            assert (await client.get("/api/echo")).status_code == 200
        told = refused[-1].json()
        assert ([one.status_code for one in refused], others, live.status_code) == ([429] * 5, [200] * 5, 200)
        assert (refused[-1].headers["retry-after"], told["code"]) == ("1", "too_many_at_once")
        assert told["remedy"] and "3 requests of this credential" in told["detail"]

    async def test_more_requests_than_there_is_room_for_are_turned_away(self) -> None:
        """503 with Retry-After; who watches the service is answered all the same."""
        async with (
            serving(faces=echo_faces, http={"requests": 3}) as running,
            running.client(await running.token()) as client,
        ):
            hold = hold_of(running.prepared.service)
            held = [asyncio.create_task(client.get("/api/hold")) for _ in range(3)]
            await hold.until(3)
            full = await client.get("/api/echo")
            live = await client.get("/livez")
            hold.release.set()
            assert [(await one).status_code for one in held] == [200] * 3
            assert (await client.get("/api/echo")).status_code == 200
        assert (full.status_code, full.headers["retry-after"], full.json()["code"]) == (503, "1", "overloaded")
        assert live.status_code == 200


class TestHosts:
    """The names that the service goes by (DNS rebinding)."""

    @pytest.mark.parametrize(
        "name",
        [
            "evil.example",
            "127.0.0.1",
            "localhost.evil.example:{port}",
            "127.0.0.1:1",
            "10.0.0.1:{port}",
            "",
            "a b",
            "127.0.0.1:{port}@evil",
        ],
    )
    async def test_another_name_is_refused(self, running: Running, name: str) -> None:
        """421, before anything is looked up; two Host headers too."""
        host = name.format(port=running.prepared.service.port).encode()
        answer = await running.raw(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        assert status_of(answer) in (400, 421)

    @pytest.mark.parametrize("name", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
    async def test_its_own_names_are_taken(self, running: Running, name: str) -> None:
        """Those of this machine."""
        host = name.format(port=running.prepared.service.port).encode()
        answer = await running.raw(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        assert status_of(answer) == 200

    async def test_further_names_can_be_set(self) -> None:
        """``hosts``: with any port, or with the one that is named."""
        async with serving(faces=echo_faces, http={"hosts": "plane.example, other.example:81"}) as running:
            for host, status in (
                (b"plane.example", 200),
                (b"Plane.Example:8443", 200),
                (b"other.example:81", 200),
                (b"other.example", 421),
                (b"xplane.example", 421),
            ):
                answer = await running.raw(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                assert status_of(answer) == status, host
