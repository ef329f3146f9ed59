"""What came of an artifact, as pages count it."""

from __future__ import annotations

from artifact_plane.adapters.web.lineage.impact import VERSIONS_WALKED, Impact, impact_of, walks_of_impact
from artifact_plane.composition.bootstrap import open_application
from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import Bounds
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application

TENANT = "acme"
CONTEXT = ExecutionContext(tenant_id=TENANT)
BOUNDS = Bounds(depth=50, nodes=100)


async def put(app: Application, name: str, *origins: str) -> None:
    """An artifact of that id, derived from those."""
    payload = Payload(semantic_payload={"name": name}, derived_from=origins)
    await app.plane.create_artifact("thing", name, payload, {}, CONTEXT)


async def find(app: Application, name: str, bounds: Bounds = BOUNDS) -> Impact:
    """What came of that artifact."""
    return impact_of(name, await walks_of_impact(app, TENANT, name, bounds))


async def test_every_heir_is_named_once_with_what_became_of_it() -> None:
    """Near and far, of whichever version; what was deleted is told, and left out among the living."""
    async with open_application("memory") as app:
        for name, origins in (("root", ()), ("near", ("root",)), ("far", ("near", "root")), ("other", ())):
            await put(app, name, *origins)
        await app.plane.update_artifact("root", {"name": "new"}, {}, CONTEXT, expected_version=1)
        await put(app, "late", "root")
        await app.plane.delete_artifact("near", TENANT)
        found = await find(app, "root")
        assert sorted(one.artifact_id for one in found.heirs) == ["far", "late", "near"]
        assert {one.artifact_id for one in found.heirs if one.state is ArtifactState.DELETED} == {"near"}
        assert sorted(one.artifact_id for one in found.living.heirs) == ["far", "late"]
        assert not found.more and (await find(app, "other")).heirs == ()


async def test_a_walk_that_was_cut_is_not_taken_for_all() -> None:
    """Of five heirs three are within the bounds: there may be more."""
    async with open_application("memory") as app:
        await put(app, "root")
        for name in "abcde":
            await put(app, name, "root")
        found = await find(app, "root", Bounds(depth=50, nodes=4))
        assert len(found.heirs) == 3 and found.more and found.living.more


async def test_what_came_of_an_old_version_is_found_behind_many_new_ones() -> None:
    """The walk from the first version leads through the revisions of it."""
    async with open_application("memory") as app:
        await put(app, "root")
        await app.plane.update_artifact("root", {"n": 2}, {}, CONTEXT, expected_version=1)
        await put(app, "heir", "root")
        for version in range(2, VERSIONS_WALKED + 4):
            await app.plane.update_artifact("root", {"n": version + 1}, {}, CONTEXT, expected_version=version)
        assert [one.artifact_id for one in (await find(app, "root")).heirs] == ["heir"]
