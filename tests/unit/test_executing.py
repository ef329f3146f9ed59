"""Executing an intent: once, whoever asks and however many (DESIGN section 4)."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, InvalidInput
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable
from artifact_plane.domain.model.result import Output, RealmResult
from tests.doubles.samples import a_request
from tests.unit.stage import KEEP, NOTE, TENANT, an_intent, makes, staged


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
        page = await stage.adapters.records.registry.find(TENANT, ArtifactFilter(state=None), limit=100)
        assert len(page.artifacts) == 1


async def test_an_unknown_intent_type_is_refused_and_the_nearest_is_named() -> None:
    """Issue: unknown intent type names the nearest; nothing is recorded."""
    async with staged({"make_note": makes(note=NOTE)}) as stage:
        with pytest.raises(InvalidInput, match="no realm") as caught:
            await stage.application.runtime.execute(an_intent("make_note_"))
        assert "make_note" in (caught.value.remedy or "")
        assert await stage.adapters.records.log.position() == 0


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
