"""Reading artifacts: what is kept, what is drawn on demand, and what is gone."""

from __future__ import annotations

import asyncio
import io
from typing import BinaryIO

import attrs
import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter, Place
from artifact_plane.domain.model.errors import Damaged, Gone, InvalidInput, NotFound
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Rendered
from artifact_plane.domain.model.result import Output
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from tests.doubles.realms import read_all
from tests.unit.stage import CONTEXT, OTHER_TENANT, TENANT, TXT, VIEWED, an_intent, makes, staged


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


@attrs.frozen
class Dripping(ByteSource):
    """Its streams give a little at a time, as a pipe or a socket does."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return Drops(self.data[start:stop])


class Drops(io.BytesIO):
    """Gives three bytes at most to whoever asks for a number of them."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size if size is None or size < 0 else min(size, 3))


@pytest.mark.parametrize("decision", ["cache", "persist"])
async def test_what_comes_a_little_at_a_time_is_kept_whole(decision: str) -> None:
    """A stream may give fewer bytes than it is asked for; that is not its end."""
    view = Rendered(name="txt", media_type="text/plain", source=Dripping(b"0123456789"))
    made = Output(result_type="note", semantic_payload={}, renderings=(view,))
    async with staged({"make": makes(note=made)}, policy={"note": decision}) as stage:
        result = await stage.application.runtime.execute(an_intent())
        artifact_id = result.execution.references[0].artifact_id
        content = await stage.application.plane.open_content(artifact_id, TENANT, "txt")
        assert (read_all(content.source), content.size) == (b"0123456789", 10)


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
