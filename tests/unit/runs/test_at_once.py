"""One intent, asked for many times at once in one process: it is run once, and everybody hears of that run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.ledger import Committed, Ledger
from artifact_plane.ports.realm import ArtifactReader
from tests.unit.runs.stage import HOMES, process
from tests.unit.stage import NOTE, TENANT, an_intent

T = TypeVar("T")


@attrs.frozen
class SlowlyTold(Ledger):
    """A ledger whose callers hear late of what others can see already."""

    inner: Ledger

    async def commit(self, change: Change) -> Committed:
        committed = await self.inner.commit(change)
        await asyncio.sleep(0.01)
        return committed


def slowly_told(adapters: Adapters) -> Adapters:
    """The adapters with such a ledger."""
    return attrs.evolve(adapters, records=attrs.evolve(adapters.records, ledger=SlowlyTold(adapters.records.ledger)))


async def late(seconds: float, work: Awaitable[T]) -> T:
    """Do it in a while."""
    await asyncio.sleep(seconds)
    return await work


@pytest.mark.parametrize("profile", HOMES)
async def test_an_intent_that_comes_many_times_at_once_is_run_once(profile: str, tmp_path: Path) -> None:
    """Whoever comes while the first is only just accepted does not take it for one that was left behind."""
    runs = 0

    async def counted(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.02)
        return RealmResult(artifacts={"note": NOTE})

    async with process(HOMES[profile](tmp_path / "home"), {"make": counted}, slowly_told) as application:
        runtime = application.runtime
        for number in range(10):
            intent = an_intent(intent_id=f"i{number}")
            asked = [late(n / 500, work(intent)) for n in range(8) for work in (runtime.start, runtime.execute)]
            answers = await asyncio.gather(*asked)
            assert len({answer.execution.execution_id for answer in answers}) == 1
            ended = await runtime.execute(intent)
            assert (ended.execution.state, ended.execution.version) == (ExecutionState.COMPLETED, 3)
            assert runs == number + 1
        found, _ = await runtime.executions(TENANT)
        assert len(found) == 10
