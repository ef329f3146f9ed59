"""A stream of events that cannot go on says so: to whoever follows it, and in the log, under one request id."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

import pytest

from artifact_plane.adapters.http import progress
from artifact_plane.adapters.http.answers import HttpAnswer
from artifact_plane.adapters.http.operations import Answer, Call, Operation, route_group
from artifact_plane.composition.service import Faces
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.answers import ExecutionResult
from tests.doubles.samples import an_execution
from tests.journeys.http.serving import TENANT, serving

_FIRST: Final = ExecutionResult(execution=an_execution())


def follow(look: Callable[[], ExecutionResult]) -> Faces:
    """A service whose one route follows an execution that ``look`` sees."""

    async def looked() -> ExecutionResult:
        return look()

    async def handler(call: Call) -> HttpAnswer:
        return progress.stream(call, _FIRST, looked)

    operation = Operation(
        name="follow",
        method="GET",
        path="/api/follow",
        need=Scope.READ,
        handler=handler,
        tag="executions",
        summary="Follow.",
        answers={200: Answer(about="The stream.")},
    )
    return Faces(groups=(route_group((operation,), "follow"),))


def away() -> ExecutionResult:
    """The store is away."""
    raise Unavailable("the store is away", where="records", remedy="wait")


def broken() -> ExecutionResult:
    """Something that never should happen."""
    raise ZeroDivisionError("the secret is 42")


@pytest.mark.parametrize(("look", "code", "event"), [(away, "unavailable", "stream cut"), (broken, "bug", "bug")])
async def test_what_goes_wrong_on_the_way_is_the_last_event_and_in_the_log(
    look: Callable[[], ExecutionResult], code: str, event: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The stream ends whole; the problem has no id of its own, so whoever comes again goes on where it was."""
    async with (
        serving(faces=lambda: follow(look), http={"log_format": "json"}) as running,
        running.client(await running.token(Scope.READ)) as client,
    ):
        answer = await client.get("/api/follow")
    request_id = answer.headers["x-request-id"]
    seen, problem = (block for block in answer.text.split("\n\n") if "event: " in block)
    assert seen.startswith(f"id: {_FIRST.execution.version}\n")
    first, data = problem.split("\n")
    told = json.loads(data.removeprefix("data: "))
    assert first == "event: problem" and (told["code"], told["request_id"]) == (code, request_id)
    assert told["remedy"] and "42" not in answer.text
    logged = [json.loads(line) for line in capsysbinary.readouterr().err.splitlines() if line.startswith(b"{")]
    (line,) = (one for one in logged if one["event"] == event)
    assert (line["request_id"], line["tenant"], line["level"]) == (request_id, TENANT, "error")
