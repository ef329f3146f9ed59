"""Executing an intent: once, through failure, cancellation, take-over and concurrency (DESIGN section 4)."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from artifact_plane.composition.application import running
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotFound, Refused
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.lineage import Relation
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.execution_lifecycle import ExecutionLifecycleManager
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.doubles.faults import Crashed, Effects, Fault, with_faults
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.realms import Handler, ScriptedRealm, read_all
from tests.doubles.samples import a_request
from tests.unit.stage import TENANT, an_intent, makes, staged

NOTE = Output(result_type="note", semantic_payload={"text": "hello"})
KEEP = {"note": "persist"}


async def test_an_execution_holds_references_only_and_its_size_does_not_depend_on_the_payload() -> None:
    """Laws 9 and 13: the references name what was recorded in the same commit."""
    sizes = []
    for length in (1, 100_000):
        output = Output(result_type="note", semantic_payload={"text": "x" * length})
        async with staged({"make": makes(note=output)}, policy=KEEP) as stage:
            result = await stage.application.runtime.execute(an_intent())
            assert result.execution.state is ExecutionState.COMPLETED
            (reference,) = result.execution.references
            view = await stage.application.plane.get_artifact(reference.artifact_id, TENANT)
            assert view.semantic_payload == {"text": "x" * length}
            assert view.artifact.meaning.digest == reference.digest
            sizes.append(len(repr(result.execution)))
    assert sizes[0] == sizes[1]


async def test_the_same_intent_again_is_the_same_execution_with_one_set_of_artifacts() -> None:
    """Law 17."""
    async with staged({"make": makes(note=NOTE)}, policy=KEEP) as stage:
        first = await stage.application.runtime.execute(an_intent())
        second = await stage.application.runtime.execute(an_intent())
        assert second == first


@pytest.mark.parametrize(
    "other",
    [an_intent(word="other"), an_intent("remake"), an_intent(attachments={"data": BytesSource(b"x")})],
    ids=["parameters", "type", "attachments"],
)
async def test_the_same_intent_id_with_other_content_is_a_conflict(other: Intent) -> None:
    """Law 17."""
    async with staged({"make": makes(note=NOTE), "remake": makes(note=NOTE)}) as stage:
        await stage.application.runtime.execute(an_intent())
        with pytest.raises(Conflict):
            await stage.application.runtime.execute(other)


async def test_twenty_callers_of_one_intent_share_one_execution() -> None:
    """Law 17, also at the same moment."""
    async with staged({"make": makes(note=NOTE)}, policy=KEEP) as stage:
        results = await asyncio.gather(*(stage.application.runtime.execute(an_intent()) for _ in range(20)))
        assert len({result.execution.execution_id for result in results}) == 1
        page = await stage.adapters.records.registry.find(TENANT, _anything(), limit=100)
        assert len(page.artifacts) == 1


async def test_an_unknown_intent_type_is_refused_and_the_nearest_is_named() -> None:
    """Issue: unknown intent type names the nearest; nothing is recorded."""
    async with staged({"make_note": makes(note=NOTE)}) as stage:
        with pytest.raises(InvalidInput, match="no realm") as caught:
            await stage.application.runtime.execute(an_intent("make_note_"))
        assert "make_note" in (caught.value.remedy or "")
        assert await stage.adapters.records.log.position() == 0


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
        assert (await stage.adapters.records.registry.find(TENANT, _anything(), limit=10)).artifacts == ()


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
        result = await asyncio.wait_for(stage.application.runtime.execute(an_intent()), 10)
        assert result.execution.state is ExecutionState.FAILED
        assert result.execution.failure is not None
        assert result.execution.failure.code == "conflict"


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


async def test_a_started_run_answers_once_it_is_accepted_and_ends_in_the_background() -> None:
    """Runtime.start."""
    going = asyncio.Event()

    async def waiting(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await going.wait()
        return RealmResult(artifacts={"note": NOTE})

    async with staged({"make": waiting}) as stage:
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


async def test_a_key_is_recorded_with_the_acceptance_and_another_intent_under_it_is_refused() -> None:
    """Case I04: there is no moment at which the effect is there and the key is not."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        runtime, plane = stage.application.runtime, stage.application.plane
        result = await runtime.execute(an_intent(), request=a_request())
        answered = await plane.answered(a_request().key, TENANT)
        assert answered == a_request(subject=f"execution:{result.execution.execution_id}")
        with pytest.raises(Conflict):
            await runtime.execute(an_intent(intent_id="another"), request=a_request())
        assert len((await runtime.executions(TENANT))[0]) == 1
        assert (await runtime.execute(an_intent(), request=a_request())).execution == result.execution


async def test_a_key_is_recorded_with_a_result_handed_in_and_with_a_cancellation() -> None:
    """The other requests that change something."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        runtime, plane = stage.application.runtime, stage.application.plane
        result = RealmResult(artifacts={"note": NOTE})
        handed = await runtime.submit_result(an_intent(), result, "elsewhere", request=a_request("key-2"))
        answered = await plane.answered("key-2", TENANT)
        assert answered is not None
        assert answered.subject == f"execution:{handed.execution.execution_id}"
        await runtime.submit_result(an_intent(), result, "elsewhere", request=a_request("key-3"))
        again = await plane.answered("key-3", TENANT)
        assert again is not None
        assert again.subject == answered.subject


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


async def test_what_a_realm_reads_becomes_a_used_edge_and_what_it_derives_names_the_version_read() -> None:
    """Lineage of a run."""

    async def deriving(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        source = str(intent.parameters["source"])
        reading = await reader.read(source)
        output = Output(result_type="note", semantic_payload={"of": reading.semantic_payload}, derived_from=(source,))
        return RealmResult(artifacts={"note": output})

    async with staged({"make": makes(note=NOTE), "derive": deriving}) as stage:
        runtime = stage.application.runtime
        first = (await runtime.execute(an_intent())).execution.references[0].artifact_id
        second = await runtime.execute(an_intent("derive", intent_id="i2", source=first))
        lineage = await stage.application.lineage.upstream(second.execution.references[0].artifact_id, TENANT)
        found = {(edge.source.partition(":")[0], edge.relation, edge.target) for edge in lineage.edges}
        assert ("execution", Relation.USED, f"artifact:{first}@1") in found
        assert ("artifact", Relation.WAS_DERIVED_FROM, f"artifact:{first}@1") in found
        assert ("execution", Relation.WAS_STARTED_BY, "intent:i1") in found


async def test_an_artifact_that_is_not_there_fails_the_execution_as_not_found() -> None:
    """The reader's errors keep their code."""

    async def reading(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await reader.read("nothing")
        raise AssertionError

    async with staged({"make": reading}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert result.execution.failure.code == NotFound.code


async def test_attachments_are_ruled_kept_for_the_run_and_dropped_at_its_end() -> None:
    """Law 7: a receipt, a lineage node, and no bytes left."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        result = await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"secret input")}))
        (record,) = result.execution.attachments
        assert record.ruling.decision is MaterializationDecision.CACHE
        assert [receipt.subject for receipt in result.receipts if receipt.version is None] == [record.digest]
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []
        lineage = await stage.application.lineage.upstream(result.execution.references[0].artifact_id, TENANT)
        assert f"attachment:{record.digest}" in [node.id for node in lineage.nodes]


async def test_what_a_run_stored_goes_at_once_when_its_artifact_is_deleted() -> None:
    """Law 12: the claims of a run are released by its commit, so that a living process holds nothing back."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
    output = Output(result_type="note", semantic_payload={"a": 1}, renderings=(view,))
    async with staged({"make": makes(note=output)}, policy=KEEP) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert len([one async for one in stage.adapters.payloads.list(TENANT)]) == 1
        await stage.application.plane.delete_artifact(result.execution.references[0].artifact_id, TENANT)
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []


async def test_a_persisted_attachment_stays() -> None:
    """Law 7: attachments follow the policy."""
    async with staged({"make": makes(note=NOTE)}, policy={"attachment": "persist"}) as stage:
        await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"input")}))
        assert len([one async for one in stage.adapters.payloads.list(TENANT)]) == 1


async def test_a_denied_attachment_refuses_the_intent_before_anything_is_put() -> None:
    """Law 7."""
    rule = [{"name": "no-files", "when": {"result_type": ["attachment"]}, "deny": ["persist", "cache"], "reason": "r"}]
    async with staged({"make": makes(note=NOTE)}, governance=rule) as stage:
        with pytest.raises(Refused, match="no-files"):
            await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"input")}))
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []
        assert await stage.adapters.records.log.position() == 0


async def test_platform_native_records_are_written_for_every_execution() -> None:
    """Law 2: intent, journey, transitions and governance decisions, whatever the policy says."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        first = await stage.application.runtime.execute(an_intent())
        second = await stage.application.runtime.execute(an_intent(intent_id="i2"))
        ids = [first.execution.execution_id, second.execution.execution_id]
        assert list(await stage.application.runtime.journey("s1", TENANT)) == ids
        log = stage.adapters.records.log
        kinds = [record.entry.kind for record in await log.replay(0, limit=1000)]
        assert {kind: kinds.count(kind) for kind in RecordKind} == {
            RecordKind.INTENT: 2,
            RecordKind.JOURNEY: 2,
            RecordKind.STATE_TRANSITION: 6,
            RecordKind.GOVERNANCE_DECISION: 2,
        }
        moves = await log.about(TENANT, RecordKind.STATE_TRANSITION, ids[0])
        assert [record.entry.body["to"] for record in moves] == ["accepted", "running", "completed"]


async def test_a_dry_run_shows_the_plan_and_records_and_stores_nothing() -> None:
    """Steps 1 to 3 only; a rule that tests bytes shows both outcomes."""
    output = Output(
        result_type="note",
        semantic_payload={"text": "x"},
        renderings=(Renderable(name="txt", renderer="counting", format="txt"),),
    )
    policy = {"note": [{"when": {"bytes": {"over": 100}}, "decision": "discard"}, {"decision": "persist"}]}
    async with staged({"make": makes(note=output)}, policy=policy) as stage:
        dry = await stage.application.runtime.dry_run(an_intent(attachments={"data": BytesSource(b"input")}))
        (planned,) = dry.plan.outputs
        meaning, text = planned.steps
        assert meaning.ruling.layer is Layer.MEANING
        assert text.needs_size
        assert {ruling.decision for _, ruling in text.outcomes} == {
            MaterializationDecision.PERSIST,
            MaterializationDecision.DISCARD,
        }
        assert dict(dry.attachments)["data"].decision is MaterializationDecision.CACHE
        assert await stage.adapters.records.log.position() == 0
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []
        assert stage.renderer.calls == 0


async def test_a_result_handed_in_is_accepted_and_ended_in_one_commit_and_twice_is_once() -> None:
    """Runtime.submit_result: ruled as a realm's result, without explicit request (law 1)."""
    async with staged(policy={}) as stage:
        result = RealmResult(artifacts={"note": NOTE})
        first = await stage.application.runtime.submit_result(an_intent("elsewhere"), result, "other")
        assert first.execution.state is ExecutionState.COMPLETED
        assert first.execution.references[0].decision is MaterializationDecision.DISCARD
        assert await stage.adapters.records.log.position() == 1
        again = await stage.application.runtime.submit_result(an_intent("elsewhere"), result, "other")
        assert again == first
        other = RealmResult(artifacts={"note": Output(result_type="note", semantic_payload={"text": "else"})})
        with pytest.raises(Conflict):
            await stage.application.runtime.submit_result(an_intent("elsewhere"), other, "other")


def _anything() -> ArtifactFilter:
    return ArtifactFilter(state=None)
