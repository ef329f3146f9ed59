"""Creating artifacts: by explicit request, once for an id, and never more at once than there is room for."""

from __future__ import annotations

import asyncio
import time
from typing import BinaryIO

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter, Place
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.errors import Conflict, Gone, InvalidInput, UnsupportedRendering
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from tests.doubles.samples import a_request
from tests.unit.stage import CONTEXT, TENANT, TXT, staged


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
        assert answered == a_request(subject="again:artifact:a-1@1")
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


async def test_metadata_that_is_too_large_is_refused_before_it_is_compared_with_anything() -> None:
    """What is compared, and recorded, is small; nothing of it is walked on the event loop before that is known."""
    async with staged(limits=Limits(metadata_bytes=100)) as stage:
        plane, large = stage.application.plane, {"note": "x" * 100}
        await plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        with pytest.raises(InvalidInput, match="more than the 100 that are taken"):
            await plane.create_artifact("note", "n1", {"a": 1}, large, CONTEXT)
        with pytest.raises(InvalidInput, match="more than the 100 that are taken"):
            await plane.update_artifact("n1", {"a": 1}, large, CONTEXT, expected_version=7)
