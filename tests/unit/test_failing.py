"""Executions that fail, are refused, tried again or cancelled: with their cause, and nothing left behind."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.errors import Conflict, NotFound
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.unit.stage import NOTE, TENANT, an_intent, makes, staged


async def test_a_realm_that_raises_makes_a_failed_execution_that_stays_readable_and_leaves_no_artifact() -> None:
    """Laws 14 and 23."""

    async def broken(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        raise KeyError("oops")

    async with staged({"make": broken}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.state is ExecutionState.FAILED
        assert result.execution.failure is not None
        assert result.execution.failure.code == "execution_failed"
        assert "KeyError" in result.execution.failure.message
        again = await stage.application.runtime.execution(result.execution.execution_id, TENANT)
        assert again.execution == result.execution
        assert (
            await stage.adapters.records.registry.find(TENANT, ArtifactFilter(state=None), limit=10)
        ).artifacts == ()


async def test_input_that_a_realm_refuses_fails_with_the_code_of_invalid_input() -> None:
    """Issue section 4: exit code 2."""

    async def refusing(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        raise RefusedInput("it is ragged", where="attachment 'data', line 3", remedy="mend line 3")

    async with staged({"make": refusing}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        failure = result.execution.failure
        assert failure is not None
        assert (failure.code, failure.where, failure.remedy) == (
            "invalid_input",
            "attachment 'data', line 3",
            "mend line 3",
        )


async def test_a_conflict_that_a_realm_raises_is_a_failure_of_its_run_like_any_other() -> None:
    """Only a commit can tell that an execution was superseded."""

    async def conflicting(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        raise Conflict("two of them want it")

    async with staged({"make": conflicting}) as stage:
        result = await asyncio.wait_for(stage.application.runtime.execute(an_intent()), 60)
        assert result.execution.state is ExecutionState.FAILED
        assert result.execution.failure is not None
        assert result.execution.failure.code == "conflict"


@pytest.mark.parametrize("native", ["intent", "journey", "state_transition", "governance_decision"])
async def test_a_realm_may_not_emit_platform_native_types(native: str) -> None:
    """Law 2."""
    output = Output(result_type=native, semantic_payload={})
    async with staged({"make": makes(x=output)}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert "platform-native" in result.execution.failure.message


async def test_a_realm_past_its_time_limit_fails_and_its_result_is_ignored() -> None:
    """DESIGN section 4, step 2."""

    async def slow(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await asyncio.sleep(30)
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": slow}, limits=Limits(realm_seconds=0.01)) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert "time limit" in result.execution.failure.message
        assert result.execution.references == ()


async def test_retry_starts_a_new_attempt_of_a_failed_execution_and_only_of_such() -> None:
    """Law 14."""
    calls: list[int] = []

    async def second_time(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("not yet")
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": second_time}) as stage:
        runtime = stage.application.runtime
        failed = await runtime.execute(an_intent())
        assert (await runtime.execute(an_intent())).execution == failed.execution
        retried = await runtime.execute(an_intent(), retry=True)
        assert (retried.execution.state, retried.execution.attempt) == (ExecutionState.COMPLETED, 2)
        assert (await runtime.execute(an_intent(), retry=True)).execution == retried.execution


async def test_a_cancelled_execution_ends_at_once_and_leaves_nothing() -> None:
    """Runtime.cancel."""
    started = asyncio.Event()

    async def endless(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        started.set()
        await asyncio.sleep(3600)
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": endless}) as stage:
        runtime = stage.application.runtime
        executing = asyncio.create_task(runtime.execute(an_intent()))
        await started.wait()
        (execution,) = (await runtime.executions(TENANT))[0]
        cancelled = await runtime.cancel(execution.execution_id, TENANT)
        result = await executing
        assert result.execution == cancelled
        assert cancelled.state is ExecutionState.CANCELLED
        with pytest.raises(Conflict):
            await runtime.cancel(execution.execution_id, TENANT)


async def test_an_artifact_that_is_not_there_fails_the_execution_as_not_found() -> None:
    """The reader's errors keep their code."""

    async def reading(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await reader.read("nothing")
        raise AssertionError

    async with staged({"make": reading}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert result.execution.failure.code == NotFound.code
