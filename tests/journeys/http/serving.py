"""The real server, in this process on a free port of loopback, and ways to speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import attrs
import httpx

from artifact_plane.adapters.http.app import create_app
from artifact_plane.adapters.http.scopes import RouteTable
from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.service import Faces, Prepared, installed_faces, prepare
from artifact_plane.composition.settings import load
from artifact_plane.domain.model.credential import ALL_SCOPES, Scope
from artifact_plane.ports.application import Application

TENANT: Final = "acme"
OTHER_TENANT: Final = "globex"
PATIENCE: Final = 90.0
"""Seconds in which a busy machine answers, or does in the background what a test waits for."""
_SETTINGS: Final[Mapping[str, object]] = {"port": 0, "log_format": "none"}


@attrs.frozen(kw_only=True)
class Running:
    """A service that answers."""

    prepared: Prepared
    application: Application

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.prepared.started.url

    @property
    def host(self) -> str:
        """The value of the Host header."""
        return self.url.removeprefix("http://")

    async def token(self, *scopes: Scope, tenant: str = TENANT) -> str:
        """A new token with these scopes, or with all of them."""
        issued = await self.application.access.issue(tenant, scopes or ALL_SCOPES)
        return issued.secret

    @asynccontextmanager
    async def client(self, token: str | None = None, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A client that sends the token with each request, and obeys no proxy of the environment.

        ``more`` are settings of the library's own, each of another type: that is why they are Any.
        """
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False, **more
        ) as client:
            yield client

    async def raw(self, request: bytes) -> bytes:
        """What the server answers to these bytes, until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.prepared.service.port)
        try:
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(PATIENCE):
                return await heard(reader)
        finally:
            writer.close()

    async def get(self, target: bytes, token: str | None = None, *headers: bytes) -> bytes:
        """The answer to a GET of exactly that target."""
        lines = [
            b"GET " + target + b" HTTP/1.1",
            b"Host: " + self.host.encode(),
            b"Connection: close",
            *([b"Authorization: Bearer " + token.encode()] if token else []),
            *headers,
        ]
        return await self.raw(b"\r\n".join([*lines, b"", b""]))


async def heard(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side closes. Where something was on its way to it just then, that is a reset."""
    data = b""
    with suppress(ConnectionResetError):
        while piece := await reader.read(65_536):
            data += piece
    return data


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


def status_of(answer: bytes) -> int:
    """The status of a raw answer."""
    return int(answer.split(b" ", 2)[1])


def table_of(running: Running) -> RouteTable:
    """The merged table of a service."""
    table = create_app(running.prepared.service).state.table
    assert isinstance(table, RouteTable)
    return table


@asynccontextmanager
async def serving(
    home: Path | None = None,
    *,
    faces: Callable[[], Faces] = installed_faces,
    http: Mapping[str, object] | None = None,
    oidc: Mapping[str, object] | None = None,
    extras: Extras | None = None,
    folder: Path | None = None,
    wrapped: Callable[[Adapters], Adapters] = lambda adapters: adapters,
) -> AsyncIterator[Running]:
    """A service over ``home``, or in memory; ``http`` and ``oidc`` are sections of the settings, and ``wrapped`` puts
    something in front of its adapters."""
    given = {
        "profile": "memory" if home is None else "local",
        "home": home,
        "http": {**_SETTINGS, **(http or {})},
        "oidc": oidc,
    }
    settings = load(given, {}, folder or Path("/nonexistent"))
    async with AsyncExitStack() as stack:
        adapters = wrapped(await stack.enter_async_context(adapters_of(settings, extras or Extras())))
        application = await stack.enter_async_context(running(adapters, limits_of(settings)))
        prepared = await prepare(application, adapters, settings, TENANT, faces)
        serve = asyncio.create_task(prepared.server.serve_here(prepared.bound))
        try:
            yield Running(prepared=prepared, application=application)
        finally:
            prepared.server.stop()
            await serve


async def asked(
    running: Running, *headers: tuple[str, str], method: str = "GET", path: str = "/api/echo"
) -> httpx.Response:
    """The answer to a request with these headers and no others of authority."""
    async with running.client() as client:
        return await client.request(method, path, headers=list(headers))
