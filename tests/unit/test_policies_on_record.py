"""The policy under which something was decided is shown to whom that something belongs (law 16)."""

from __future__ import annotations

import pytest

from artifact_plane.composition.application import running
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from tests.doubles.realms import once
from tests.doubles.recording import Calls, recorded
from tests.unit.stage import CONTEXT, KEEP, NOTE, OTHER_TENANT, TENANT, an_intent, staged

MADE = RealmResult(artifacts={"note": NOTE})


async def test_what_is_ones_own_shows_the_policy_it_was_decided_under() -> None:
    """By an artifact, by an execution, and for a policy that is no longer in force too."""
    async with staged({"make": once(MADE)}, policy=KEEP) as stage:
        steward, done = stage.application.steward, await stage.application.runtime.execute(an_intent())
        digest, artifact = done.execution.policy_digest, done.execution.references[0].artifact_id
        for subject in (artifact, done.execution.execution_id):
            assert (await steward.policy_by_digest(digest, TENANT, subject)).digest == digest


async def test_nobody_learns_another_tenants_policy_by_its_digest() -> None:
    """Not by naming the owner's things, nor one's own, nor nothing; and what never was is answered the same."""
    async with staged({"make": once(MADE)}, policy=KEEP) as stage:
        steward, plane = stage.application.steward, stage.application.plane
        done = await stage.application.runtime.execute(an_intent())
        digest, theirs = done.execution.policy_digest, done.execution.references[0].artifact_id
        await plane.create_artifact("note", "mine", {"v": 1}, {}, CONTEXT)
        for subject in (theirs, done.execution.execution_id, "mine", "", "never was"):
            with pytest.raises(NotFound):
                await steward.policy_by_digest(digest, OTHER_TENANT.tenant_id, subject)
        with pytest.raises(NotFound):
            await steward.policy_by_digest("blake3:never", TENANT, theirs)


async def test_a_policy_is_handed_to_the_store_once() -> None:
    """Whichever change of a process was the first to bring it: the others only name it."""
    calls = Calls()
    async with staged(policy=KEEP) as stage, running(recorded(stage.adapters, calls), Limits()) as application:
        for number in range(3):
            await application.runtime.submit_result(an_intent(intent_id=f"i{number}"), MADE, "elsewhere")
        commits = [call for call in calls.taken() if call.startswith("ledger.commit")]
        assert ["policy=PolicyRecord" in commit for commit in commits] == [True, False, False]
