"""Sessions of browsers: how they begin, what they may do, how they end; on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from artifact_plane.domain.model.credential import Scope
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.serving import PATIENCE, TENANT, Running, asked, serving


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service in memory with the routes of ``faces``."""
    async with serving(faces=echo_faces) as one:
        yield one


class TestSessions:
    """A browser's session."""

    async def signed_in(self, running: Running, client: httpx.AsyncClient) -> str:
        """Sign the client in by a link; the CSRF token of its session."""
        issued = await running.application.access.invite(TENANT, [Scope.READ, Scope.WRITE], expires_in=60)
        answer = await client.get(f"/login?token={issued.secret}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        told = (await client.get("/page")).json()
        assert told["tenant"] == TENANT
        return str(told["csrf"])

    async def test_a_link_signs_in_once(self, running: Running) -> None:
        """The second time it shows the page for signing in, and nothing is set."""
        issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
        first = await asked(running, path=f"/login?token={issued.secret}")
        second = await asked(running, path=f"/login?token={issued.secret}")
        assert (first.status_code, second.status_code, second.text) == (303, 401, "<p>login failed")
        assert "set-cookie" in first.headers and "set-cookie" not in second.headers

    async def test_the_cookie_is_out_of_reach(self, running: Running) -> None:
        """No script reads it, no form from elsewhere sends it, no other port's service confuses it."""
        issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
        answer = await asked(running, path=f"/login?token={issued.secret}")
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith(f"ap_session_{running.prepared.service.port}=aps_")
        assert {"httponly", "samesite=lax", "path=/"} <= set(cookie.split("; "))
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert issued.secret not in answer.headers["location"]

    async def test_behind_tls_the_cookie_goes_nowhere_else(self) -> None:
        """``scheme = "https"``: Secure, and strict transport."""
        async with serving(faces=echo_faces, http={"scheme": "https"}) as running:
            issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
            async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
                port = running.prepared.service.port
                answer = await client.get(f"http://127.0.0.1:{port}/login?token={issued.secret}")
        assert "secure" in answer.headers["set-cookie"].lower().split("; ")
        assert answer.headers["strict-transport-security"]

    async def test_a_token_can_be_pasted(self, running: Running) -> None:
        """By the form, from a page of this origin."""
        token = await running.token(Scope.READ)
        async with running.client() as client:
            own = {"origin": running.url}
            wrong = await client.post("/login", data={"token": "ap_wrong"}, headers=own)
            assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
            assert (await client.post("/login", data={"token": f" {token}\n"}, headers=own)).status_code == 303
            assert (await client.get("/page")).json()["tenant"] == TENANT

    @pytest.mark.parametrize(
        "headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
    )
    async def test_nobody_is_signed_in_from_elsewhere(self, running: Running, headers: dict[str, str]) -> None:
        """A form of another origin cannot make a browser use somebody else's account."""
        async with running.client() as client:
            answer = await client.post("/login", data={"token": await running.token()}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)

    async def test_a_link_signs_nobody_in_by_a_token(self, running: Running) -> None:
        """Whoever follows a link with another's token would work in that one's name, unasked."""
        answer = await asked(running, path=f"/login?token={await running.token()}")
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)

    async def test_the_api_takes_no_cookie(self, running: Running) -> None:
        """Case X03: no page, and no document opened from the service, can call the API as its reader."""
        async with running.client() as client:
            csrf = await self.signed_in(running, client)
            assert (await client.get("/api/echo")).status_code == 401
            answer = await client.post(
                "/api/echo", json={"count": 1}, headers={"x-csrf-token": csrf, "origin": running.url}
            )
            assert answer.status_code == 401

    async def test_a_change_needs_the_sessions_token_and_this_origin(self, running: Running) -> None:
        """Case X07: a form post from another origin, without the token, or with another session's is 403."""
        async with running.client() as client, running.client() as other:
            csrf = await self.signed_in(running, client)
            foreign = await self.signed_in(running, other)
            own = {"origin": running.url}
            refused: list[tuple[str, dict[str, str]]] = [
                ("/page", own),
                ("/page", own | {"x-csrf-token": foreign}),
                ("/page", own | {"x-csrf-token": ""}),
                ("/page?csrf=", own),
                (f"/page?csrf={csrf}", own),
                ("/page", {"x-csrf-token": csrf}),
                ("/page", {"x-csrf-token": csrf, "origin": "http://evil.example"}),
                ("/page", {"x-csrf-token": csrf, "origin": "null"}),
                ("/page", {"x-csrf-token": csrf, "origin": running.url.replace("http:", "https:")}),
                ("/page", {"x-csrf-token": csrf, "origin": running.url + "0"}),
                ("/page", {"x-csrf-token": csrf, "sec-fetch-site": "same-site"}),
            ]
            for path, headers in refused:
                assert (await client.post(path, headers=headers)).status_code == 403, (path, headers)
            for headers in (own, {"sec-fetch-site": "same-origin"}):
                answer = await client.post("/page", headers=headers | {"x-csrf-token": csrf})
                assert answer.json()["changed"] == TENANT

    async def test_a_form_begins_with_the_sessions_token(self, running: Running) -> None:
        """It is read from the body's beginning, and the route still gets the whole body; no address carries it."""
        async with running.client() as client, running.client() as other:
            csrf = await self.signed_in(running, client)
            foreign = await self.signed_in(running, other)
            client.headers["origin"] = running.url
            for fields in ({}, {"csrf": foreign}, {"csrf": csrf[:-1]}, {"more": "x" * 600, "csrf": csrf}):
                assert (await client.post("/page", data=fields)).status_code == 403, fields
            assert (await client.post(f"/page?csrf={csrf}", data={"more": "x"})).status_code == 403
            sent = {"csrf": csrf, "more": "x" * 200_000}
            for answer in (
                await client.post("/page", data=sent),
                await client.post("/page", files=[(name, (None, text)) for name, text in sent.items()]),
            ):
                assert answer.json() == {"changed": TENANT, "bytes": int(answer.request.headers["content-length"])}

    async def test_a_token_needs_no_csrf_token(self, running: Running) -> None:
        """No browser sends it of itself."""
        async with running.client(await running.token()) as client:
            assert (await client.post("/page")).json()["changed"] == TENANT

    async def test_signing_out_ends_the_session(self, running: Running) -> None:
        """Also for whoever kept the cookie."""
        async with running.client() as client:
            csrf = await self.signed_in(running, client)
            kept = client.cookies.get(running.prepared.service.cookie)
            answer = await client.post("/logout", data={"csrf": csrf}, headers={"origin": running.url})
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        cookie = ("cookie", f"{running.prepared.service.cookie}={kept}")
        assert (await asked(running, cookie, path="/page")).headers["location"] == "/login"

    async def test_signing_in_again_ends_the_session_before(self, running: Running) -> None:
        """No session is left lying about."""
        async with running.client() as client:
            await self.signed_in(running, client)
            kept = client.cookies.get(running.prepared.service.cookie)
            await self.signed_in(running, client)
            assert client.cookies.get(running.prepared.service.cookie) != kept
        assert (
            await asked(running, ("cookie", f"{running.prepared.service.cookie}={kept}"), path="/page")
        ).status_code == 303

    async def test_two_cookies_of_that_name_are_none(self, running: Running) -> None:
        """Whoever can slip a cookie in does not choose the session."""
        async with running.client() as client:
            await self.signed_in(running, client)
            kept = client.cookies.get(running.prepared.service.cookie)
        name = running.prepared.service.cookie
        assert (await asked(running, ("cookie", f"{name}={kept}; {name}=aps_x"), path="/page")).status_code == 303

    async def test_who_is_not_signed_in_is_led_to_the_page_for_it(self, running: Running) -> None:
        """A GET is led there; a change is told 401; the page itself is open."""
        assert (await asked(running, path="/page")).headers["location"] == "/login"
        assert (await asked(running, path="/page", method="POST")).status_code == 401
        assert (await asked(running, path="/login")).text == "<p>login"

    @pytest.mark.parametrize(
        "there",
        [
            "//evil.example",
            "/\\evil.example",
            "/%5C/../\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "evil.example",
            "/\t/evil.example",
            "/\r\nset-cookie: a=b",
            "/\u00e9",
            "/login?token=api_x",
            "/" + "x" * 2_000,
            "",
        ],
    )
    async def test_signing_in_leads_to_no_other_place(self, running: Running, there: str) -> None:
        """Whatever another service of this host may have put into the cookie, the way is to a page of this one."""
        cookie = f"ap_wanted_{running.prepared.service.port}={quote(there, safe='')}"
        issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
        answer = await asked(running, ("cookie", cookie), path=f"/login?token={issued.secret}&next={quote(there)}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")

    async def test_only_a_page_is_remembered(self, running: Running) -> None:
        """Out of reach of scripts, for the page for signing in alone; no stream, no part of a page, nothing foreign."""
        page = ("accept", "text/html,*/*;q=0.8")
        for headers in ([], [("accept", "text/event-stream")], [page, ("sec-fetch-dest", "iframe")]):
            assert "ap_wanted" not in str((await asked(running, *headers, path="/page")).headers)
        cookies = (await asked(running, page, ("sec-fetch-dest", "document"), path="/page?a=b")).headers.get_list(
            "set-cookie"
        )
        name = f"ap_wanted_{running.prepared.service.port}"
        told = next(cookie for cookie in cookies if cookie.startswith(f"{name}=%2Fpage%3Fa%3Db;")).lower()
        assert {"httponly", "samesite=lax", "path=/login"} <= set(told.split("; "))

    async def test_a_session_has_the_scopes_it_was_opened_with(self, running: Running) -> None:
        """A reader's session changes nothing."""
        issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
        async with running.client() as client:
            await client.get(f"/login?token={issued.secret}")
            csrf = (await client.get("/page")).json()["csrf"]
            answer = await client.post("/page", data={"csrf": csrf}, headers={"origin": running.url})
        assert answer.status_code == 403
