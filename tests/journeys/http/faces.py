"""Routes of the tests' own: they tell what the service made of a request, and do nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakKeyDictionary

import attrs
import orjson
from litestar import Response, get, post
from litestar.response import Stream

from artifact_plane.adapters.http.callers import HttpRequest, caller_of, csrf_of, request_id_of
from artifact_plane.adapters.http.gate import AnyObject, json_of, shaped
from artifact_plane.adapters.http.problems import Problem
from artifact_plane.adapters.http.scopes import Open, RouteGroup
from artifact_plane.adapters.http.service import Service, service_of
from artifact_plane.composition.service import Faces
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.json import JsonObject


@attrs.frozen(kw_only=True)
class Note:
    """What ``POST /api/echo`` takes."""

    count: int
    flag: bool = False
    labels: tuple[str, ...] = ()
    more: AnyObject = attrs.field(factory=dict)


def document(value: JsonObject) -> Response[bytes]:
    """A JSON answer."""
    return Response(orjson.dumps(value), media_type="application/json", status_code=200)


@get("/api/echo")
async def echo(request: HttpRequest) -> Response[bytes]:
    """Who is calling."""
    caller = caller_of(request)
    return document(
        {
            "tenant": caller.tenant_id,
            "scopes": sorted(caller.scopes),
            "credential": caller.credential_id,
            "request_id": request_id_of(request),
        }
    )


@post("/api/echo")
async def echo_body(request: HttpRequest) -> Response[bytes]:
    """What the gate let through."""
    settings = service_of(request).settings
    value = await json_of(request, max_bytes=settings.body_bytes, max_depth=settings.depth)
    note = shaped(value, Note)
    return document({"count": note.count, "labels": list(note.labels)})


@post("/api/upload")
async def upload(request: HttpRequest) -> Response[bytes]:
    """How many bytes came, without keeping them."""
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
    return document({"bytes": total})


@attrs.define(eq=False)
class Hold:
    """Requests that are held: how many there are, and what lets them go."""

    count: int = 0
    changed: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    release: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many are held."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.count >= count)


_holds: Final[WeakKeyDictionary[Service, Hold]] = WeakKeyDictionary()


def hold_of(service: Service) -> Hold:
    """What is held in a service."""
    return _holds.setdefault(service, Hold())


@get("/api/hold")
async def hold(request: HttpRequest) -> Response[bytes]:
    """An answer when the test says so."""
    held = hold_of(service_of(request))
    async with held.changed:
        held.count += 1
        held.changed.notify_all()
    await held.release.wait()
    return document({})


@get("/api/endless")
async def endless() -> Stream:
    """An answer without end."""

    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    return Stream(chunks())


@get("/api/bug")
async def bug() -> Response[bytes]:
    """Something that never should happen."""
    raise ZeroDivisionError("the secret is 42 <script>")


@get("/page")
async def page(request: HttpRequest) -> Response[bytes]:
    """A page: its tenant, and the token that its forms would send."""
    return document({"tenant": caller_of(request).tenant_id, "csrf": csrf_of(request)})


@post("/page")
async def change(request: HttpRequest) -> Response[bytes]:
    """What a form of that page does; how many bytes it sent."""
    total = sum([len(chunk) async for chunk in request.stream()])
    return document({"changed": caller_of(request).tenant_id, "bytes": total})


class PlainPages:
    """Pages without any look."""

    def login(self, request: HttpRequest, *, failed: bool) -> Response[bytes]:
        """The page that takes a token."""
        return Response(b"<p>login" + b" failed" * failed, media_type="text/html", status_code=401 if failed else 200)

    def problem(self, request: HttpRequest, problem: Problem) -> Response[bytes]:
        """An error as a page."""
        return Response(b"<p>" + problem.code.encode(), media_type="text/html", status_code=problem.status)


ECHO: Final = RouteGroup(
    name="echo",
    handlers=(echo, echo_body, upload, hold, endless, bug),
    needs={
        ("GET", "/api/echo"): Scope.READ,
        ("POST", "/api/echo"): Scope.WRITE,
        ("POST", "/api/upload"): Scope.WRITE,
        ("GET", "/api/hold"): Open.CALLER,
        ("GET", "/api/endless"): Open.CALLER,
        ("GET", "/api/bug"): Open.PUBLIC,
    },
)
PAGE: Final = RouteGroup(
    name="page",
    handlers=(page, change),
    needs={("GET", "/page"): Scope.READ, ("POST", "/page"): Scope.WRITE},
    cookies=True,
)


def echo_faces() -> Faces:
    """The faces of these tests."""
    return Faces(groups=(ECHO, PAGE), pages=PlainPages())
