"""Servers that die, stall and come back cost no acknowledged artifact (cases F10 to F13, F18, O01)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.event_sink import EventSink
from tests.adapters.postgres.cutting import Cut, CuttingLine
from tests.doubles.arango.faults import slow
from tests.doubles.databases import RUNTIME
from tests.doubles.world import all_artifacts
from tests.journeys.cloud.conftest import Deployment

TENANT = "local"
CONTEXT = ExecutionContext(tenant_id=TENANT)
WRITERS = 32
PATIENCE = 180.0
EXTRAS = Extras(policy={"materialization_policy": {"note": {"decision": "persist", "renderings": {"cached": "cache"}}}})


@attrs.define(eq=False)
class Listener(EventSink):
    """A sink: which of an artifact's events it heard, in order; one that comes again is the same event."""

    heard: dict[str, list[str]] = attrs.field(factory=dict)
    known: set[str] = attrs.field(factory=set)
    times: int = 0

    async def publish(self, event: Event) -> None:
        """Hear of it."""
        self.times += 1
        if event.event_id not in self.known:
            self.known.add(event.event_id)
            self.heard.setdefault(event.subject, []).append(event.event_type)


@attrs.define(eq=False)
class Writing:
    """Thirty-two writers that create and change one artifact after another, and what was acknowledged to them."""

    application: ComposedApplication
    acknowledged: set[str] = attrs.field(factory=set)
    refused: int = 0
    stopped: bool = False

    async def writer(self, number: int) -> None:
        """Create and change until told to stop."""
        count = 0
        while not self.stopped:
            await self._write(f"w-{number}-{count}", count)
            count += 1

    async def _write(self, artifact_id: str, count: int) -> None:
        plane, change = self.application.plane, {"n": -count - 1}
        await self._insist(lambda: plane.create_artifact("note", artifact_id, {"n": count}, {}, CONTEXT))
        await self._insist(lambda: plane.update_artifact(artifact_id, change, {}, CONTEXT, expected_version=1))
        self.acknowledged.add(artifact_id)

    async def _insist(self, call: Callable[[], Awaitable[object]]) -> None:
        """What was refused is tried again until it is acknowledged."""
        while True:
            try:
                await call()
            except Unavailable:
                self.refused += 1
                await asyncio.sleep(0.05)
            else:
                return

    async def until(self, acknowledged: int) -> None:
        """Wait for that many more."""
        goal = len(self.acknowledged) + acknowledged
        async with asyncio.timeout(PATIENCE):
            while len(self.acknowledged) < goal:
                await asyncio.sleep(0.01)


async def write_through(deployment: Deployment, trouble: Callable[[Writing], Awaitable[None]]) -> Writing:
    """Write before, during and after the trouble; then everything acknowledged is there, once, and was heard of."""
    listener = Listener()
    async with deployment.opened(attrs.evolve(EXTRAS, sinks=(listener,))) as (application, adapters):
        writing = Writing(application)
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(writing.writer(number))
            await writing.until(60)
            await trouble(writing)
            await writing.until(60)
            writing.stopped = True
        found = await all_artifacts(adapters, TENANT)
        assert sorted(one.artifact_id for one in found) == sorted(writing.acknowledged)
        assert {one.version for one in found} == {2}
        registry = adapters.records.registry
        receipts = [len(await registry.receipts(TENANT, one.artifact_id)) for one in found]
        assert set(receipts) == {2}
        await heard_of_all(listener, adapters, writing.acknowledged)
    await deployment.check()
    return writing


async def heard_of_all(listener: Listener, adapters: Adapters, artifact_ids: Iterable[str]) -> None:
    """Each artifact's events have reached the sink, in the order of its versions; nothing waits or was given up."""
    async with asyncio.timeout(PATIENCE):
        while await adapters.records.outbox.pending():
            await asyncio.sleep(0.05)
    assert await adapters.records.outbox.set_aside_events(limit=1) == ()
    assert listener.heard == {one: ["artifact.created", "artifact.updated"] for one in artifact_ids}
    assert listener.times >= len(listener.known)


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


@pytest.mark.parametrize("when", Cut)
async def test_what_is_acknowledged_over_a_line_that_was_cut_in_its_commit_is_there_once(
    deployment: Deployment, when: Cut
) -> None:
    """Whether the commit or its reply was lost: the caller gets its answer, and asking again is the same artifact."""
    server, name = deployment.database.server, deployment.database.name
    async with CuttingLine(server.port).listening() as line:
        dsn = f"postgresql://{RUNTIME}@127.0.0.1:{line.port}/{name}"
        async with deployment.opened(EXTRAS, ARTIFACT_PLANE_POSTGRES_DSN=dsn) as (application, adapters):
            line.cut("only the commit says this", when)
            meaning = {"said": "only the commit says this"}
            made = await application.plane.create_artifact("note", "cut", meaning, {}, CONTEXT)
            again = await application.plane.create_artifact("note", "cut", meaning, {}, CONTEXT)
            assert (line.cuts, made.repeated, again.repeated) == (1, False, True)
            assert again.receipt == made.receipt
            assert [one.version for one in await all_artifacts(adapters, TENANT)] == [1]
    await deployment.check()


async def answered(application: ComposedApplication, artifact_id: str, position: int) -> Lineage:
    """The lineage at that position; a server that has just come back is left alone for a moment more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(Unavailable):
                return await application.lineage.upstream(artifact_id, TENANT, at_least=position)
            await asyncio.sleep(0.1)


async def test_arango_away_costs_no_artifact_and_a_question_waits_for_its_position(deployment: Deployment) -> None:
    """Artifacts are created while the projection is away; a query that names a position waits until it has come."""
    arango = deployment.servers.arango
    async with deployment.opened(EXTRAS) as (application, adapters):
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


async def test_a_lineage_query_waits_for_its_position_while_the_projection_catches_up(deployment: Deployment) -> None:
    """Asked once, before the projection has it: the answer is of that position or a later one."""
    arango = deployment.servers.arango
    async with deployment.opened(EXTRAS) as (application, adapters):
        await application.plane.create_artifact("note", "first", {"n": 1}, {}, CONTEXT)
        await answered(application, "first", await adapters.records.log.position())
        arango.faults.append(slow(3.0, request="import", times=1))
        try:
            payload = Payload(semantic_payload={"n": 2}, derived_from=("first",))
            await application.plane.create_artifact("note", "second", payload, {}, CONTEXT)
            position = await adapters.records.log.position()
            assert adapters.projection is not None
            assert await adapters.projection.position() < position
            found = await application.lineage.upstream("second", TENANT, at_least=position)
        finally:
            arango.faults.clear()
        assert found.position >= position
        assert {node.id for node in found.nodes} == {"artifact:second@1", "artifact:first@1"}
    await deployment.check()


async def test_two_runtimes_share_one_database_and_neither_loses_or_doubles_anything(deployment: Deployment) -> None:
    """Two processes' worth of writers on the same ids: each id is one artifact."""
    async with deployment.opened(EXTRAS) as (one, adapters), deployment.opened(EXTRAS) as (other, _):

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
