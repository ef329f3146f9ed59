"""Executions: submit an intent, follow it, cancel it; results that realms elsewhere have made; sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from artifact_plane.adapters.http import progress
from artifact_plane.adapters.http.answers import HttpAnswer, answer, answer_of_many, empty
from artifact_plane.adapters.http.bodies import IntentBody, ResultBody
from artifact_plane.adapters.http.idempotency import fingerprint_of, once
from artifact_plane.adapters.http.listing import Page, listed
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.parameters import flag, identifier
from artifact_plane.adapters.http.payloads import intent_of, result_of
from artifact_plane.adapters.http.prefer import wait_of
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.routes.artifacts import AFTER, LIMIT
from artifact_plane.adapters.http.run_views import execution_answer, execution_told, parts_of, plan_answer
from artifact_plane.adapters.http.uploads import upload
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.identity import check_name
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.request import Request, Subject
from artifact_plane.ports.answers import ExecutionResult

INTENT_PART: Final = "intent"
RESULT_PART: Final = "result"
PREFER: Final = "prefer"
APPLIED: Final = "preference-applied"

SESSION: Final = identifier("session", "Only those of this session.")
LISTED_BY: Final = (SESSION, LIMIT, AFTER)
RETRY: Final = flag("retry", "A new attempt of an intent that failed or was cancelled.", default=False)
DRY_RUN: Final = flag("dry_run", "Show the plan; record and store nothing. A dry run has no attempts.", default=False)

_PAUSE: Final = 0.02, 0.5


async def submit(call: Call) -> HttpAnswer:
    """``POST /api/executions``."""
    said = await upload(call, IntentBody, INTENT_PART)
    retry = call.query.get(RETRY)
    intent = intent_of(said.body, call.tenant_id, call.service.ids.new_id(), said.files)
    if call.query.get(DRY_RUN):
        return await _dry_run(call, intent, said.content)

    async def act(request: Request | None) -> HttpAnswer:
        return await _accepted(call, await call.application.runtime.start(intent, retry=retry, request=request))

    async def again(subject: Subject) -> HttpAnswer:
        return await _accepted(call, await _execution(call, subject.partition(":")[2]))

    return await once(call, lambda: fingerprint_of(call, *said.content), act, again)


async def list_all(call: Call) -> HttpAnswer:
    """``GET /api/executions``."""
    get = call.query.get

    async def page(limit: int) -> Page[Execution]:
        runtime = call.application.runtime
        return await runtime.executions(call.tenant_id, session_id=get(SESSION), limit=limit, after=get(AFTER))

    return await listed(
        call, "executions", get(LIMIT), page, execution_told, lambda execution: 1 + len(execution.references)
    )


async def show(call: Call) -> HttpAnswer:
    """``GET /api/executions/{execution_id}``."""
    return await _told(await _execution(call, call.identifier("execution_id")))


async def cancel(call: Call) -> HttpAnswer:
    """``POST /api/executions/{execution_id}/cancel``."""
    execution_id = call.identifier("execution_id")

    async def act(request: Request | None) -> HttpAnswer:
        execution = await call.application.runtime.cancel(execution_id, call.tenant_id, request=request)
        return answer({"execution": execution_told(execution)})

    async def again(_: Subject) -> HttpAnswer:
        return answer({"execution": execution_told((await _execution(call, execution_id)).execution)})

    return await once(call, lambda: fingerprint_of(call), act, again)


async def events(call: Call) -> HttpAnswer:
    """``GET /api/executions/{execution_id}/events``."""
    execution_id = call.identifier("execution_id")
    first = await _execution(call, execution_id)
    if first.execution.state.final and progress.last_event(call.header(progress.LAST_EVENT)) >= first.execution.version:
        return empty(204)  # the client has seen the end: this tells it not to come again
    return progress.stream(call, first, lambda: _execution(call, execution_id))


async def submit_result(call: Call) -> HttpAnswer:
    """``POST /api/results``."""
    said = await upload(call, ResultBody, RESULT_PART)
    body = said.body
    intent = intent_of(body.intent, call.tenant_id, call.service.ids.new_id(), {})
    check_name("realm", body.realm)
    result, inferred = await said.made(lambda: result_of(body.result, said.files, call.service.settings))

    async def act(request: Request | None) -> HttpAnswer:
        runtime = call.application.runtime
        return await _handed_in(await runtime.submit_result(intent, result, body.realm, request=request), inferred)

    async def again(subject: Subject) -> HttpAnswer:
        return await _handed_in(await _execution(call, subject.partition(":")[2]), inferred)

    return await once(call, lambda: fingerprint_of(call, *said.content), act, again)


async def intent_types(call: Call) -> HttpAnswer:
    """``GET /api/intent-types``."""
    pairs = call.application.runtime.intent_types()
    return answer({"intent_types": [{"intent_type": kind, "realm": realm} for kind, realm in pairs]})


async def journey(call: Call) -> HttpAnswer:
    """``GET /api/sessions/{session_id}/journey``."""
    session_id = call.identifier("session_id")
    found: list[Json] = list(await call.application.runtime.journey(session_id, call.tenant_id))
    return await answer_of_many(len(found), lambda: {"session_id": session_id, "executions": found})


async def end_session(call: Call) -> HttpAnswer:
    """``POST /api/sessions/{session_id}/end``."""
    session_id = call.identifier("session_id")

    async def act(request: Request | None) -> HttpAnswer:
        await call.application.runtime.end_session(session_id, call.tenant_id)
        if request is not None:
            await call.application.plane.record_request(request, call.tenant_id)
        return answer({"session_id": session_id, "ended": True})

    async def again(_: Subject) -> HttpAnswer:
        return answer({"session_id": session_id, "ended": True})

    return await once(call, lambda: fingerprint_of(call), act, again)


# Steps


async def _execution(call: Call, execution_id: str) -> ExecutionResult:
    return await call.application.runtime.execution(execution_id, call.tenant_id)


async def _accepted(call: Call, result: ExecutionResult) -> HttpAnswer:
    """202 and where to look; or the end, where the client waits for it and it comes in time."""
    execution_id = result.execution.execution_id
    headers = {"location": f"/api/executions/{execution_id}"}
    seconds = wait_of(call.header(PREFER), call.service.settings.wait_seconds)
    if seconds is None:
        return await _told(result, 202, headers)
    result = await _waited(call, result, seconds)
    headers |= {APPLIED: f"wait={seconds}"}
    return await _told(result, 200 if result.execution.state.final else 202, headers)


async def _waited(call: Call, result: ExecutionResult, seconds: int) -> ExecutionResult:
    """The execution at its end, or as it is when the time is over or the service stops."""
    pause, longest = _PAUSE
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not result.execution.state.final and (left := until - loop.time()) > 0:
        if await progress.is_set(call.service.stopping, min(pause, left)):
            break
        pause = min(pause * 1.5, longest)
        result = await _execution(call, result.execution.execution_id)
    return result


async def _dry_run(call: Call, intent: Intent, content: tuple[bytes, ...]) -> HttpAnswer:
    async def act(request: Request | None) -> HttpAnswer:
        try:
            planned = await call.application.runtime.dry_run(intent)
        except InvalidInput as error:  # the request is legal: its realm cannot do what it says
            raise RequestProblem(422, error.code, error.message, where=error.where, remedy=error.remedy) from error
        if request is not None:
            await call.application.plane.record_request(request, call.tenant_id)
        return await answer_of_many(sum(len(one.steps) for one in planned.plan.outputs), lambda: plan_answer(planned))

    async def again(_: Subject) -> HttpAnswer:
        return await act(None)

    return await once(call, lambda: fingerprint_of(call, *content), act, again)


async def _told(result: ExecutionResult, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    return await answer_of_many(parts_of(result), lambda: execution_answer(result), status, headers)


async def _handed_in(result: ExecutionResult, inferred: tuple[str, ...]) -> HttpAnswer:
    """The execution with its references and rulings, and whatever was inferred about a result in the older form."""
    headers = {"location": f"/api/executions/{result.execution.execution_id}"}
    return await answer_of_many(
        parts_of(result), lambda: {**execution_answer(result), "inferred": list(inferred)}, 201, headers
    )
