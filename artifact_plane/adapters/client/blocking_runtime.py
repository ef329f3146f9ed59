"""The faces of a service for programs without an event loop: executions.

The same names and parameters as the ports', whose docstrings say what is promised; results come without ``await``.
"""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.client.background import Background
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.answers import DryRun, ExecutionResult
from artifact_plane.ports.outbox import PendingEvent
from artifact_plane.ports.runtime import Runtime


class BlockingRuntime:
    """As ``Runtime``, each method answering when it is done."""

    def __init__(self, background: Background, face: Runtime) -> None:
        self._run: Final = background.run
        self._face: Final = face

    def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """As ``Runtime.execute``."""
        return self._run(self._face.execute(intent, retry=retry, request=request))

    def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """As ``Runtime.start``."""
        return self._run(self._face.start(intent, retry=retry, request=request))

    def dry_run(self, intent: Intent) -> DryRun:
        """As ``Runtime.dry_run``."""
        return self._run(self._face.dry_run(intent))

    def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        """As ``Runtime.submit_result``."""
        return self._run(self._face.submit_result(intent, result, realm, request=request))

    def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        """As ``Runtime.cancel``."""
        return self._run(self._face.cancel(execution_id, tenant_id, request=request))

    def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        """As ``Runtime.execution``."""
        return self._run(self._face.execution(execution_id, tenant_id))

    def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        """As ``Runtime.executions``."""
        return self._run(self._face.executions(tenant_id, session_id=session_id, limit=limit, after=after))

    def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        """As ``Runtime.journey``."""
        return self._run(self._face.journey(session_id, tenant_id))

    def end_session(self, session_id: str, tenant_id: str) -> None:
        """As ``Runtime.end_session``."""
        self._run(self._face.end_session(session_id, tenant_id))

    def recover(self) -> tuple[ExecutionResult, ...]:
        """As ``Runtime.recover``."""
        return self._run(self._face.recover())

    def intent_types(self) -> tuple[tuple[str, str], ...]:
        """As ``Runtime.intent_types``."""
        return self._face.intent_types()

    def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        """As ``Runtime.set_aside_events``."""
        return self._run(self._face.set_aside_events(limit=limit))

    def requeue_event(self, event_id: str) -> None:
        """As ``Runtime.requeue_event``."""
        self._run(self._face.requeue_event(event_id))
