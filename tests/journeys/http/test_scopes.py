"""Every route says what it needs, and is held to it (cases T01 to T03)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
import pytest
from litestar import Litestar, Response, asgi, get, websocket
from litestar.datastructures import State
from litestar.types import Receive, Send
from litestar.types import Scope as AsgiScope

from artifact_plane.adapters.http.app import create_app
from artifact_plane.adapters.http.callers import Facts, keep_facts
from artifact_plane.adapters.http.guard import guarded
from artifact_plane.adapters.http.scopes import Open, RouteGroup, RouteTable, live_routes
from artifact_plane.composition.service import Faces, installed_faces
from artifact_plane.domain.model.credential import ALL_SCOPES, Caller, Scope
from tests.journeys.http.serving import OTHER_TENANT, TENANT, Running, serving, table_of

PUBLIC: Final = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/login"),
    ("POST", "/login"),
}
"""Everything that anybody may call, beside HEAD of the same; a route that becomes public must be written down here."""

VALUES: Final[Mapping[str, str]] = {"artifact_id": "artifact-1", "execution_id": "execution-1", "name": "original"}


@get("/somewhere")
async def somewhere() -> str:
    """A route."""
    return ""


@asgi("/mounted", is_mount=True, copy_scope=True)
async def mounted(scope: AsgiScope, receive: Receive, send: Send) -> None:
    """An application of its own."""


@websocket("/socket")
async def socket(socket: object) -> None:
    """A websocket."""


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """The whole service, as it is installed."""
    async with serving(http={"rate": 100_000, "burst": 100_000, "failures": 100_000}) as one:
        yield one


def address(template: str) -> str:
    """A path that the template matches."""
    return re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], "x-1"), template)


async def answered(client: httpx.AsyncClient, method: str, template: str) -> httpx.Response:
    """The answer to a request without a body."""
    return await client.request(method, address(template), headers={"if-match": "*"})


async def test_every_live_route_stands_in_the_table(running: Running) -> None:
    """And the table names no other."""
    app = create_app(running.prepared.service)
    assert live_routes(app) == table_of(running).routes
    assert len(live_routes(app)) >= 30


async def test_only_these_are_public(running: Running) -> None:
    """The allow-list, by name; beside it only the files that every page needs and the API's description."""
    table = table_of(running)
    public = {route for route in table.routes if (rule := table.rule(*route)) and rule.need is Open.PUBLIC}
    assert {route for route in public if not route[1].startswith("/static/") and route[0] != "HEAD"} - {
        ("GET", "/openapi.json"),
        ("GET", "/favicon.ico"),
    } == PUBLIC


async def test_every_get_has_a_head_that_needs_the_same(running: Running) -> None:
    """And there is no other: so whatever is tried here for every route is tried for each HEAD too."""
    table = table_of(running)
    gets, heads = ({path: table.rule(method, path) for method, path in table.routes if method == one} for one in _READ)
    assert heads == gets and len(heads) >= 20


_READ: Final = ("GET", "HEAD")


async def test_no_route_answers_without_a_credential(running: Running) -> None:
    """401; or, for a page, the way to sign in."""
    table = table_of(running)
    async with running.client() as client:
        for method, template in sorted(table.routes):
            rule = table.rule(method, template)
            assert rule is not None
            if rule.need is Open.PUBLIC:
                continue
            answer = await answered(client, method, template)
            led = answer.status_code == 303 and answer.headers["location"] == "/login" and rule.cookies
            assert answer.status_code == 401 or led, (method, template, answer.status_code)


async def test_no_route_answers_to_too_small_a_scope(running: Running) -> None:
    """403 with every other scope in hand."""
    table = table_of(running)
    for need in Scope:
        async with running.client(await running.token(*(ALL_SCOPES - {need}))) as client:
            for method, template in sorted(table.routes):
                rule = table.rule(method, template)
                if rule is not None and rule.need is need:
                    answer = await answered(client, method, template)
                    assert answer.status_code == 403, (method, template, answer.status_code)


async def test_another_tenants_things_are_not_there(running: Running) -> None:
    """Every address with an id, by every method, gives what it gives for an id that never was; and nothing happens."""
    async with running.client(await running.token()) as owner:
        before = await owned(owner)
        async with running.client(await running.token(tenant=OTHER_TENANT)) as client:
            for method, template in sorted(table_of(running).routes):
                if not {"{artifact_id}", "{execution_id}"} & set(template.split("/")):
                    continue
                theirs = await asked_for(client, method, template, "1")
                absent = await asked_for(client, method, template, "2")
                assert theirs == absent, (method, template)
                assert theirs[0] >= 300 and "canary" not in theirs[1] and TENANT not in theirs[1], (method, template)
        assert await owned(owner) == before


async def owned(owner: httpx.AsyncClient) -> object:
    """What the owner has: made the first time, unchanged ever after."""
    body = {
        "artifact_type": "note",
        "artifact_id": "artifact-1",
        "payload": {"semantic_payload": {"a": "canary"}},
        "metadata": {},
    }
    assert (await owner.post("/api/artifacts", json=body)).status_code in (200, 201)
    return [
        (await owner.get(path)).json() for path in ("/api/artifact/artifact-1", "/api/artifact/artifact-1/versions")
    ]


async def asked_for(client: httpx.AsyncClient, method: str, template: str, number: str) -> tuple[int, str]:
    """The answer about the things of that number, but for their ids and its own."""
    path = re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], "x-1"), template).replace("-1", f"-{number}")
    headers = {"if-match": '"1"'}
    body = {"artifact_type": "note", "payload": {"semantic_payload": {"a": 1}}, "metadata": {}}
    answer = await client.request(method, path, headers=headers, json=body if method in ("POST", "PUT") else None)
    told = re.sub(r"(artifact|execution)-[12]", "…", answer.text)
    return answer.status_code, re.sub(r'"request_id":"[^"]+"', "", told)


async def test_a_route_without_a_scope_stops_the_service() -> None:
    """So does a scope without a route, a route of two groups, a mounted application and a websocket."""
    bad = {
        "routes without a scope": [RouteGroup(name="a", handlers=[somewhere], needs={})],
        "scopes without a route": [RouteGroup(name="a", handlers=[], needs={("GET", "/nowhere"): Scope.READ})],
        "two groups claim": [
            RouteGroup(name=name, handlers=[], needs={("GET", "/somewhere"): Scope.READ}) for name in "ab"
        ],
        "no place in the table": [RouteGroup(name="a", handlers=[mounted], needs={("GET", "/mounted"): Scope.READ})],
    }
    for message, groups in bad.items():
        with pytest.raises(ValueError, match=message):
            async with serving(faces=lambda groups=groups: Faces(groups=groups)):  # type: ignore[misc]
                raise AssertionError("it must not start")


async def test_what_nobody_named_is_denied() -> None:
    """The guard alone, before a route that stands in no table: not even a caller with every scope gets through."""
    told: list[tuple[str, int]] = []

    def note(request: object, error: Exception) -> Response[bytes]:
        told.append((type(error).__name__, getattr(error, "status", 0)))
        return Response(b"", status_code=getattr(error, "status", 500))

    app = Litestar(
        [somewhere, mounted],
        middleware=[guarded(RouteTable(()), "http")],
        exception_handlers={Exception: note},
        openapi_config=None,
        state=State({}),
    )
    caller = Caller(tenant_id=TENANT, scopes=ALL_SCOPES, credential_id="c")
    for path in ("/somewhere", "/mounted/x"):
        for known in (None, caller):
            await _asked(app, path, Facts(request_id="r", caller=known))
    assert [status for _, status in told] == [401, 403, 401, 403]


async def _asked(app: Litestar, path: str, facts: Facts) -> None:
    # What a server gives beside, and nothing reads here, is left out.
    scope: AsgiScope = {  # type: ignore[assignment]
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    keep_facts(scope, facts)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: object) -> None:
        """Nobody listens."""

    await app(scope, receive, send)  # type: ignore[arg-type]


def test_the_installed_faces_are_the_api_and_the_pages() -> None:
    """What ``ap serve`` shows."""
    faces = installed_faces()
    assert [group.name for group in faces.groups] == ["api", "web"]
    assert faces.pages is not None
