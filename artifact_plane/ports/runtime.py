"""Runtime: the application's face for executions, part of the driving port."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.answers import (
    DryRun,
    ExecutionResult,
)
from artifact_plane.ports.outbox import PendingEvent


class Runtime(ABC):
    """Executions of intents (DESIGN section 4)."""

    @abstractmethod
    async def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """Carry out an intent and wait for its end; a failed execution is an answer, not an exception.

        The same intent again gives the execution that exists, waiting for it where it runs and taking it over
        where its holder has died. ``retry`` starts a new attempt of one that failed or was cancelled.

        Raises:
            InvalidInput: the intent type is not known (the nearest is named), or the intent is not legal.
            Conflict: the intent id was accepted with other content, or the request's key is taken.
            Refused: the steward forbids to keep an attachment.
            InvalidPolicy: the policy in force does not load.
            Unavailable: it could not be accepted, or its end could not be recorded.
        """

    @abstractmethod
    async def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """As ``execute``, without waiting for the end: it answers once the intent is accepted.

        The run goes on in the background while the application is open; when it closes, what has not ended within
        its time of grace is let go, for another process to take over. Raises as ``execute``.
        """

    @abstractmethod
    async def dry_run(self, intent: Intent) -> DryRun:
        """Run the realm and show the plan, without recording or storing anything.

        Raises:
            InvalidInput, Refused, InvalidPolicy: as ``execute``.
            ExecutionFailed: the realm failed.
        """

    @abstractmethod
    async def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        """Decide and store a result that ``realm``, in a runtime elsewhere, made of ``intent``.

        Ruled as any realm's result, without explicit request. The same intent again with the same result is the
        same execution. Raises as ``execute``; the intent type need not be known here.
        """

    @abstractmethod
    async def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        """Cancel an execution that has not ended.

        Raises:
            NotFound: no such execution.
            Conflict: it has ended already, or the request's key is taken.
        """

    @abstractmethod
    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        """An execution with its receipts. Raises NotFound."""

    @abstractmethod
    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        """A page of executions, newest first, and the next page's cursor."""

    @abstractmethod
    async def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        """The ids of a session's executions in the order of their acceptance."""

    @abstractmethod
    async def end_session(self, session_id: str, tenant_id: str) -> None:
        """End a session: what was cached with ``ttl: session`` (or for longer) is forgotten."""

    @abstractmethod
    async def recover(self) -> tuple[ExecutionResult, ...]:
        """Take over and finish every execution whose holder has died; sweep what dead writers left behind.

        One whose realm kept killing or blocking its process is not run again: it becomes FAILED, and says so.

        Raises:
            ExecutionFailed: some could not be recovered; all others were. The next call tries those again.
            Damaged, Unavailable: what was left behind could not be looked up, or some payload of it not removed,
                when all else was done.
        """

    @abstractmethod
    def intent_types(self) -> tuple[tuple[str, str], ...]:
        """The (intent type, realm) pairs that this runtime can execute, sorted."""

    @abstractmethod
    async def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        """Events whose delivery was given up, oldest first."""

    @abstractmethod
    async def requeue_event(self, event_id: str) -> None:
        """Deliver an event that was set aside once more. Raises NotFound where there is none."""
