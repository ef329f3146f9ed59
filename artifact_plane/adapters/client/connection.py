"""A connection to a service: opened with ``async with`` it is an application, with ``with`` its blocking twin."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, ExitStack
from types import TracebackType
from typing import Final

from artifact_plane.adapters.client.application import Service, opened
from artifact_plane.adapters.client.background import Background
from artifact_plane.adapters.client.blocking_plane import BlockingPlane
from artifact_plane.adapters.client.blocking_questions import BlockingLineage, BlockingSteward
from artifact_plane.adapters.client.blocking_runtime import BlockingRuntime
from artifact_plane.adapters.client.conversation import Means
from artifact_plane.ports.application import Application


class BlockingApplication:
    """The faces of a service, each method answering when it is done. Any number of threads may use it at once."""

    def __init__(self, background: Background, application: Application) -> None:
        self._plane: Final = BlockingPlane(background, application.plane)
        self._runtime: Final = BlockingRuntime(background, application.runtime)
        self._lineage: Final = BlockingLineage(background, application.lineage)
        self._steward: Final = BlockingSteward(background, application.steward)

    @property
    def plane(self) -> BlockingPlane:
        """Artifacts."""
        return self._plane

    @property
    def runtime(self) -> BlockingRuntime:
        """Executions."""
        return self._runtime

    @property
    def lineage(self) -> BlockingLineage:
        """Where things came from."""
        return self._lineage

    @property
    def steward(self) -> BlockingSteward:
        """Policy."""
        return self._steward


class Connection:
    """A service that can be opened, once at a time, for the length of ``async with`` or of ``with``.

    Raises (when it is entered):
        NotPermitted: the service knows nobody by the token.
        Unavailable: it does not answer.
    """

    def __init__(self, service: Service, means: Means) -> None:
        self._service: Final = service
        self._means: Final = means
        self._context: AbstractAsyncContextManager[Application] | None = None
        self._background: Background | None = None

    def __repr__(self) -> str:
        return f"Connection({str(self._service.url)!r})"

    async def __aenter__(self) -> Application:
        context = self._context = self._begun()
        with ExitStack() as undo:
            undo.callback(self._forget)  # what was not opened may be tried again
            application = await context.__aenter__()
            undo.pop_all()
        return application

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        context, self._context = self._context, None
        if context is not None:
            await context.__aexit__(kind, error, traceback)

    def __enter__(self) -> BlockingApplication:
        context, background = self._begun(), Background()
        with ExitStack() as undo:
            background.start()
            undo.callback(background.stop)
            application = BlockingApplication(background, background.enter(context))
            undo.pop_all()
        self._context, self._background = context, background
        return application

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        context, self._context = self._context, None
        background, self._background = self._background, None
        if context is not None and background is not None:
            try:
                background.leave(context)
            finally:
                background.stop()

    def _forget(self) -> None:
        self._context = None

    def _begun(self) -> AbstractAsyncContextManager[Application]:
        if self._context is not None:
            raise RuntimeError("this connection is open already; make another one with connect(…)")
        return opened(self._service, self._means)
