"""What a client tells is what the plane tells: commands and names of files as its user knows them, and no routes."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.errors import ArtifactPlaneError, Gone, NotFound
from artifact_plane.domain.model.intent import Intent
from artifact_plane.ports.application import Application
from tests.adapters.client.stage import HERE, staged
from tests.journeys.http.serving import TENANT


async def told(app: Application, name: str) -> list[ArtifactPlaneError]:
    """The errors of questions about what is not there, and about what was deleted."""
    found: list[ArtifactPlaneError] = []
    for asking, kind in (
        (app.plane.get_artifact("nobody", TENANT), NotFound),
        (app.plane.get_artifact(name, TENANT), Gone),
        (app.runtime.execution("nobody", TENANT), NotFound),
        (app.lineage.upstream("nobody", TENANT), NotFound),
        (app.steward.explain("nobody", TENANT), NotFound),
    ):
        with pytest.raises(kind) as raised:
            await asking
        found.append(raised.value)
    return found


async def test_errors_say_what_to_do_as_the_plane_itself_does() -> None:
    """Word for word, place for place."""
    async with staged() as stage:
        await stage.app.plane.create_artifact("note", "gone", {"a": 1}, {}, HERE)
        await stage.app.plane.delete_artifact("gone", TENANT)
        here, there = await told(stage.app, "gone"), await told(stage.own, "gone")
        assert [(one.where, one.remedy) for one in here] == [(one.where, one.remedy) for one in there]
        assert all("`ap " in (one.remedy or "") for one in here)


async def test_a_failed_run_says_what_to_do_as_the_plane_itself_does() -> None:
    """When it is waited for, read, and listed."""
    async with staged() as stage:
        intent = Intent(
            intent_id="bare", intent_type="parse_content", tenant_id=TENANT, session_id="s", solution_id="default"
        )
        result = await stage.app.runtime.execute(intent)
        failure = (await stage.own.runtime.execution(result.execution.execution_id, TENANT)).execution.failure
        assert failure is not None and "--attach" in (failure.remedy or "")
        read = await stage.app.runtime.execution(result.execution.execution_id, TENANT)
        (listed,), _ = await stage.app.runtime.executions(TENANT)
        assert [one.failure for one in (result.execution, read.execution, listed)] == [failure] * 3


@pytest.mark.parametrize("name", ["é.yaml", "a\nb", "x" * 300, ""], ids=["letters", "lines", "long", "none"])
async def test_a_policy_is_checked_whatever_its_file_is_called(name: str) -> None:
    """The problems are those that the plane itself finds, under the same name."""
    text = b"materialization_policy: {a: presist}"
    async with staged() as stage:
        assert list(await stage.app.steward.check(text, name)) == list(await stage.own.steward.check(text, name))
