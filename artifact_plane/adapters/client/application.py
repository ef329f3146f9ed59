"""The application of a service: the driving port over HTTP."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Coroutine
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
from artifact_plane.ports.application import Application

AT_ONCE: Final = 48
"""Requests under way at once; more wait their turn here. A service lets one credential have so many and a few more."""


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


@attrs.frozen(kw_only=True)
class HttpApplication(Application):
    """The five faces of a service. Credentials are made on its own machine: ``access`` refuses."""

    plane: HttpPlane
    runtime: HttpRuntime
    lineage: HttpLineage
    steward: HttpSteward
    access: HttpAccess


@asynccontextmanager
async def opened(service: Service, means: Means) -> AsyncIterator[HttpApplication]:
    """The application of a service, open for the length of the context.

    Raises (when the context is entered):
        NotPermitted: the service knows nobody by the token.
        Unavailable: it does not answer.
    """
    tls = await asyncio.to_thread(service.certificates)
    downloads = Downloads(lambda: _blocking(service, tls), means, time.sleep)
    async with httpx.AsyncClient(
        base_url=service.url,
        headers=service.headers,
        timeout=_patient(service),
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        verify=tls,
        trust_env=service.through_proxies,
    ) as client:
        talk, tenancy = Conversation(client, means), Tenancy(strict=service.strict)
        application = HttpApplication(
            plane=HttpPlane(talk, tenancy, downloads),
            runtime=HttpRuntime(talk, tenancy),
            lineage=HttpLineage(talk, tenancy),
            steward=HttpSteward(talk, tenancy),
            access=HttpAccess(),
        )
        try:
            await _found_out(tenancy.find_out(talk), application.runtime.find_out())
            yield application
        finally:
            await asyncio.to_thread(downloads.close)


async def _found_out(*questions: Coroutine[object, object, None]) -> None:
    """Ask what has to be known before anything else: whose the token is, and which intent types there are."""
    for error in await asyncio.gather(*questions, return_exceptions=True):
        if error is not None:
            raise error


def _blocking(service: Service, tls: ssl.SSLContext) -> httpx.Client:
    return httpx.Client(
        base_url=service.url,
        headers=service.headers,
        timeout=service.timeout,
        verify=tls,
        trust_env=service.through_proxies,
    )


def _patient(service: Service) -> httpx.Timeout:
    """A service that was asked to wait for an end says nothing for so long; whose turn it is not yet waits for it."""
    return httpx.Timeout(service.timeout, read=service.timeout + WAIT, pool=None)
