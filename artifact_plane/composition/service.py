"""``serve``: the application, opened and answering over HTTP until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from traceback import format_tb
from typing import TYPE_CHECKING, Final

import attrs

from artifact_plane.adapters.cli.toolbox import ServeOptions, Started
from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings, load
from artifact_plane.domain.model.credential import ALL_SCOPES, CredentialKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput, Unavailable
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.use_cases.attempting import attempt
from artifact_plane.domain.use_cases.wording import words_of
from artifact_plane.ports.application import Application
from artifact_plane.ports.clock import Clock

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from artifact_plane.adapters.http.metrics import Delivery
    from artifact_plane.adapters.http.oidc import Oidc
    from artifact_plane.adapters.http.pages import Pages
    from artifact_plane.adapters.http.scopes import RouteGroup
    from artifact_plane.adapters.http.server import StoppableServer
    from artifact_plane.adapters.http.service import Health, Service
    from artifact_plane.adapters.http.settings import HttpSettings

_PACKAGES: Final = ("litestar", "uvicorn", "prometheus_client", "structlog", "joserfc", "jinja2")
_MOST_ASIDE: Final = 1_000
"""Events that were set aside are counted so far."""
_ASIDE: Final = 64
"""Threads for what blocks. The few that Python would take are soon held by readers of a bucket that stands still."""
_PROBE: Final = ("health", Digest("blake3:" + "0" * 64))
"""A payload that nobody has: asking for it is a sign of life."""


async def serve(options: ServeOptions, announce: Callable[[Started], None]) -> None:
    """Serve until a signal says to stop; ``announce`` is told where, once connections are taken.

    Raises:
        InvalidInput: a setting is not legal, the address cannot be had or may not be used yet, or the extra ``http``
            is not installed.
        Unavailable, Damaged: a store cannot be used.
    """
    _need_packages()
    given = {"profile": options.profile, "home": options.home, "http": {"host": options.host, "port": options.port}}
    settings = load(given, os.environ, Path.cwd())
    async with adapters_of(settings, Extras()) as adapters, running(adapters, limits_of(settings)) as application:
        prepared = await prepare(application, adapters, settings, options.tenant)
        settle_memory()
        async with _recovering(application, adapters.clock, prepared.service.settings):
            await prepared.server.serve_until_signal(prepared.bound, lambda: announce(prepared.started))


def settle_memory() -> None:
    """What was loaded to start lives as long as the service: the collector need not look at it again, nor after every
    few hundred values. Measured at a third of a small POST's time (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@asynccontextmanager
async def _recovering(application: Application, clock: Clock, http: HttpSettings) -> AsyncIterator[None]:
    """Every now and then take over what dead processes have left: at the start, what this service's own last one did.

    What goes wrong is logged, and tried again the next time; nothing ends it but the service. What is being taken over
    when the service stops is left to whoever comes next, as by any death.
    """
    from artifact_plane.adapters.http.logs import logger_of

    logger = logger_of(http.log_format)

    async def recover() -> None:
        while True:
            trouble = await attempt(application.runtime.recover())
            if trouble is not None:
                trace = () if isinstance(trouble, ArtifactPlaneError) else format_tb(trouble.__traceback__)[-3:]
                logger.error(
                    "recovery", trouble=f"{type(trouble).__name__}: {words_of(trouble)}", trace=[*map(words_of, trace)]
                )
            await clock.sleep(http.recover_seconds)

    task = asyncio.create_task(recover())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@attrs.frozen(kw_only=True)
class Prepared:
    """A service that is about to run: connections wait on its socket already."""

    service: Service
    server: StoppableServer
    bound: socket
    started: Started


@attrs.frozen(kw_only=True)
class Faces:
    """What the service shows beside its own routes; ``installed_faces`` are the API and the pages."""

    groups: Sequence[RouteGroup] = ()
    pages: Pages | None = None


def installed_faces() -> Faces:
    """The API and the pages."""
    from artifact_plane.adapters.http.routes import API
    from artifact_plane.adapters.web import LOOK, PAGES

    return Faces(groups=(API, PAGES), pages=LOOK)


async def prepare(
    application: ComposedApplication,
    adapters: Adapters,
    settings: Settings,
    tenant: str,
    faces: Callable[[], Faces] = installed_faces,
) -> Prepared:
    """The service over an open application; ``tenant`` is whose first link it is. Raises as ``serve``.

    What blocks in this event loop gets as many threads as suit a service.
    """
    from artifact_plane.adapters.http.app import create_front
    from artifact_plane.adapters.http.server import allow_connections, bind, server_of
    from artifact_plane.adapters.http.service import Service
    from artifact_plane.adapters.http.settings import HttpSettings

    http = settings.section(HttpSettings)
    shown = faces()
    oidc = await _oidc(settings, adapters)
    # A link may have got lost, and a browser's session with its browser: neither lets anybody in for good.
    configured = oidc is not None or CredentialKind.TOKEN in await application.access.configured()
    _check_exposure(http.host, configured, tenant)
    allow_connections(http.connections)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_ASIDE, thread_name_prefix="aside"))
    with ExitStack() as undo:
        bound = undo.enter_context(bind(http))
        service = Service(
            application=application,
            settings=http,
            clock=adapters.clock,
            ids=adapters.ids,
            version=version("artifact-plane"),
            port=bound.getsockname()[1],
            groups=shown.groups,
            pages=shown.pages,
            components=_components(adapters, oidc),
            tracer=_tracer() if http.traces else None,
            metadata_bytes=settings.metadata_bytes,
            delivery=_delivery(application, adapters),
        )
        server = server_of(create_front(service, oidc), service)
        url = f"{http.scheme}://{f'[{http.host}]' if ':' in http.host else http.host}:{service.port}"
        link = None if configured else f"{url}/login?token={await _invitation(application, tenant, http)}"
        undo.pop_all()
    started = Started(url=url, link=link, tenant=tenant)
    return Prepared(service=service, server=server, bound=bound, started=started)


def _components(adapters: Adapters, oidc: Oidc | None) -> Mapping[str, Health]:
    """What ``/readyz`` asks. Working memory is none of them: without it everything still works."""

    async def records() -> None:
        await adapters.records.log.position()

    async def payloads() -> None:
        await adapters.payloads.find(*_PROBE)

    found = {"records": records, "payloads": payloads}
    if adapters.projection is not None:
        projection = adapters.projection

        async def lineage() -> None:
            await projection.position()

        found["lineage"] = lineage
    return found if oidc is None else {**found, "issuer": oidc.check}


def _delivery(application: ComposedApplication, adapters: Adapters) -> Callable[[], Awaitable[Delivery]] | None:
    """What ``/metrics`` asks about events."""
    from artifact_plane.adapters.http.metrics import Delivery

    relay, outbox = application.relay, adapters.records.outbox
    if relay is None:
        return None

    async def look() -> Delivery:
        aside = await outbox.set_aside_events(limit=_MOST_ASIDE)
        return Delivery(pending=await outbox.pending(), set_aside=len(aside), well=relay.trouble is None)

    return look


async def _oidc(settings: Settings, adapters: Adapters) -> Oidc | None:
    """The issuer's tokens, where one is set. One that does not answer yet is no reason not to start."""
    if "oidc" not in settings.sections:
        return None
    from artifact_plane.adapters.http.oidc import Oidc
    from artifact_plane.adapters.http.settings import HttpSettings, OidcSettings

    oidc = Oidc(settings.section(OidcSettings), adapters.clock, settings.section(HttpSettings).log_format)
    with suppress(Unavailable):
        await oidc.check()
    return oidc


def _check_exposure(host: str, configured: bool, tenant: str) -> None:
    from artifact_plane.adapters.http.addresses import is_loopback

    if not configured and not is_loopback(host):
        raise InvalidInput(
            f"nobody could be told from anybody else: there is no credential yet, and {host} is not this machine alone",
            where="--host",
            remedy=f"make a token first: ap token create --tenant {tenant} --scope {','.join(sorted(ALL_SCOPES))}",
        )


async def _invitation(application: Application, tenant: str, http: HttpSettings) -> str:
    issued = await application.access.invite(tenant, ALL_SCOPES, expires_in=http.invitation_seconds)
    return issued.secret


def _tracer() -> Tracer:
    """A tracer of the process's provider: where spans go is said as for any program, for instance by
    ``opentelemetry-instrument ap serve``."""
    if find_spec("opentelemetry") is None:
        raise _missing("opentelemetry", "telemetry")
    from opentelemetry import trace

    return trace.get_tracer("artifact_plane", version("artifact-plane"))


def _need_packages() -> None:
    missing = next((name for name in _PACKAGES if find_spec(name) is None), None)
    if missing is not None:
        raise _missing(missing, "http")


def _missing(package: str, extra: str) -> InvalidInput:
    return InvalidInput(
        f"the package {package} is not installed",
        where=f"the extra {extra!r}",
        remedy=f"install it: pip install 'artifact-plane[{extra}]'",
    )
