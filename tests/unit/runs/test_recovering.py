"""Recovery: each orphan for itself, several at once, and none for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.change import JournalRecord, RecordKind
from artifact_plane.domain.model.errors import Conflict, ExecutionFailed
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.domain.use_cases.execution_lifecycle import RECOVERED_AT_ONCE
from artifact_plane.domain.use_cases.holding import MOST_RUNS
from artifact_plane.ports.realm import ArtifactReader
from artifact_plane.ports.write_ahead_log import WriteAheadLog
from tests.unit.runs.stage import HOMES, executions, leave_behind, process
from tests.unit.stage import NOTE, TENANT, an_intent, makes

INTENTS = [an_intent(intent_id=f"i{number}") for number in range(RECOVERED_AT_ONCE * 2)]


@attrs.frozen
class TornLog(WriteAheadLog):
    """Has lost one intent."""

    inner: WriteAheadLog
    lost: str

    async def about(self, tenant_id: str, kind: RecordKind, subject: str) -> tuple[JournalRecord, ...]:
        if subject == self.lost:
            raise LookupError("it was here yesterday")
        return await self.inner.about(tenant_id, kind, subject)

    async def replay(self, after: int, *, limit: int) -> tuple[JournalRecord, ...]:
        return await self.inner.replay(after, limit=limit)

    async def position(self) -> int:
        return await self.inner.position()


def torn(adapters: Adapters) -> Adapters:
    """The adapters of a process whose log has lost the first intent."""
    return attrs.evolve(adapters, records=attrs.evolve(adapters.records, log=TornLog(adapters.records.log, "i0")))


@pytest.mark.parametrize("profile", HOMES)
async def test_one_that_cannot_be_recovered_is_told_of_and_keeps_no_other_from_it(profile: str, tmp_path: Path) -> None:
    """The next recovery tries it again."""
    home = HOMES[profile](tmp_path / "home")
    await leave_behind(home, *INTENTS[:3])
    async with process(home, {"make": makes(note=NOTE)}, torn) as application:
        with pytest.raises(ExecutionFailed, match="1 of the executions left behind") as caught:
            await application.runtime.recover()
        assert "LookupError" in str(caught.value)
    found = await executions(home)
    assert [found[one].state.value for one in ("i0", "i1", "i2")] == ["running", "completed", "completed"]
    async with process(home, {"make": makes(note=NOTE)}) as application:
        (result,) = await application.runtime.recover()
        assert result.execution.state is ExecutionState.COMPLETED


async def test_several_are_recovered_at_once_and_not_all_of_them(tmp_path: Path) -> None:
    """A slow one holds up no other, and a pile of them does not fall on the process in one piece."""
    home, at_work, most = HOMES["memory"](tmp_path), 0, 0
    together = asyncio.Barrier(RECOVERED_AT_ONCE)

    async def meeting(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await together.wait()
        at_work -= 1
        return RealmResult()

    await leave_behind(home, *INTENTS)
    async with process(home, {"make": meeting}) as application:
        results = await asyncio.wait_for(application.runtime.recover(), 60)
    assert len(results) == len(INTENTS)
    assert most == RECOVERED_AT_ONCE


@pytest.mark.parametrize("profile", HOMES)
async def test_a_run_that_gets_lost_with_each_of_its_processes_is_given_up(profile: str, tmp_path: Path) -> None:
    """A realm that kills or blocks its process would go through all of them otherwise, for ever."""
    home = HOMES[profile](tmp_path / "home")
    for _ in range(MOST_RUNS):
        await leave_behind(home, an_intent())
    async with process(home, {"make": makes(note=NOTE)}) as application:
        (result,) = await application.runtime.recover()
        failure = result.execution.failure
        assert failure is not None
        assert "killed its process or blocked it, 5 times" in failure.message
        assert "--retry" in (failure.remedy or "")
        retried = await application.runtime.execute(an_intent(), retry=True)
        assert (retried.execution.state, retried.execution.attempt) == (ExecutionState.COMPLETED, 2)


@pytest.mark.parametrize("profile", HOMES)
async def test_a_run_that_was_let_go_was_not_lost(profile: str, tmp_path: Path) -> None:
    """Callers and services that stop in good order may do so as often as they like."""
    home, begun, calls = HOMES[profile](tmp_path / "home"), asyncio.Event(), 0

    async def slow(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        nonlocal calls
        calls += 1
        begun.set()
        await asyncio.sleep(0 if calls > MOST_RUNS * 2 else 3600)
        return RealmResult()

    for _ in range(MOST_RUNS * 2):
        async with process(home, {"make": slow}) as application:
            begun.clear()
            task = asyncio.create_task(application.runtime.execute(an_intent()))
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
    async with process(home, {"make": slow}) as application:
        (result,) = await application.runtime.recover()
        assert result.execution.state is ExecutionState.COMPLETED


@pytest.mark.parametrize("end", ["completed", "left behind"])
@pytest.mark.parametrize("profile", HOMES)
async def test_who_has_lost_a_run_to_another_process_does_not_run_it_again(
    profile: str, end: str, tmp_path: Path
) -> None:
    """It answers with what the other made of it; where that one left it behind too, the caller hears of it."""
    home, going, begun = HOMES[profile](tmp_path / "home"), asyncio.Event(), asyncio.Semaphore(0)
    seen: list[Adapters] = []

    async def slow(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        begun.release()
        await going.wait()
        return RealmResult(artifacts={"mine": NOTE})

    def noted(adapters: Adapters) -> Adapters:
        seen.append(adapters)
        return adapters

    async with process(home, {"make": slow}, noted) as application:
        first = asyncio.create_task(application.runtime.execute(an_intent()))
        await begun.acquire()
        (execution,) = (await application.runtime.executions(TENANT))[0]
        await seen[0].records.state.let_go(execution.holder or "")  # as a lease runs out in mid-run
        if end == "completed":
            async with process(home, {"make": makes(theirs=NOTE)}) as other:
                theirs = await other.runtime.execute(an_intent())
                going.set()
                assert await asyncio.wait_for(first, 60) == theirs
        else:
            await leave_behind(home, an_intent())
            going.set()
            with pytest.raises(Conflict, match="left it behind"):
                await asyncio.wait_for(first, 60)
        assert begun.locked(), "it was run again"
