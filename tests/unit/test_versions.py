"""Versions and tombstones."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.errors import Conflict, Gone
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from tests.unit.stage import CONTEXT, TENANT, staged


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


async def test_a_deletion_may_name_the_version_it_means() -> None:
    """What was updated since is not deleted, whichever of the two commits comes first."""
    async with staged() as stage:
        plane = stage.application.plane
        await plane.create_artifact("note", "n1", {"v": 1}, {}, CONTEXT)
        await plane.update_artifact("n1", {"v": 2}, {}, CONTEXT, expected_version=1)
        with pytest.raises(Conflict, match="version is 2"):
            await plane.delete_artifact("n1", TENANT, expected_versions=(1,))
        updated, deleted = await asyncio.gather(
            plane.update_artifact("n1", {"v": 3}, {}, CONTEXT, expected_version=2),
            plane.delete_artifact("n1", TENANT, expected_versions=(2,)),
            return_exceptions=True,
        )
        assert isinstance(updated, Exception) != isinstance(deleted, Exception)
        current = (await plane.versions("n1", TENANT))[-1]
        assert (current.state is ArtifactState.DELETED) == isinstance(updated, Exception)
        tombstone = await plane.delete_artifact("n1", TENANT, expected_versions=(1, current.version))
        assert tombstone.state is ArtifactState.DELETED
