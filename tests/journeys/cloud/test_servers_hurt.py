"""Servers that die, stall and come back cost no acknowledged artifact (cases F10 to F13, F18, O01)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from tests.doubles.world import all_artifacts
from tests.journeys.cloud.conftest import Deployment

TENANT = "local"
CONTEXT = ExecutionContext(tenant_id=TENANT)
WRITERS = 32
KEPT = {"materialization_policy": {"note": {"decision": "persist", "renderings": {"cached": "cache"}}}}


@attrs.define(eq=False)
class Writing:
    """Thirty-two writers that create one artifact after another, and what was acknowledged to them."""

    application: ComposedApplication
    acknowledged: set[str] = attrs.field(factory=set)
    refused: int = 0
    stopped: bool = False

    async def writer(self, number: int) -> None:
        """Create until told to stop; an id whose creation was refused is tried again until it is acknowledged."""
        count = 0
        while not self.stopped:
            artifact_id = f"w-{number}-{count}"
            try:
                await self.application.plane.create_artifact("note", artifact_id, {"n": count}, {}, CONTEXT)
            except Unavailable:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            self.acknowledged.add(artifact_id)
            count += 1

    async def until(self, acknowledged: int) -> None:
        """Wait for that many more."""
        goal = len(self.acknowledged) + acknowledged
        async with asyncio.timeout(60):
            while len(self.acknowledged) < goal:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(deployment: Deployment) -> AsyncIterator[tuple[ComposedApplication, Adapters]]:
    async with (
        adapters_of(deployment.settings, Extras(policy=KEPT)) as adapters,
        running(adapters, Limits()) as application,
    ):
        yield application, adapters


async def write_through(deployment: Deployment, trouble: Callable[[Writing], Awaitable[None]]) -> Writing:
    """Write before, during and after the trouble; then everything acknowledged is there, once."""
    async with opened(deployment) as (application, adapters):
        writing = Writing(application)
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(writing.writer(number))
            await writing.until(100)
            await trouble(writing)
            await writing.until(100)
            writing.stopped = True
        found = [artifact.artifact_id for artifact in await all_artifacts(adapters, TENANT)]
        assert len(found) == len(set(found))
        assert set(found) == writing.acknowledged
        events = {
            artifact.artifact_id: len(await adapters.records.registry.receipts(TENANT, artifact.artifact_id))
            for artifact in await all_artifacts(adapters, TENANT)
        }
        assert set(events.values()) == {1}
    await deployment.check()
    return writing


async def test_postgres_killed_in_mid_commit_and_started_again(deployment: Deployment) -> None:
    """``kill -9`` under 32 writers: nothing acknowledged is lost, nothing is applied twice."""

    async def killed(writing: Writing) -> None:
        for _ in range(3):
            await asyncio.to_thread(deployment.servers.postgres.kill)
            await asyncio.to_thread(deployment.servers.postgres.heal)
            await writing.until(20)

    await write_through(deployment, killed)


async def test_postgres_that_stands_still_for_twenty_seconds(deployment: Deployment) -> None:
    """Callers wait or are told; nobody hangs beyond their deadline, and everything goes on afterwards."""

    async def paused(writing: Writing) -> None:
        deployment.servers.postgres.pause()
        await asyncio.sleep(20)
        deployment.servers.postgres.resume()

    await write_through(deployment, paused)


async def test_redis_down_slow_or_full_is_a_miss_and_never_an_error_of_what_is_kept(deployment: Deployment) -> None:
    """Case F18: PERSIST unaffected, a cached part is a miss, no failure."""
    redis = deployment.servers.redis
    views = (Rendered(name="cached", media_type="text/plain", source=BytesSource(b"for a while")),)

    async def keeps(application: ComposedApplication, artifact_id: str) -> None:
        payload = Payload(semantic_payload={"n": 1}, renderings=views)
        await application.plane.create_artifact("note", artifact_id, payload, {}, CONTEXT)
        view = await application.plane.get_artifact(artifact_id, TENANT)
        assert view.semantic_payload == {"n": 1}

    async with opened(deployment) as (application, _):
        await keeps(application, "before")
        redis.pause()
        await keeps(application, "stalled")
        redis.resume()
        redis.call("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction")
        await keeps(application, "full")
        redis.kill()
        await keeps(application, "down")
        redis.heal()
        await keeps(application, "after")
    await deployment.check()


async def answered(application: ComposedApplication, artifact_id: str, position: int) -> Lineage:
    """The lineage at that position; a server that has just come back is left alone for a moment more."""
    async with asyncio.timeout(20):
        while True:
            with suppress(Unavailable):
                return await application.lineage.upstream(artifact_id, TENANT, at_least=position)
            await asyncio.sleep(0.1)


async def test_arango_away_costs_no_artifact_and_a_question_waits_for_its_position(deployment: Deployment) -> None:
    """Artifacts are created while the projection is away; a query that names a position waits until it has come."""
    arango = deployment.servers.arango
    async with opened(deployment) as (application, adapters):
        await application.plane.create_artifact("note", "first", {"n": 1}, {}, CONTEXT)
        arango.stop()
        try:
            payload = Payload(semantic_payload={"n": 2}, derived_from=("first",))
            await application.plane.create_artifact("note", "second", payload, {}, CONTEXT)
            with pytest.raises(Unavailable):
                await application.lineage.upstream("second", TENANT)
        finally:
            arango.start()
        position = await adapters.records.log.position()
        found = await answered(application, "second", position)
        assert {node.id for node in found.nodes} == {"artifact:second@1", "artifact:first@1"}
        assert found.position >= position
    await deployment.check()


async def test_two_runtimes_share_one_database_and_neither_loses_or_doubles_anything(deployment: Deployment) -> None:
    """Two processes' worth of writers on the same ids: each id is one artifact."""
    async with opened(deployment) as (one, adapters), opened(deployment) as (other, _):

        async def create(application: ComposedApplication, number: int) -> str | None:
            with suppress(Unavailable):
                made = await application.plane.create_artifact("note", f"n-{number}", {"n": number}, {}, CONTEXT)
                return made.artifact.artifact_id
            return None

        numbers = range(60)
        answers = await asyncio.gather(*(create(which, number) for number in numbers for which in (one, other)))
        assert None not in answers
        found = [artifact.artifact_id for artifact in await all_artifacts(adapters, TENANT)]
        assert sorted(found) == sorted(f"n-{number}" for number in numbers)
    await deployment.check()
