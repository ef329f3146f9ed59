"""Lineage: origins that are registered later, and what is asked of all of it."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.domain.model.errors import Conflict, LineageCycle
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.realm import ArtifactReader
from tests.unit.stage import CONTEXT, TENANT, an_intent, staged


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
