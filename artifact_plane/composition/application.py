"""The composed application, and its life: opened with everything it runs on, closed in reverse."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.access import Access
from artifact_plane.ports.application import Application, LineageQueries, Plane, Runtime, Steward

if TYPE_CHECKING:
    from artifact_plane.composition.container import Container
    from artifact_plane.domain.use_cases.limits import Limits
    from artifact_plane.domain.use_cases.projection import ProjectedLineage
    from artifact_plane.domain.use_cases.relay import OutboxRelay

DRAIN_SECONDS: Final = 5.0
"""How long closing waits for runs that were started in the background, and then for events that are due."""

SWEEP_SECONDS: Final = 1.0
"""How long closing waits for a sweep that is under way; the next process that changes something goes on with it."""


class ComposedApplication(Application):
    """The five faces over one container; each part is made when it is first used."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.closed = False

    @property
    def plane(self) -> Plane:
        """Artifacts."""
        return self._open().plane()

    @property
    def runtime(self) -> Runtime:
        """Executions."""
        return self._open().runtime()

    @property
    def lineage(self) -> LineageQueries:
        """Where things came from."""
        return self._open().lineage()

    @property
    def steward(self) -> Steward:
        """Policy."""
        return self._open().steward()

    @property
    def access(self) -> Access:
        """Who may call it from outside."""
        return self._open().access()

    @property
    def relay(self) -> OutboxRelay | None:
        """What delivers events; None where nobody listens."""
        container = self._open()
        return container.relay() if container.sinks() else None

    def _open(self) -> Container:
        if self.closed:
            raise RuntimeError("the application is closed; use it inside its `async with` block")
        return self._container

    def __del__(self) -> None:
        if not getattr(self, "closed", True):
            warnings.warn("an Artifact Plane application was never closed; use `async with`", ResourceWarning, 2)


@asynccontextmanager
async def running(adapters: Adapters, limits: Limits) -> AsyncIterator[ComposedApplication]:
    """An application over ``adapters``, alive as a holder, its relay at work where there are sinks."""
    # The container's library takes a tenth of a second to import: only those who open an application pay.
    from artifact_plane.composition.container import container_of

    holder = adapters.ids.new_id()
    async with _projecting(adapters) as projected:
        container = container_of(adapters, limits, holder, projected=projected)
        application = ComposedApplication(container)
        await adapters.records.state.hold(holder)
        try:
            async with container.blobs().sweeping(SWEEP_SECONDS), _relaying(container, bool(adapters.sinks)):
                try:
                    yield application
                finally:
                    await container.holding().drain(DRAIN_SECONDS)
        finally:
            application.closed = True
            with suppress(Unavailable):  # a holder that could not say goodbye is dead when its lease has run out
                await adapters.records.state.let_go(holder)


@asynccontextmanager
async def _projecting(adapters: Adapters) -> AsyncIterator[ProjectedLineage | None]:
    """The projected graph, fed in the background while the application is open; None where there is none."""
    feed = adapters.records.feed
    if adapters.projection is None or feed is None:
        yield None
        return
    from artifact_plane.domain.use_cases.projection import LineageProjector, ProjectedLineage

    projector = LineageProjector(feed, adapters.projection, adapters.clock)
    async with _in_background(projector.run()):
        yield ProjectedLineage(adapters.projection, feed, projector)


@asynccontextmanager
async def _relaying(container: Container, wanted: bool) -> AsyncIterator[None]:
    if not wanted:
        yield
        return
    relay = container.relay()
    try:
        async with _in_background(relay.run()):
            yield
    finally:
        await relay.close(DRAIN_SECONDS)  # what is not delivered now stays in the outbox


@asynccontextmanager
async def _in_background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """``work`` goes on until the block ends; how it ended is of no account then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
