"""The plane: explicit requests, versions, tombstones, and parts drawn on demand."""

from __future__ import annotations

import asyncio
import time
from typing import BinaryIO

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState, Place
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.errors import (
    Conflict,
    Damaged,
    Gone,
    InvalidInput,
    LineageCycle,
    NotFound,
    UnsupportedRendering,
)
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.realms import read_all
from tests.doubles.samples import a_request
from tests.unit.stage import CONTEXT, TENANT, an_intent, makes, staged

TXT = Renderable(name="txt", renderer="counting", format="txt")
VIEWED = Output(result_type="note", semantic_payload={"text": "hello"}, renderings=(TXT,))
OTHER_TENANT = ExecutionContext(tenant_id="t2")


async def test_an_explicit_request_persists_whatever_the_policy_says() -> None:
    """Law 1."""
    async with staged(policy={"note": "discard"}) as stage:
        made = await stage.application.plane.create_artifact("note", None, {"text": "x"}, {"owner": "me"}, CONTEXT)
        assert made.artifact.decision is MaterializationDecision.PERSIST
        assert made.receipt.whole.layer is Layer.EXPLICIT_REQUEST
        view = await stage.application.plane.get_artifact(made.artifact.artifact_id, TENANT)
        assert (view.semantic_payload, view.artifact.metadata) == ({"text": "x"}, {"owner": "me"})


async def test_a_denial_stands_above_an_explicit_request() -> None:
    """Law 1; law 8: only a denial removes a meaning."""
    rule = [{"name": "no-pii", "when": {"labels": ["pii"]}, "deny": ["persist", "cache"], "reason": "no PII at rest"}]
    async with staged(governance=rule) as stage:
        payload = Payload(semantic_payload={"name": "someone"}, labels=("pii",))
        made = await stage.application.plane.create_artifact("note", None, payload, {}, CONTEXT)
        assert made.artifact.meaning.place is Place.NOWHERE
        assert made.receipt.parts[0].ruling.layer is Layer.DENIAL
        with pytest.raises(Gone):
            await stage.application.plane.get_artifact(made.artifact.artifact_id, TENANT)
        view = await stage.application.plane.get_artifact(made.artifact.artifact_id, TENANT, include_payload=False)
        assert view.semantic_payload is None


async def test_a_meaning_that_may_only_be_cached_is_read_from_working_memory_until_it_expires() -> None:
    """A denied decision becomes the next lower one that is allowed."""
    rule = [{"name": "not-for-long", "deny": ["persist"], "reason": "r"}]
    async with staged(governance=rule) as stage:
        made = await stage.application.plane.create_artifact("note", "n1", {"text": "x"}, {}, CONTEXT)
        assert made.artifact.meaning.place is Place.WORKING_MEMORY
        assert (await stage.application.plane.get_artifact("n1", TENANT)).semantic_payload == {"text": "x"}
        stage.home.clock.advance(3601)
        with pytest.raises(Gone):
            await stage.application.plane.get_artifact("n1", TENANT)


async def test_the_same_id_and_content_is_the_same_artifact_whatever_the_order_of_keys() -> None:
    """Law 17, case P12."""
    async with staged() as stage:
        plane = stage.application.plane
        first = await plane.create_artifact("note", "n1", {"a": 1, "b": 2.0}, {}, CONTEXT)
        second = await plane.create_artifact("note", "n1", {"b": 2, "a": 1.0}, {}, CONTEXT)
        assert second.repeated
        assert second.artifact == first.artifact
        assert await stage.adapters.records.log.position() == 1


@pytest.mark.parametrize(
    ("kind", "payload", "metadata"),
    [
        ("note", {"text": "other"}, {}),
        ("memo", {"text": "x"}, {}),
        ("note", {"text": "x"}, {"owner": "other"}),
        ("note", Payload(semantic_payload={"text": "x"}, labels=("draft",)), {}),
        ("note", Payload(semantic_payload={"text": "x"}, renderings=(TXT,)), {}),
    ],
    ids=["meaning", "type", "metadata", "labels", "renderings"],
)
async def test_the_same_id_with_other_content_is_a_conflict(
    kind: str, payload: Payload, metadata: dict[str, str]
) -> None:
    """Law 17."""
    async with staged() as stage:
        await stage.application.plane.create_artifact("note", "n1", {"text": "x"}, {}, CONTEXT)
        with pytest.raises(Conflict):
            await stage.application.plane.create_artifact(kind, "n1", payload, metadata, CONTEXT)


async def test_a_rendered_view_with_other_bytes_is_other_content() -> None:
    """Law 17."""

    def payload(data: bytes) -> Payload:
        view = Rendered(name="file", media_type="text/plain", source=BytesSource(data))
        return Payload(semantic_payload={"a": 1}, renderings=(view,))

    async with staged() as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "n1", payload(b"one"), {}, CONTEXT)
        assert (await plane.create_artifact("note", "n1", payload(b"one"), {}, CONTEXT)).repeated
        with pytest.raises(Conflict):
            await plane.create_artifact("note", "n1", payload(b"two"), {}, CONTEXT)


async def test_twenty_creations_of_one_id_at_once_make_one_artifact() -> None:
    """Law 17, case I01 in the library."""
    async with staged() as stage:
        plane = stage.application.plane
        made = await asyncio.gather(
            *(plane.create_artifact("note", "n1", {"text": "x"}, {}, CONTEXT) for _ in range(20))
        )
        assert [one.repeated for one in made].count(False) == 1
        assert len(await plane.versions("n1", TENANT)) == 1


async def test_only_so_many_creations_are_worked_on_at_once_and_the_rest_hold_nothing() -> None:
    """Memory is bounded: of those that may not begin yet, no byte is read."""

    class Counting(BytesSource):
        opened = 0
        most = 0

        def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
            Counting.opened += 1
            Counting.most = max(Counting.most, Counting.opened)
            time.sleep(0.005)
            Counting.opened -= 1
            return super().open(start, stop)

    async with staged(limits=Limits(writes_at_once=2)) as stage:

        async def create(number: int) -> None:
            view = Rendered(name="file", media_type="text/plain", source=Counting(b"%d" % number))
            payload = Payload(semantic_payload={"n": number}, renderings=(view,))
            await stage.application.plane.create_artifact("note", f"n{number}", payload, {}, CONTEXT)

        await asyncio.gather(*(create(number) for number in range(20)))
        page = await stage.application.plane.list_artifacts(TENANT, ArtifactFilter(), limit=100)
        assert len(page.artifacts) == 20
    assert 1 <= Counting.most <= 2


async def test_an_update_names_the_version_it_replaces_and_leaves_the_old_one_as_it_was() -> None:
    """Laws 17 and 18."""
    async with staged() as stage:
        plane = stage.application.plane
        first = await plane.create_artifact("note", "n1", {"v": 1}, {}, CONTEXT)
        second = await plane.update_artifact("n1", {"v": 2}, {}, CONTEXT, expected_version=1)
        assert second.artifact.version == 2
        assert (await plane.get_artifact("n1", TENANT)).semantic_payload == {"v": 2}
        old = await plane.get_artifact("n1", TENANT, version=1)
        assert (old.artifact, old.semantic_payload) == (first.artifact, {"v": 1})
        assert (await plane.update_artifact("n1", {"v": 2}, {}, CONTEXT, expected_version=1)).repeated
        with pytest.raises(Conflict):
            await plane.update_artifact("n1", {"v": 3}, {}, CONTEXT, expected_version=1)
        lineage = await stage.application.lineage.upstream("n1", TENANT)
        assert "artifact:n1@1" in [node.id for node in lineage.nodes]


async def test_a_deletion_leaves_a_tombstone_and_the_same_lineage_and_takes_the_bytes() -> None:
    """Law 18."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
    async with staged(limits=Limits(inline_bytes=1)) as stage:
        plane, lineage = stage.application.plane, stage.application.lineage
        await plane.create_artifact("note", "n0", {"v": 0}, {}, CONTEXT)
        payload = Payload(semantic_payload={"v": 1}, renderings=(view,), derived_from=("n0",))
        await plane.create_artifact("note", "n1", payload, {}, CONTEXT)
        await plane.update_artifact("n1", {"v": 2}, {}, CONTEXT, expected_version=1)
        before = await lineage.upstream("n1", TENANT)
        tombstone = await plane.delete_artifact("n1", TENANT)
        assert tombstone.state is ArtifactState.DELETED
        assert await plane.delete_artifact("n1", TENANT) == tombstone
        for read in (
            plane.get_artifact("n1", TENANT),
            plane.get_artifact("n1", TENANT, version=1),
            plane.get_meaning("n1", TENANT),
            plane.open_content("n1", TENANT, "file", version=1),
            plane.update_artifact("n1", {"v": 3}, {}, CONTEXT, expected_version=2),
            plane.create_artifact("note", "n1", {"v": 2}, {}, CONTEXT),
        ):
            with pytest.raises(Gone):
                await read
        after = await lineage.upstream("n1", TENANT)
        assert (after.edges, [node.id for node in after.nodes]) == (before.edges, [node.id for node in before.nodes])
        assert len((await stage.application.steward.explain("n1", TENANT)).receipts) == 2
        digests = [one.digest async for one in stage.adapters.payloads.list(TENANT)]
        kept = (await plane.versions("n0", TENANT))[0].meaning.digest
        assert digests == [kept]


async def test_another_tenants_artifact_is_not_there() -> None:
    """Law 16: "not yours" and "not there" are one answer."""
    async with staged() as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "n1", {"v": 1}, {}, CONTEXT)
        answers = []
        for artifact_id in ("n1", "n2"):
            with pytest.raises(NotFound) as caught:
                await plane.get_artifact(artifact_id, "t2")
            answers.append(str(caught.value).replace(artifact_id, "ID"))
        assert answers[0] == answers[1]
        mine = await plane.create_artifact("note", "n1", {"v": "mine"}, {}, OTHER_TENANT)
        assert not mine.repeated
        with pytest.raises(NotFound):
            await plane.create_artifact(
                "note", None, Payload(semantic_payload={}, derived_from=("n1",)), {}, ExecutionContext(tenant_id="t3")
            )


async def test_a_discarded_view_is_not_drawn_until_somebody_asks_and_then_once_for_all_who_ask() -> None:
    """Law 10: single flight."""
    async with staged({"make": makes(note=VIEWED)}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert stage.renderer.calls == 0
        artifact_id = result.execution.references[0].artifact_id
        contents = await asyncio.gather(
            *(stage.application.plane.open_content(artifact_id, TENANT, "txt") for _ in range(10))
        )
        assert stage.renderer.calls == 1
        assert all(content.drawn for content in contents)
        assert {read_all(content.source) for content in contents} == {b"v1:txt:['text']"}


async def test_drift_under_the_same_renderer_version_is_damage_and_under_another_a_notice() -> None:
    """Law 10."""
    policy = {"note": {"decision": "cache", "ttl": "1m"}}
    async with staged({"make": makes(note=VIEWED)}, policy=policy) as stage:
        result = await stage.application.runtime.execute(an_intent())
        artifact_id = result.execution.references[0].artifact_id
        plane = stage.application.plane
        assert not (await plane.open_content(artifact_id, TENANT, "txt")).drawn
        stage.home.clock.advance(61)
        again = await plane.open_content(artifact_id, TENANT, "txt")
        assert (again.drawn, again.notice) == (True, None)
        stage.renderer.version = "2"
        newer = await plane.open_content(artifact_id, TENANT, "txt")
        assert newer.notice is not None
        assert "version 1" in newer.notice
        stage.renderer.version = "1"
        stage.renderer.drift = b"!"
        with pytest.raises(Damaged, match="on record"):
            await plane.open_content(artifact_id, TENANT, "txt")


async def test_a_rule_that_tests_bytes_rules_after_drawing_to_scratch() -> None:
    """Law 10."""
    policy = {"note": [{"when": {"bytes": {"over": 1000}}, "decision": "discard"}, {"decision": "persist"}]}

    def output(size: int) -> Output:
        return Output(result_type="note", semantic_payload={"rendered_size": size}, renderings=(TXT,))

    async with staged({"small": makes(x=output(10)), "large": makes(x=output(5000))}, policy=policy) as stage:
        for kind, place in (("small", Place.PAYLOAD_STORE), ("large", Place.NOWHERE)):
            result = await stage.application.runtime.execute(an_intent(kind, intent_id=kind))
            artifact_id = result.execution.references[0].artifact_id
            view = await stage.application.plane.get_artifact(artifact_id, TENANT)
            assert view.artifact.renderings[0].place is place
        assert stage.renderer.calls == 2


async def test_a_format_that_nobody_recorded_is_drawn_by_the_renderer_of_a_recorded_view() -> None:
    """Decision 9."""
    async with staged({"make": makes(note=VIEWED)}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        artifact_id = result.execution.references[0].artifact_id
        content = await stage.application.plane.open_content(artifact_id, TENANT, "bin")
        assert read_all(content.source).startswith(b"v1:bin")
        with pytest.raises(NotFound, match="no part 'pdf'"):
            await stage.application.plane.open_content(artifact_id, TENANT, "pdf")


async def test_a_rendered_view_that_was_dropped_is_gone_and_its_bytes_are_nowhere() -> None:
    """Case P10 in memory: dropped bytes are not read, not stored, not cached."""

    class Untouchable(BytesSource):
        def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
            raise AssertionError("a dropped part was read")

    view = Rendered(name="file", media_type="text/plain", source=Untouchable(b"marker"))
    output = Output(result_type="note", semantic_payload={"a": 1}, renderings=(view,))
    async with staged({"make": makes(note=output)}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        artifact_id = result.execution.references[0].artifact_id
        with pytest.raises(Gone, match="dropped"):
            await stage.application.plane.open_content(artifact_id, TENANT, "file")


async def test_a_missing_payload_is_damage_not_an_absence() -> None:
    """Law 15, case P07's sibling."""
    async with staged(limits=Limits(inline_bytes=1)) as stage:
        await stage.application.plane.create_artifact("note", "n1", {"text": "x"}, {}, CONTEXT)
        async for payload in stage.adapters.payloads.list(TENANT):
            await stage.adapters.payloads.delete(payload)
        with pytest.raises(Damaged, match="missing"):
            await stage.application.plane.get_artifact("n1", TENANT)


async def test_an_unknown_renderer_is_refused_before_anything_is_recorded() -> None:
    """The nearest is named."""
    async with staged() as stage:
        view = Renderable(name="v", renderer="countin", format="txt")
        with pytest.raises(UnsupportedRendering) as caught:
            await stage.application.plane.create_artifact(
                "note", None, Payload(semantic_payload={}, renderings=(view,)), {}, CONTEXT
            )
        assert "counting" in (caught.value.remedy or "")
        assert await stage.adapters.records.log.position() == 0


async def test_pages_are_bounded_and_short_ids_are_resolved_while_unique() -> None:
    """``list_artifacts`` and ``resolve``."""
    async with staged() as stage:
        plane = stage.application.plane
        for name in ("ab-1", "ab-2", "cd-1"):
            await plane.create_artifact("note", name, {"n": name}, {}, CONTEXT)
        assert await plane.resolve("c", TENANT) == "cd-1"
        assert await plane.resolve("ab-1", TENANT) == "ab-1"
        with pytest.raises(InvalidInput, match="several"):
            await plane.resolve("ab", TENANT)
        with pytest.raises(NotFound):
            await plane.resolve("zz", TENANT)
        for limit in (0, 1001):
            with pytest.raises(InvalidInput):
                await plane.list_artifacts(TENANT, ArtifactFilter(), limit=limit)
        page = await plane.list_artifacts(TENANT, ArtifactFilter(), limit=2)
        assert [one.artifact_id for one in page.artifacts] == ["cd-1", "ab-2"]
        rest = await plane.list_artifacts(TENANT, ArtifactFilter(), limit=2, after=page.next)
        assert ([one.artifact_id for one in rest.artifacts], rest.next) == (["ab-1"], None)


async def test_registered_lineage_is_there_and_twice_is_once() -> None:
    """000's ``register_lineage``."""
    async with staged() as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "n1", {"v": 1}, {}, CONTEXT)
        first = await plane.register_lineage("n1", "exec-9", "intent-9", CONTEXT)
        second = await plane.register_lineage("n1", "exec-9", "intent-9", CONTEXT)
        assert first.edges == second.edges
        assert [node.id for node in first.nodes] == ["artifact:n1@1", "execution:exec-9", "intent:intent-9"]


async def test_an_origin_that_would_be_its_own_origin_is_refused_and_the_cycle_named() -> None:
    """Law 20, case L01: A → B → A."""

    async def deriving(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        reading = await reader.read("a")
        return RealmResult(
            artifacts={"b": Output(result_type="b", semantic_payload={"v": reading.version}, derived_from=("a",))}
        )

    async with staged({"derive": deriving}) as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "a", {"v": 1}, {}, CONTEXT)
        result = await stage.application.runtime.execute(an_intent("derive"))
        before = await stage.application.lineage.upstream("a", TENANT)
        with pytest.raises(LineageCycle, match="artifact:a@1"):
            await plane.register_lineage("a", result.execution.execution_id, "i1", CONTEXT)
        assert await stage.application.lineage.upstream("a", TENANT) == before


async def test_a_running_execution_cannot_be_named_as_an_origin() -> None:
    """Law 20, decision 4: it may yet read what would be said to come from it."""
    started = asyncio.Event()

    async def endless(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        started.set()
        await asyncio.sleep(3600)
        raise AssertionError

    async with staged({"make": endless}) as stage:
        task = asyncio.create_task(stage.application.runtime.execute(an_intent()))
        await started.wait()
        (execution,) = (await stage.application.runtime.executions(TENANT))[0]
        context = ExecutionContext(tenant_id=TENANT, execution_id=execution.execution_id)
        with pytest.raises(Conflict, match="running"):
            await stage.application.plane.create_artifact("note", "n1", {}, {}, context)
        await stage.application.runtime.cancel(execution.execution_id, TENANT)
        await task
        await stage.application.plane.create_artifact("note", "n1", {}, {}, context)


async def test_impact_names_what_came_of_any_version_and_a_path_says_how() -> None:
    """Lineage queries."""
    async with staged() as stage:
        plane, lineage = stage.application.plane, stage.application.lineage

        async def create(artifact_id: str, *origins: str) -> None:
            payload = Payload(semantic_payload={"id": artifact_id}, derived_from=origins)
            await plane.create_artifact("note", artifact_id, payload, {}, CONTEXT)

        await create("a")
        await create("b", "a")
        await plane.update_artifact("a", {"v": 2}, {}, CONTEXT, expected_version=1)
        await create("c", "a")
        await create("d", "b", "c")
        assert sorted(one.artifact_id for one in await lineage.impact("a", TENANT)) == ["b", "c", "d"]
        path = await lineage.path("d", "a", TENANT)
        assert [node.id for node in path.nodes] == ["artifact:d@1", "artifact:c@1", "artifact:a@2"]
        assert (await lineage.path("a", "d", TENANT)).nodes == ()


async def test_a_key_is_recorded_with_the_artifact_and_another_artifact_under_it_is_refused() -> None:
    """Cases I01 and I04: twenty at once are one artifact."""
    async with staged() as stage:
        plane = stage.application.plane

        async def create() -> str | None:
            try:
                made = await plane.create_artifact("note", None, {"text": "x"}, {}, CONTEXT, request=a_request())
            except Conflict:
                return None
            return made.artifact.artifact_id

        made = [one for one in await asyncio.gather(*(create() for _ in range(20))) if one is not None]
        assert len(made) == 1
        answered = await plane.answered(a_request().key, TENANT)
        assert answered == a_request(subject=f"artifact:{made[0]}@1")
        assert len((await plane.list_artifacts(TENANT, ArtifactFilter())).artifacts) == 1


async def test_a_key_for_what_is_there_already_is_remembered_too() -> None:
    """Law 17: asking again for the same artifact, under a key for the first time."""
    async with staged() as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "a-1", {"text": "x"}, {}, CONTEXT)
        await plane.create_artifact("note", "a-1", {"text": "x"}, {}, CONTEXT, request=a_request())
        answered = await plane.answered(a_request().key, TENANT)
        assert answered == a_request(subject="artifact:a-1@1")
        with pytest.raises(Conflict):
            await plane.create_artifact("note", "a-2", {"text": "y"}, {}, CONTEXT, request=a_request())


async def test_a_request_without_another_effect_is_remembered_once() -> None:
    """``record_request``: the same again is no conflict, another one under its key is."""
    async with staged() as stage:
        plane = stage.application.plane
        await plane.record_request(a_request(), TENANT)
        await plane.record_request(a_request(), TENANT)
        with pytest.raises(Conflict):
            await plane.record_request(a_request(fingerprint="blake3:other"), TENANT)
