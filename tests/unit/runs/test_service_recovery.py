"""The recovery of a service goes on whatever happens in it, and says what did."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import attrs
import pytest

from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.service import _recovering
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.ports.blob_references import CLAIMS_PAGE
from tests.doubles.faults import Effects, Fault, FaultyReferences
from tests.unit.runs.stage import HOMES, executions, leave_behind, process
from tests.unit.stage import NOTE, an_intent, makes


@attrs.frozen
class Forgetful(FaultyReferences):
    """Fails in a way of its own when it is asked what was left behind, as often as there are ``failures``."""

    failures: list[str] = attrs.field(factory=lambda: ["where was I? \udce9", "and now?"])

    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        if self.failures:
            raise LookupError(self.failures.pop(0))
        return await self.inner.abandoned(tenant_id, limit=limit, after=after)


def forgetful(adapters: Adapters) -> Adapters:
    """The adapters of a process that fails at its first recoveries."""
    references = Forgetful(adapters.records.references, Effects(10_000, Fault.ERROR_BEFORE))
    return attrs.evolve(adapters, records=attrs.evolve(adapters.records, references=references))


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_what_goes_wrong_in_a_recovery_is_logged_and_the_next_one_comes(
    log_format: Literal["json", "console"], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No exception ends it: a service would never recover anything again, and nobody would know."""
    home = HOMES["memory"](tmp_path)
    await leave_behind(home, an_intent())
    http = HttpSettings(recover_seconds=1, log_format=log_format)
    async with (
        process(home, {"make": makes(note=NOTE)}, forgetful) as application,
        _recovering(application, home.clock, http),
        asyncio.timeout(60),
    ):
        while (await executions(home))["i1"].state is not ExecutionState.COMPLETED:
            await asyncio.sleep(0.01)
    told = capfd.readouterr().err
    assert told.count("LookupError: ") == 2
    assert told.count("LookupError: where was I? \N{REPLACEMENT CHARACTER}") == 1
    assert "test_service_recovery.py" in told
