"""The service as a value: what its routes and its front work with, joined by the composition."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs
from litestar.types import Scope

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.metrics import Delivery, Metrics
from artifact_plane.adapters.http.pages import Pages
from artifact_plane.adapters.http.scopes import RouteGroup
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.ports.application import Application
from artifact_plane.ports.clock import Clock, IdSource

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Health: TypeAlias = Callable[[], Awaitable[None]]
"""Asks one component for a sign of life; raises an error of the plane where there is none."""


@attrs.frozen(kw_only=True, eq=False)
class Service:
    """Everything that the service consists of.

    ``groups`` are the routes of the API and of the pages; those of the service itself come beside them. ``components``
    are asked for ``/readyz``. ``port`` is the one that it really listens on. ``stopping`` is set when the service is
    about to end: whoever holds a response open (an event stream) ends it then. ``metadata_bytes`` is what the plane
    takes as an artifact's metadata: more is refused before anything is made of it. ``delivery`` says how the delivery
    of events is doing, None where nobody listens.
    """

    application: Application
    settings: HttpSettings
    clock: Clock
    ids: IdSource
    version: str = ""
    port: int = 0
    groups: Sequence[RouteGroup] = ()
    pages: Pages | None = None
    components: Mapping[str, Health] = attrs.field(factory=dict)
    stopping: asyncio.Event = attrs.field(factory=asyncio.Event)
    metrics: Metrics = attrs.field(factory=Metrics)
    tracer: Tracer | None = None
    metadata_bytes: int = 64 * 1024
    delivery: Callable[[], Awaitable[Delivery]] | None = None

    @property
    def cookie(self) -> str:
        """The name of the session's cookie: of this port, for cookies are shared by all ports of a host."""
        return f"ap_session_{self.port}"


def service_of(request: HttpRequest) -> Service:
    """The service that the request came to."""
    return cast(Service, request.app.state.service)


def service_in(scope: Scope) -> Service:
    """The service that the request with that ASGI scope came to."""
    return cast(Service, scope["litestar_app"].state.service)
