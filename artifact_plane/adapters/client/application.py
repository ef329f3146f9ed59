"""The application of a service: the driving port over HTTP."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import httpx

from artifact_plane.adapters.client.access import HttpAccess
from artifact_plane.adapters.client.address import is_loopback
from artifact_plane.adapters.client.content import Downloads
from artifact_plane.adapters.client.conversation import Conversation, Means
from artifact_plane.adapters.client.lineage import HttpLineage
from artifact_plane.adapters.client.plane import HttpPlane
from artifact_plane.adapters.client.runtime import WAIT, HttpRuntime
from artifact_plane.adapters.client.steward import HttpSteward
from artifact_plane.adapters.client.tenancy import Tenancy
from artifact_plane.ports.access import Access
from artifact_plane.ports.application import Application, LineageQueries, Plane, Runtime, Steward


@attrs.frozen(kw_only=True)
class Service:
    """Which service, as whom, and how long to wait.

    ``timeout`` is how many seconds nothing may happen on a connection. With ``strict`` a tenant that is named must be
    the token's; without, whichever is named, the token's is meant.
    """

    url: httpx.URL
    token: str | None = attrs.field(default=None, repr=False)
    timeout: float = 30.0
    strict: bool = True
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What every request says; answers come as they are, not packed."""
        said = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "artifact-plane"}
        return said if self.token is None else {**said, "authorization": f"Bearer {self.token}"}

    @property
    def through_proxies(self) -> bool:
        """Whether the environment's proxies are used: not to this machine itself."""
        return not is_loopback(self.url.host)

    def certificates(self) -> ssl.SSLContext:
        """Whom to trust; always checked. Where there is no TLS, nobody, and nothing is loaded."""
        if self.tls is not None:
            return self.tls
        if self.url.scheme == "http":
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.create_ssl_context(trust_env=True)


class HttpApplication(Application):
    """The five faces of a service."""

    def __init__(self, talk: Conversation, tenancy: Tenancy, downloads: Downloads) -> None:
        self._plane: Final = HttpPlane(talk, tenancy, downloads)
        self._runtime: Final = HttpRuntime(talk, tenancy)
        self._lineage: Final = HttpLineage(talk, tenancy)
        self._steward: Final = HttpSteward(talk, tenancy)
        self._access: Final = HttpAccess()

    @property
    def plane(self) -> Plane:
        """Artifacts."""
        return self._plane

    @property
    def runtime(self) -> Runtime:
        """Executions."""
        return self._runtime

    @property
    def lineage(self) -> LineageQueries:
        """Where things came from."""
        return self._lineage

    @property
    def steward(self) -> Steward:
        """Policy."""
        return self._steward

    @property
    def access(self) -> Access:
        """Nothing: credentials are made on the service's own machine."""
        return self._access

    async def find_out(self, talk: Conversation, tenancy: Tenancy) -> None:
        """Ask what has to be known before anything else: whose the token is, and which intent types there are."""
        found = await asyncio.gather(tenancy.find_out(talk), self._runtime.find_out(), return_exceptions=True)
        for error in found:
            if error is not None:
                raise error


@asynccontextmanager
async def opened(service: Service, means: Means) -> AsyncIterator[HttpApplication]:
    """The application of a service, open for the length of the context.

    Raises (when the context is entered):
        Refused: the service knows nobody by the token.
        Unavailable: it does not answer.
    """
    tls = await asyncio.to_thread(service.certificates)
    downloads = Downloads(lambda: _blocking(service, tls), means, time.sleep)
    async with httpx.AsyncClient(
        base_url=service.url,
        headers=service.headers,
        timeout=_patient(service),
        verify=tls,
        trust_env=service.through_proxies,
    ) as client:
        talk, tenancy = Conversation(client, means), Tenancy(strict=service.strict)
        application = HttpApplication(talk, tenancy, downloads)
        try:
            await application.find_out(talk, tenancy)
            yield application
        finally:
            await asyncio.to_thread(downloads.close)


def _blocking(service: Service, tls: ssl.SSLContext) -> httpx.Client:
    return httpx.Client(
        base_url=service.url,
        headers=service.headers,
        timeout=service.timeout,
        verify=tls,
        trust_env=service.through_proxies,
    )


def _patient(service: Service) -> httpx.Timeout:
    """A service that was asked to wait for an end says nothing for so long."""
    return httpx.Timeout(service.timeout, read=service.timeout + WAIT)
