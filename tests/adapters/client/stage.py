"""A client of a real service in this process, whose pauses take no time and are noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import attrs
import httpx

from artifact_plane.adapters.client.application import Service
from artifact_plane.adapters.client.connection import Connection
from artifact_plane.adapters.client.conversation import Means
from artifact_plane.adapters.client.patience import Patience
from artifact_plane.adapters.system.ids import UuidIds
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.ports.application import Application
from artifact_plane.ports.clock import Clock
from tests.adapters.client.middleman import Middleman, between
from tests.doubles.samples import NOW
from tests.journeys.http.serving import TENANT, Running, serving

HERE: Final = ExecutionContext(tenant_id=TENANT)
GENEROUS: Final = {"rate": 100_000, "burst": 100_000}


class HurriedClock(Clock):
    """Waiting takes no time; how long it would have taken is noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=sum(self.slept))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@attrs.frozen(kw_only=True)
class Stage:
    """A service, a proxy before it, and a client that speaks through the proxy."""

    server: Running
    middleman: Middleman
    clock: HurriedClock
    app: Application

    @property
    def own(self) -> Application:
        """The service's own application, of which nothing is lost on any way."""
        return self.server.application


def connection(
    url: str, token: str | None, clock: Clock | None = None, patience: Patience | None = None, *, strict: bool = True
) -> Connection:
    """A connection on a clock of the test's."""
    means = Means(
        clock=clock or HurriedClock(), ids=UuidIds(), chance=lambda: 0.5, patience=patience or Patience(tries=4)
    )
    return Connection(Service(url=httpx.URL(f"{url}/"), token=token, timeout=60.0, strict=strict), means)


@asynccontextmanager
async def staged(patience: Patience | None = None) -> AsyncIterator[Stage]:
    """The stage; what the client asks when it is opened has been asked, and was not noted."""
    async with serving(http=GENEROUS) as server, between(server.url) as middleman:
        clock = HurriedClock()
        async with connection(middleman.url, await server.token(), clock, patience) as app:
            middleman.then()
            yield Stage(server=server, middleman=middleman, clock=clock, app=app)


def an_intent(intent_id: str = "i-1", **attachments: ByteSource) -> Intent:
    """Something that a realm can do."""
    return Intent(
        intent_id=intent_id,
        intent_type="parse_content",
        tenant_id=TENANT,
        session_id="monday",
        solution_id="claims",
        attachments=attachments,
    )
