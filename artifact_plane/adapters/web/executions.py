"""Executions: the list, one of them with its steps, and what keeps its page up to date while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import attrs
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from artifact_plane.adapters.codec.views import attachment_view
from artifact_plane.adapters.http.callers import HttpRequest, Still, caller_of, facts_of
from artifact_plane.adapters.http.operations import tools_of
from artifact_plane.adapters.http.progress import TRUSTED, check_streams
from artifact_plane.adapters.http.service import Service, service_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.page import page, page_as_it_comes
from artifact_plane.adapters.web.sending import PageInParts
from artifact_plane.domain.model.artifact import Receipt
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.identity import printable
from artifact_plane.ports.answers import ExecutionResult

PAGE_SIZE: Final = 50
MOST_RESULTS: Final = 200
"""Results that one page of an execution shows, and attachments."""

_PAUSE: Final = 0.4
"""Seconds between two looks at an execution that somebody follows."""

_LONGEST: Final = 300.0
"""Seconds after which a stream ends; the browser begins it anew."""


@attrs.frozen(kw_only=True)
class Step:
    """One step of a run, as a page shows it: done, now, failed or ahead."""

    name: str
    mark: str
    about: str = ""


@attrs.frozen(kw_only=True)
class Outputs:
    """The results of a run that one page shows: from which on, of how many, and where the others are."""

    shown: tuple[Receipt, ...]
    begin: int
    count: int
    first: str | None
    following: str | None


@get("/executions", include_in_schema=False)
async def execution_list(request: HttpRequest) -> Response[bytes]:
    """A page of executions, newest first."""
    asked = Asked.of(request)
    session = asked.text("session")
    limit = asked.number("limit", 1, 500) or PAGE_SIZE
    found, following = await service_of(request).application.runtime.executions(
        caller_of(request).tenant_id, session_id=session, limit=limit, after=asked.text("after")
    )
    rest = [("session", session), ("limit", asked.text("limit"))]
    return page(
        request,
        "executions.html",
        executions=found,
        asked=asked,
        first=address("/executions", rest) if asked.text("after") else None,
        following=address("/executions", [*rest, ("after", following)]) if following else None,
    )


@get("/executions/{execution_id:str}", include_in_schema=False)
async def execution_page(request: HttpRequest, execution_id: FromPath[str]) -> PageInParts:
    """One execution: its steps, its results and what was ruled about them. However many they are, a page is bounded,
    and made in parts between which others have their turn."""
    begin = Asked.of(request).number("from", 1, 10**9) or 1
    runtime = service_of(request).application.runtime
    result = await runtime.execution(execution_id, caller_of(request).tenant_id)
    execution = result.execution
    return page_as_it_comes(
        request,
        "execution.html",
        execution=execution,
        ended=execution.state.final,
        steps=steps_of(execution),
        outputs=outputs_of(result, begin),
        attachments=[
            (one, str(attachment_view(one, ended=execution.state.final)["where"]))
            for one in execution.attachments[:MOST_RESULTS]
        ],
    )


def outputs_of(result: ExecutionResult, begin: int) -> Outputs:
    """The results from the one numbered ``begin`` on, as many as a page shows."""
    found = [one for one in result.receipts if one.version is not None]
    here, after = f"/executions/{result.execution.execution_id}", begin + MOST_RESULTS
    return Outputs(
        shown=tuple(found[begin - 1 : after - 1]),
        begin=begin,
        count=len(found),
        first=address(here, []) if begin > 1 else None,
        following=address(here, [("from", after)]) if after <= len(found) else None,
    )


@post("/executions/{execution_id:str}/cancel", include_in_schema=False, status_code=303)
async def cancel_execution(request: HttpRequest, execution_id: FromPath[str]) -> Redirect:
    """Cancel it, and show what became of it."""
    await service_of(request).application.runtime.cancel(execution_id, caller_of(request).tenant_id)
    return Redirect(f"/executions/{execution_id}", status_code=303)


@get("/executions/{execution_id:str}/live", include_in_schema=False)
async def execution_live(request: HttpRequest, execution_id: FromPath[str]) -> Stream:
    """A server-sent event whenever the execution has changed, until it has ended."""
    service, tenant = service_of(request), caller_of(request).tenant_id
    await service.application.runtime.execution(execution_id, tenant)
    check_streams(service)
    return Stream(
        changes(service, execution_id, tenant, facts_of(request.scope).still),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def changes(service: Service, execution_id: str, tenant: str, still: Still) -> AsyncIterator[bytes]:
    """An event for each version of the execution that is seen, until it, the session or the service ends."""
    streams, own = tools_of(service).streams, object()
    streams.add(own)
    try:
        with suppress(ArtifactPlaneError):  # a store that fails ends the stream; the browser comes again
            async for event in _events(service, execution_id, tenant, still):
                yield event
    finally:
        streams.discard(own)


async def _events(service: Service, execution_id: str, tenant: str, still: Still) -> AsyncIterator[bytes]:
    seen: int | None = None
    clock = asyncio.get_running_loop().time
    until, trusted = clock() + _LONGEST, clock() + TRUSTED
    while not service.stopping.is_set() and clock() < until:
        if clock() >= trusted:
            trusted = clock() + TRUSTED
            if not await still():
                return
        execution = (await service.application.runtime.execution(execution_id, tenant)).execution
        if execution.version != seen:
            seen = execution.version
            yield f"event: {execution.state.value}\nid: {seen}\ndata: {seen}\n\n".encode()
        if execution.state.final:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(service.stopping.wait(), _PAUSE)


def steps_of(execution: Execution) -> list[Step]:
    """What has happened and what is to come, as far as the execution's own record says."""
    state = execution.state
    accepted = Step(name="Accepted", mark="now" if state is ExecutionState.ACCEPTED else "done")
    if state is ExecutionState.ACCEPTED:
        return [accepted, Step(name="Running", mark="ahead"), Step(name="Ended", mark="ahead")]
    attempt = f"attempt {execution.attempt}, in the realm {printable(execution.realm)[1:-1]}"
    if state is ExecutionState.RUNNING:
        return [accepted, Step(name="Running", mark="now", about=attempt), Step(name="Ended", mark="ahead")]
    mark = {ExecutionState.COMPLETED: "done", ExecutionState.FAILED: "failed"}.get(state, "ahead")
    return [
        accepted,
        Step(name="Ran", mark="done", about=attempt),
        Step(name=state.value.capitalize(), mark=mark),
    ]
