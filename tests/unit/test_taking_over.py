"""Runs in the background, and what becomes of one whose caller or process goes away."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from artifact_plane.composition.application import running
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.execution_lifecycle import ExecutionLifecycleManager
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.faults import Crashed, Effects, Fault, with_faults
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.realms import Handler, ScriptedRealm, read_all
from tests.unit.stage import NOTE, TENANT, an_intent, makes, staged


async def test_recovery_leaves_alone_what_no_realm_here_can_run() -> None:
    """Another process may have its realm."""
    home, started = MemoryHomeOfTests(), asyncio.Event()

    async def hanging(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        started.set()
        await asyncio.sleep(3600)
        raise AssertionError

    await _leave_behind(home, hanging, an_intent(), started, {})
    async with staged({"other": makes(note=NOTE)}, home=home) as stage:
        assert await stage.application.runtime.recover() == ()
    async with staged({"make": makes(note=NOTE)}, home=home) as stage:
        assert len(await stage.application.runtime.recover()) == 1


def _waiting_for(going: asyncio.Event) -> Handler:
    async def waiting(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await going.wait()
        return RealmResult(artifacts={"note": NOTE})

    return waiting


async def test_a_started_run_answers_once_it_is_accepted_and_ends_in_the_background() -> None:
    """Runtime.start."""
    going = asyncio.Event()
    async with staged({"make": _waiting_for(going)}) as stage:
        runtime = stage.application.runtime
        started = await runtime.start(an_intent())
        assert started.execution.state is ExecutionState.RUNNING
        again = await runtime.start(an_intent())
        assert again.execution.execution_id == started.execution.execution_id
        going.set()
        ended = await runtime.execute(an_intent())
        assert ended.execution.state is ExecutionState.COMPLETED
        assert ended.execution.execution_id == started.execution.execution_id
        assert len(ended.execution.references) == 1


async def test_a_run_that_is_asked_for_again_and_again_is_looked_after_once() -> None:
    """Who repeats a request to start an intent does not add to what goes on in the background."""
    going = asyncio.Event()
    async with staged({"make": _waiting_for(going)}) as stage:
        runtime = stage.application.runtime
        for _ in range(2):
            await runtime.start(an_intent())
        at_work = asyncio.all_tasks()
        for _ in range(20):
            await runtime.start(an_intent())
        assert asyncio.all_tasks() <= at_work
        going.set()
        assert (await runtime.execute(an_intent())).execution.state is ExecutionState.COMPLETED


async def test_closing_waits_for_what_was_started() -> None:
    """A run in the background is drained when the application closes."""
    home = MemoryHomeOfTests()

    async def short(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await asyncio.sleep(0.05)
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": short}, home=home) as stage:
        started = await stage.application.runtime.start(an_intent())
    async with staged({}, home=home) as stage:
        ended = await stage.application.runtime.execution(started.execution.execution_id, TENANT)
        assert ended.execution.state is ExecutionState.COMPLETED


async def test_what_has_not_ended_in_time_is_let_go_for_another_to_take_over() -> None:
    """Draining lets go: the next process finishes it, once."""
    home = MemoryHomeOfTests()

    async def endless(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await asyncio.sleep(3600)
        return RealmResult()

    async with staged({"make": endless}, home=home) as stage:
        runtime = cast(ExecutionLifecycleManager, stage.application.runtime)
        await runtime.start(an_intent())
        await runtime.drain(0.01)
    async with staged({"make": makes(note=NOTE)}, home=home) as stage:
        (result,) = await stage.application.runtime.recover()
        assert result.execution.state is ExecutionState.COMPLETED


async def test_a_caller_that_goes_away_leaves_the_execution_to_the_next_who_asks() -> None:
    """A cancelled caller does not hold an execution for ever."""
    calls: list[int] = []
    started = asyncio.Event()

    async def slow_once(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        calls.append(1)
        started.set()
        if len(calls) == 1:
            await asyncio.sleep(3600)
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": slow_once}) as stage:
        first = asyncio.create_task(stage.application.runtime.execute(an_intent()))
        await started.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.state is ExecutionState.COMPLETED
        assert len(calls) == 2


async def test_recovery_takes_over_what_a_dead_process_left_and_finishes_it_once_under_its_own_policy() -> None:
    """Law 6: the policy in force at acceptance is used, whatever is in force at the recovery."""
    home = MemoryHomeOfTests()
    started = asyncio.Event()

    async def hanging(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        started.set()
        await asyncio.sleep(3600)
        raise AssertionError

    async def reading(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        data = await asyncio.to_thread(read_all, intent.attachments["data"])
        payload = {"data": data.decode(), "word": intent.parameters["word"]}
        return RealmResult(artifacts={"note": Output(result_type="note", semantic_payload=payload)})

    intent = an_intent(word="kept", attachments={"data": BytesSource(b"input")})
    await _leave_behind(home, hanging, intent, started, {"note": "persist"})
    async with staged({"make": reading}, policy={"note": "discard"}, home=home) as stage:
        (result,) = await stage.application.runtime.recover()
        assert result.execution.state is ExecutionState.COMPLETED
        (reference,) = result.execution.references
        assert reference.decision is MaterializationDecision.PERSIST
        view = await stage.application.plane.get_artifact(reference.artifact_id, TENANT)
        assert view.semantic_payload == {"data": "input", "word": "kept"}
        assert await stage.application.runtime.recover() == ()


async def _leave_behind(
    home: MemoryHomeOfTests, handler: Handler, intent: Intent, started: asyncio.Event, policy: dict[str, object]
) -> None:
    """Leave an execution behind whose process has died while the realm was at work."""
    effects = Effects(10_000, Fault.CRASH_BEFORE)
    scene = Scene(policy={"materialization_policy": policy}, realms=(ScriptedRealm({intent.intent_type: handler}),))
    async with home.process(scene) as adapters, running(with_faults(adapters, effects), Limits()) as application:
        task = asyncio.create_task(application.runtime.execute(intent))
        await started.wait()
        effects.die()
        task.cancel()
        with pytest.raises(Crashed):
            await task
