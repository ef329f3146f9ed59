"""Executions at a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from artifact_plane.adapters.client import bodies
from artifact_plane.adapters.client.conversation import Conversation
from artifact_plane.adapters.client.elsewhere import not_over_http
from artifact_plane.adapters.client.problems import remedy_of
from artifact_plane.adapters.client.tenancy import Tenancy
from artifact_plane.adapters.codec.views_reading import (
    dry_run_of_view,
    each,
    execution_of_view,
    executions_of_view,
    read,
    result_of_view,
    texts_of,
)
from artifact_plane.domain.model.errors import NotPermitted
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.answers import DryRun, ExecutionResult
from artifact_plane.ports.application import Runtime
from artifact_plane.ports.outbox import PendingEvent

WAIT: Final = 20
"""Seconds that the service is asked to wait for an end before it answers."""

_PAUSES: Final = 0.1, 2.0
"""Seconds between two looks at a longer run: the first, and the longest."""

_SUBMIT: Final = "api/executions"


class HttpRuntime(Runtime):
    """The runtime of a service."""

    def __init__(self, talk: Conversation, tenancy: Tenancy) -> None:
        self._talk: Final = talk
        self._tenancy: Final = tenancy
        self._types: tuple[tuple[str, str], ...] | NotPermitted = ()

    async def find_out(self) -> None:
        """Ask which intent types there are: ``intent_types`` cannot wait. What the token may not see is told there."""
        try:
            answer = await self._talk.get("api/intent-types")
        except NotPermitted as error:
            self._types = error
        else:
            self._types = each(answer.get("intent_types"), _pair)

    async def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """As the port says; whoever stops waiting leaves the run to the service, which goes on with it."""
        result = await self._submitted(intent, retry, request, f"wait={WAIT}")
        pause, longest = _PAUSES
        while not result.execution.state.final:
            await self._talk.sleep(pause)
            pause = min(pause * 1.5, longest)
            result = await self.execution(result.execution.execution_id, intent.tenant_id)
        return result

    async def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        return await self._submitted(intent, retry, request, None)

    async def _submitted(
        self, intent: Intent, retry: bool, request: Request | None, prefer: str | None
    ) -> ExecutionResult:
        self._tenancy.check(intent.tenant_id)
        body = await bodies.intent_body(intent, self._talk.new_id())
        query = {"retry": True} if retry else {}
        answer = await self._talk.post(_SUBMIT, body, query, request=request, prefer=prefer)
        return self._own(result_of_view(_spoken(await answer.document())), intent.tenant_id)

    async def dry_run(self, intent: Intent) -> DryRun:
        """As the port says; the plan's outputs come without their content, and their renderings as rulings alone."""
        self._tenancy.check(intent.tenant_id)
        body = await bodies.intent_body(intent, self._talk.new_id())
        return dry_run_of_view(await self._talk.question(_SUBMIT, body, {"dry_run": True}))

    async def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        self._tenancy.check(intent.tenant_id)
        body = await bodies.result_body(intent, result, realm, self._talk.new_id())
        answer = await self._talk.post("api/results", body, request=request)
        return self._own(result_of_view(_spoken(await answer.document())), intent.tenant_id)

    async def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        self._tenancy.check(tenant_id)
        answer = await self._talk.post(f"{_path_of(execution_id)}/cancel", request=request)
        return self._own_execution(execution_of_view(_spoken(await answer.document()).get("execution")), tenant_id)

    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        self._tenancy.check(tenant_id)
        return self._own(result_of_view(_spoken(await self._talk.get(_path_of(execution_id)))), tenant_id)

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        self._tenancy.check(tenant_id)
        query = {"session": session_id, "limit": limit, "after": after}
        found, following = executions_of_view(_spoken(await self._talk.get(_SUBMIT, query)))
        for one in found[:1]:
            self._own_execution(one, tenant_id)
        return found, following

    async def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        self._tenancy.check(tenant_id)
        answer = await self._talk.get(f"{_session(session_id)}/journey")
        return texts_of(answer.get("executions"))

    async def end_session(self, session_id: str, tenant_id: str) -> None:
        self._tenancy.check(tenant_id)
        await self._talk.post(f"{_session(session_id)}/end")

    async def recover(self) -> tuple[ExecutionResult, ...]:
        """Not over HTTP: a service takes over what dead processes left by itself, now and then."""
        raise not_over_http("a service recovers by itself")

    def intent_types(self) -> tuple[tuple[str, str], ...]:
        """As the port says, as it was when the application was opened.

        Raises:
            NotPermitted: the token may not read.
        """
        if isinstance(self._types, NotPermitted):
            raise self._types
        return self._types

    async def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        """Not over HTTP: events are of all tenants."""
        raise not_over_http("events whose delivery was given up are of all tenants")

    async def requeue_event(self, event_id: str) -> None:
        """Not over HTTP: events are of all tenants."""
        raise not_over_http("events whose delivery was given up are of all tenants")

    def _own(self, result: ExecutionResult, tenant_id: str) -> ExecutionResult:
        self._own_execution(result.execution, tenant_id)
        return result

    def _own_execution(self, execution: Execution, tenant_id: str) -> Execution:
        self._tenancy.seen(execution.tenant_id, tenant_id)
        return execution


def _spoken(answer: JsonObject) -> JsonObject:
    """An answer with executions, each failure of which says what to do as the plane itself does (``remedy_of``)."""
    told = dict(answer)
    if "execution" in told:
        told["execution"] = _failure_spoken(told["execution"])
    if isinstance(many := told.get("executions"), list):
        told["executions"] = [_failure_spoken(one) for one in many]
    return told


def _failure_spoken(execution: Json) -> Json:
    failure = execution.get("failure") if isinstance(execution, Mapping) else None
    if not isinstance(execution, Mapping) or not isinstance(failure, Mapping):
        return execution
    return {**execution, "failure": {**failure, "remedy": remedy_of(failure)}}


def _path_of(execution_id: str) -> str:
    return f"{_SUBMIT}/{check_identifier('execution id', execution_id)}"


def _session(session_id: str) -> str:
    return f"api/sessions/{check_identifier('session id', session_id)}"


def _pair(view: Json) -> tuple[str, str]:
    return read("intent type", lambda fields: (fields["intent_type"], fields["realm"]), view)
