"""What is not copied, or not onto: refused, with nothing done."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import running
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.faults import Effects, Fault
from tests.doubles.homes import MemoryHomeOfTests
from tests.doubles.realms import ScriptedRealm
from tests.unit.copying.faults import FaultyArchive
from tests.unit.copying.stage import LIMITS, RESULT, archive_of, blobs, contents, copy, lived, payload, scene


async def test_a_target_with_other_records_is_refused(source: Adapters) -> None:
    """Nothing is done to it."""
    other = MemoryHomeOfTests()
    other.ids.new_id()  # else both would have done the same under the same ids
    await lived(other)
    async with other.process(scene()) as foreign:
        before = await contents(foreign)
        with pytest.raises(Conflict, match="not the source's"):
            await copy(source, foreign)
        assert await contents(foreign) == before


async def test_a_copy_that_was_worked_on_is_refused(source: Adapters, target: Adapters) -> None:
    """It is no copy any more."""
    await copy(source, target)
    async with running(target, LIMITS) as application:
        await application.plane.create_artifact("kept", "new", payload("new"), {}, ExecutionContext(tenant_id="t1"))
    with pytest.raises(Conflict, match="not the source's"):
        await copy(source, target)
    async with running(source, LIMITS) as application:
        await application.plane.create_artifact("kept", "newer", payload("n"), {}, ExecutionContext(tenant_id="t1"))
    with pytest.raises(Conflict, match="not the source's"):
        await copy(source, target)


async def test_a_source_that_is_in_use_is_refused(target: Adapters) -> None:
    """A run that a living process holds would go on while it is copied; once it has ended, it is copied."""
    may_end = asyncio.Event()

    async def slowly(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await may_end.wait()
        return RESULT

    slow = attrs.evolve(scene(), realms=(ScriptedRealm({"slow": slowly}),))
    intent = Intent(intent_id="i", intent_type="slow", tenant_id="t1", session_id="s", solution_id="sol")
    async with MemoryHomeOfTests().process(slow) as source, running(source, LIMITS) as application:
        run = asyncio.create_task(application.runtime.execute(intent))
        while not await source.records.state.unfinished():
            await asyncio.sleep(0)
        with pytest.raises(Conflict, match="in use"):
            await copy(source, target)
        assert await archive_of(target).position() == 0
        may_end.set()
        await run
        await copy(source, target)


async def test_a_source_that_is_written_to_meanwhile_is_noticed(target: Adapters) -> None:
    """The copy says so at its end, and goes on when it is called again."""
    home = MemoryHomeOfTests()
    await lived(home)
    async with home.process(scene()) as source, running(source, LIMITS) as application:
        plane, context = application.plane, ExecutionContext(tenant_id="t1")
        pending = [plane.create_artifact("kept", "late", payload("late"), {}, context)]

        @attrs.frozen
        class Disturbed(FaultyArchive):
            async def policies(self) -> tuple[PolicyRecord, ...]:
                while pending:
                    await pending.pop()
                return await self.inner.policies()

        disturbed = Disturbed(archive_of(source), Effects(999, Fault.ERROR_BEFORE))
        with pytest.raises(Conflict, match="was written to"):
            await copy(attrs.evolve(source, records=attrs.evolve(source.records, archive=disturbed)), target)
        await copy(source, target)
        assert await blobs(target) == await blobs(source)
