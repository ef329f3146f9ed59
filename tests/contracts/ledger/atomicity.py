"""The Ledger's law: all or nothing, once, and nobody's failure is another's."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.domain.model.errors import Conflict, NotFound
from artifact_plane.domain.model.lineage import artifact_node
from artifact_plane.ports.ledger import Committed
from tests.contracts.ledger.changes import a_full_change, outcomes
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_claim,
    a_receipt,
    a_rendering,
    an_artifact,
    an_edge,
    an_event,
    an_execution,
    the_next_version,
)


class Atomicity:
    """A change is recorded once, or nothing of it is."""

    async def test_the_same_change_again_does_nothing_and_says_so(self, store: RecordStoreUnderTest) -> None:
        """Idempotent by ``change_id``: same position, no second effect."""
        change = a_full_change()
        first = await store.ledger.commit(change)
        before = await store.backdoor.census()
        again = await store.ledger.commit(change)
        assert (first.repeated, again) == (False, Committed(position=first.position, repeated=True))
        assert await store.backdoor.census() == before

    async def test_a_repetition_is_known_in_another_process_too(self, store: RecordStoreUnderTest) -> None:
        """The change ids are part of the data."""
        change = a_full_change()
        first = await store.ledger.commit(change)
        other = await store.reopen()
        assert await other.ledger.commit(change) == Committed(position=first.position, repeated=True)

    async def test_the_same_change_many_times_at_once_is_recorded_once(self, store: RecordStoreUnderTest) -> None:
        """Idempotence holds inside one group of concurrent commits."""
        change = a_full_change()
        answers = await asyncio.gather(*(store.ledger.commit(change) for _ in range(20)))
        assert {answer.position for answer in answers} == {answers[0].position}
        assert [answer.repeated for answer in answers].count(False) == 1
        assert (await store.backdoor.census())["versions"] == 1

    async def test_a_change_that_was_refused_may_come_again(self, store: RecordStoreUnderTest) -> None:
        """A refused change left nothing, its change id included."""
        early = a_change(the_next_version(an_artifact()), change_id="retried")
        with pytest.raises(Conflict):
            await store.ledger.commit(early)
        await store.ledger.commit(a_change(an_artifact()))
        assert not (await store.ledger.commit(early)).repeated

    async def test_equal_change_ids_of_two_tenants_are_two_changes(self, store: RecordStoreUnderTest) -> None:
        """Tenant first: another tenant's change id is not ours."""
        await store.ledger.commit(a_change(an_artifact(), change_id="same"))
        other = await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT), change_id="same"))
        assert not other.repeated
        assert (await store.registry.get(OTHER_TENANT, "artifact-1")).artifact.tenant_id == OTHER_TENANT

    async def test_a_conflict_in_the_last_artifact_leaves_nothing(self, store: RecordStoreUnderTest) -> None:
        """Nothing is visible of a change whose last element conflicts."""
        await store.ledger.commit(a_change(an_artifact("taken")))
        before = await store.backdoor.census()
        full = a_full_change(2)
        bad = a_change(
            *(write.artifact for write in full.artifacts),
            an_artifact("taken"),
            execution=full.execution,
            receipts=full.receipts,
            edges=full.edges,
            journal=full.journal,
            events=full.events,
            policy=full.policy,
        )
        with pytest.raises(Conflict):
            await store.ledger.commit(bad)
        assert await store.backdoor.census() == before

    async def test_an_edge_to_nowhere_leaves_nothing(self, store: RecordStoreUnderTest) -> None:
        """Atomic also where the last edge is what is refused."""
        before = await store.backdoor.census()
        with pytest.raises(NotFound):
            await store.ledger.commit(
                a_change(
                    an_artifact(parts=[a_rendering()]),
                    execution=an_execution(),
                    receipts=[a_receipt()],
                    events=[an_event()],
                    edges=[an_edge(artifact_node("artifact-1", 1), artifact_node("absent", 1))],
                )
            )
        assert await store.backdoor.census() == before

    async def test_a_refused_change_takes_no_claims_away(self, store: RecordStoreUnderTest) -> None:
        """Claims are released with the commit or not at all."""
        await store.state.hold("holder-1")
        await store.references.claim(a_claim())
        await store.ledger.commit(a_change(an_artifact()))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(an_artifact(), releases=["claim-1"]))
        assert (await store.backdoor.census())["claims"] == 1

    async def test_of_fifty_at_once_only_the_conflicting_one_fails(self, store: RecordStoreUnderTest) -> None:
        """A failure of one never touches another."""
        await store.ledger.commit(a_change(an_artifact("artifact-25")))
        answers = await outcomes(store, [a_full_change(number) for number in range(1, 51)])
        failures = [number for number, answer in enumerate(answers, 1) if not isinstance(answer, Committed)]
        assert failures == [25]
        assert isinstance(answers[24], Conflict)
        census = await store.backdoor.census()
        assert (census["versions"], census["executions"], census["events"]) == (50, 49, 49)

    async def test_of_fifty_who_want_the_same_version_one_wins(self, store: RecordStoreUnderTest) -> None:
        """Optimistic: whoever names a version that is no longer the current one gets Conflict."""
        first = an_artifact()
        await store.ledger.commit(a_change(first))
        answers = await outcomes(store, [a_change(the_next_version(first)) for _ in range(50)])
        assert sum(isinstance(answer, Committed) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 49
        assert len(await store.registry.history(TENANT, "artifact-1")) == 2

    async def test_two_processes_that_want_the_same_version_do_not_both_win(self, store: RecordStoreUnderTest) -> None:
        """The expected version holds across processes."""
        first = an_artifact()
        await store.ledger.commit(a_change(first))
        other = await store.reopen()
        await other.ledger.commit(a_change(the_next_version(first)))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(the_next_version(first)))

    async def test_a_cancelled_caller_leaves_the_change_whole_or_absent(self, store: RecordStoreUnderTest) -> None:
        """If the caller is cancelled, the change is recorded or not, but never half."""
        changes = [a_full_change(number) for number in range(1, 21)]
        tasks = [asyncio.create_task(store.ledger.commit(change)) for change in changes]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for change in changes:  # the same call again says what became of it
            await store.ledger.commit(change)
        whole = await store.backdoor.census()
        assert (whole["versions"], whole["executions"], whole["receipts"], whole["events"]) == (20, 20, 20, 20)
        assert (whole["edges"], whole["journal"]) == (40, 60)
