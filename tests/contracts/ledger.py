"""The Ledger's law: all or nothing, once, in order, and nobody's failure is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.change import Change, ExecutionWrite, RecordKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, InvalidInput, LineageCycle, NotFound
from artifact_plane.domain.model.lineage import Relation, artifact_node, execution_node, intent_node
from artifact_plane.ports.ledger import Committed
from tests.contracts.under_test import CENSUS, RecordStoreUnderTest
from tests.doubles.samples import (
    NOW,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_claim,
    a_policy_record,
    a_receipt,
    a_reference,
    a_rendering,
    a_request,
    a_tombstone,
    a_write,
    an_artifact,
    an_attachment,
    an_edge,
    an_entry,
    an_event,
    an_execution,
    at,
    completed,
    running,
    the_next_version,
)


def a_full_change(number: int = 1) -> Change:
    """A change with something in every field that can stand in a first commit."""
    artifact = an_artifact(f"artifact-{number}", parts=[a_rendering()])
    run = an_execution(f"execution-{number}", intent_id=f"intent-{number}", attachments=[an_attachment()])
    node = artifact_node(artifact.artifact_id, 1)
    return a_change(
        artifact,
        execution=run,
        receipts=[a_receipt(artifact.artifact_id)],
        edges=[
            an_edge(node, execution_node(run.execution_id), Relation.WAS_GENERATED_BY),
            an_edge(execution_node(run.execution_id), intent_node(run.intent_id), Relation.WAS_STARTED_BY),
        ],
        journal=[an_entry(RecordKind.INTENT, run.intent_id), an_entry(subject=run.execution_id)],
        events=[an_event(f"event-{number}", subject=artifact.artifact_id)],
        policy=a_policy_record(),
    )


async def outcomes(store: RecordStoreUnderTest, changes: Sequence[Change]) -> list[Committed | ArtifactPlaneError]:
    """Commit all at once; each one's answer or error, in order."""

    async def one(change: Change) -> Committed | ArtifactPlaneError:
        try:
            return await store.ledger.commit(change)
        except ArtifactPlaneError as error:
            return error

    return await asyncio.gather(*map(one, changes))


class LedgerContract:
    """Subclass it and give the fixture ``store``."""

    # Recording

    async def test_everything_in_a_change_is_recorded_where_the_back_door_sees_it(
        self, store: RecordStoreUnderTest
    ) -> None:
        """Everything in ``change`` is recorded."""
        await store.ledger.commit(a_full_change())
        assert await store.backdoor.census() == {
            "versions": 1,
            "bodies": 1,
            "receipts": 1,
            "edges": 2,
            "executions": 1,
            "journal": 3,  # the change's two entries and the receipt's own
            "events": 1,
            "policies": 1,
            "references": 2,
            "claims": 0,
        }

    async def test_the_census_knows_every_kind_of_row(self, store: RecordStoreUnderTest) -> None:
        """The back door counts everything there is, so that an absence means something."""
        assert await store.backdoor.census() == dict.fromkeys(CENSUS, 0)

    async def test_another_process_sees_all_of_it_when_commit_returns(self, store: RecordStoreUnderTest) -> None:
        """All of it is visible to every reader afterwards."""
        change = a_full_change()
        committed = await store.ledger.commit(change)
        other = await store.reopen()
        artifact = change.artifacts[0].artifact
        assert (await other.registry.get(TENANT, artifact.artifact_id)).artifact == artifact
        assert await other.state.execution(TENANT, "execution-1") == an_execution(attachments=[an_attachment()])
        assert await other.registry.receipts(TENANT, artifact.artifact_id) == change.receipts
        assert await other.outbox.pending() == 1
        assert await other.log.position() == committed.position

    async def test_positions_rise_with_every_commit(self, store: RecordStoreUnderTest) -> None:
        """At one position, greater than every earlier one."""
        positions = [(await store.ledger.commit(a_full_change(number))).position for number in range(1, 6)]
        assert positions == sorted(set(positions))
        assert positions[0] > 0

    async def test_an_empty_change_is_a_change(self, store: RecordStoreUnderTest) -> None:
        """A change that records nothing still has its position."""
        first = await store.ledger.commit(a_change())
        assert (await store.ledger.commit(a_change())).position > first.position

    async def test_what_was_committed_survives_the_death_of_the_process(self, store: RecordStoreUnderTest) -> None:
        """Durable when it returns: it survives the death of the process."""
        survivor = await store.reopen()
        await store.ledger.commit(a_full_change())
        await store.die()
        assert (await survivor.registry.get(TENANT, "artifact-1")).artifact.version == 1

    async def test_receipts_are_journalled_after_the_changes_own_entries(self, store: RecordStoreUnderTest) -> None:
        """Receipts are journalled as ``governance_decision`` records about their subject."""
        await store.ledger.commit(a_full_change())
        records = await store.log.replay(0, limit=10)
        assert [(record.entry.kind, record.entry.subject) for record in records] == [
            (RecordKind.INTENT, "intent-1"),
            (RecordKind.STATE_TRANSITION, "execution-1"),
            (RecordKind.GOVERNANCE_DECISION, "artifact-1"),
        ]
        assert records[-1].entry.body

    async def test_what_the_caller_does_to_a_value_afterwards_changes_nothing(
        self, store: RecordStoreUnderTest
    ) -> None:
        """A record is a copy: neither who wrote it nor who read it can alter it."""
        owners = ["claims desk"]
        await store.ledger.commit(a_change(an_artifact(metadata={"owners": owners})))
        owners.append("intruder")
        read = (await store.registry.get(TENANT, "artifact-1")).artifact.metadata["owners"]
        assert isinstance(read, list)
        read.append("intruder")
        again = await store.registry.get(TENANT, "artifact-1")
        assert again.artifact.metadata == {"owners": ["claims desk"]}

    # Once

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

    # All or nothing

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

    # Conflicts

    async def test_a_new_artifact_must_not_exist(self, store: RecordStoreUnderTest) -> None:
        """Conflict: it exists though the write is of a new one."""
        await store.ledger.commit(a_change(an_artifact()))
        with pytest.raises(Conflict, match="artifact-1"):
            await store.ledger.commit(a_change(an_artifact()))

    async def test_an_update_names_the_version_it_replaces(self, store: RecordStoreUnderTest) -> None:
        """Conflict: the artifact is not at the version that its write replaces."""
        first = an_artifact()
        second = the_next_version(first)
        await store.ledger.commit(a_change(first))
        await store.ledger.commit(a_change(second))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(second))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(the_next_version(the_next_version(second))))

    async def test_an_update_of_what_is_not_there_is_a_conflict(self, store: RecordStoreUnderTest) -> None:
        """An artifact that is absent is not at the version that the write replaces."""
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(the_next_version(an_artifact())))

    async def test_another_tenants_version_is_no_help(self, store: RecordStoreUnderTest) -> None:
        """Equal ids of two tenants are two artifacts."""
        await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT)))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(the_next_version(an_artifact())))

    async def test_a_change_writes_its_own_tenants_records_only(self, store: RecordStoreUnderTest) -> None:
        """One tenant's records: a change that smuggles in another's is refused whole."""
        strangers = [
            a_change(an_artifact(tenant_id=OTHER_TENANT), tenant_id=TENANT),
            a_change(execution=an_execution(tenant_id=OTHER_TENANT), tenant_id=TENANT),
            a_change(receipts=[a_receipt(tenant_id=OTHER_TENANT)]),
            a_change(events=[an_event(tenant_id=OTHER_TENANT)]),
        ]
        for change in strangers:
            with pytest.raises(InvalidInput):
                await store.ledger.commit(change)
        assert await store.backdoor.census() == dict.fromkeys(CENSUS, 0)

    async def test_a_new_execution_must_not_exist(self, store: RecordStoreUnderTest) -> None:
        """Conflict: the execution exists though the write is of a new one."""
        await store.ledger.commit(a_change(execution=an_execution()))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(execution=an_execution(intent_id="intent-2")))

    async def test_an_intent_has_one_execution_of_an_attempt(self, store: RecordStoreUnderTest) -> None:
        """Conflict: the intent has an execution of that attempt; the next attempt is free."""
        await store.ledger.commit(a_change(execution=an_execution()))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(execution=an_execution("execution-2")))
        await store.ledger.commit(a_change(execution=an_execution("execution-2", attempt=2)))
        await store.ledger.commit(a_change(execution=an_execution("execution-2", tenant_id=OTHER_TENANT)))

    async def test_a_slow_old_holder_gets_conflict(self, store: RecordStoreUnderTest) -> None:
        """The version fences: after a take-over the old holder cannot write the execution any more."""
        accepted = an_execution()
        mine = running(accepted)
        theirs = running(mine, "holder-2")
        for execution in (accepted, mine, theirs):
            await store.ledger.commit(a_change(execution=execution))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(an_artifact(), execution=completed(mine)))
        assert (await store.state.execution(TENANT, "execution-1")).holder == "holder-2"
        assert (await store.backdoor.census())["versions"] == 0

    async def test_an_execution_that_is_not_there_cannot_move(self, store: RecordStoreUnderTest) -> None:
        """Conflict: an absent execution is not at the version that the write replaces."""
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(execution=running(an_execution())))

    # Deletion

    async def test_a_tombstone_keeps_the_record_and_takes_the_bodies(self, store: RecordStoreUnderTest) -> None:
        """A tombstone: the version stays, the bodies of all versions go, receipts and edges stay."""
        first = an_artifact()
        second = the_next_version(first)
        revision = an_edge(artifact_node("artifact-1", 2), artifact_node("artifact-1", 1), Relation.WAS_REVISION_OF)
        await store.ledger.commit(a_change(first, receipts=[a_receipt()]))
        await store.ledger.commit(a_change(second, edges=[revision]))
        before = await store.backdoor.census()
        await store.ledger.commit(a_change(a_tombstone(second)))
        after = await store.backdoor.census()
        assert (before["bodies"], after["bodies"]) == (2, 0)
        kept = ("versions", "receipts", "edges")
        assert [after[kind] for kind in kept] == [before[kind] for kind in kept]
        assert (await store.registry.get(TENANT, "artifact-1")).artifact == a_tombstone(second)

    async def test_a_tombstone_of_what_is_not_there_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: a tombstone is asked for an artifact that is not there, or is another tenant's."""
        await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT)))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(a_tombstone(an_artifact())))

    async def test_a_tombstone_of_an_older_version_is_a_conflict(self, store: RecordStoreUnderTest) -> None:
        """Who deletes names the current version."""
        first = an_artifact()
        await store.ledger.commit(a_change(first))
        await store.ledger.commit(a_change(the_next_version(first)))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(a_tombstone(first)))

    async def test_nothing_follows_a_tombstone(self, store: RecordStoreUnderTest) -> None:
        """A deleted artifact takes no version, no second tombstone, and its id is not free again."""
        first = an_artifact()
        await store.ledger.commit(a_change(first))
        await store.ledger.commit(a_change(a_tombstone(first)))
        for late in (the_next_version(first), a_tombstone(first), first):
            with pytest.raises(Conflict):
                await store.ledger.commit(a_change(late))
        assert (await store.registry.get(TENANT, "artifact-1")).artifact.state is ArtifactState.DELETED

    # Edges

    async def test_an_edge_to_another_tenants_artifact_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: an edge points to an artifact version of which this tenant has none."""
        await store.ledger.commit(a_change(an_artifact("theirs", tenant_id=OTHER_TENANT)))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("theirs", 1))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(an_artifact(), edges=[edge]))

    async def test_an_edge_to_a_version_that_is_not_there_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """The version counts, not only the artifact."""
        await store.ledger.commit(a_change(an_artifact("source")))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("source", 2))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(an_artifact(), edges=[edge]))

    async def test_an_edge_may_point_to_a_deleted_artifact(self, store: RecordStoreUnderTest) -> None:
        """Lineage answers the same before and after a deletion, so a tombstone can be an origin."""
        source = an_artifact("source")
        await store.ledger.commit(a_change(source))
        await store.ledger.commit(a_change(a_tombstone(source)))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("source", 1))
        await store.ledger.commit(a_change(an_artifact(), edges=[edge]))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_an_edge_may_point_to_what_the_same_change_writes(self, store: RecordStoreUnderTest) -> None:
        """Outputs of one run may be derived from one another."""
        edge = an_edge(artifact_node("b", 1), artifact_node("a", 1))
        await store.ledger.commit(a_change(an_artifact("b"), an_artifact("a"), edges=[edge]))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_an_edge_leaves_only_what_the_change_writes(self, store: RecordStoreUnderTest) -> None:
        """InvalidInput: an edge leaves a node that the change does not write, and ``attaches_edges`` is not set."""
        await store.ledger.commit(a_change(an_artifact("old"), an_artifact("older")))
        edge = an_edge(artifact_node("old", 1), artifact_node("older", 1))
        with pytest.raises(InvalidInput):
            await store.ledger.commit(a_change(an_artifact("new"), edges=[edge]))
        await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_a_tombstone_writes_no_node(self, store: RecordStoreUnderTest) -> None:
        """A deletion cannot smuggle in new origins."""
        old, older = an_artifact("old"), an_artifact("older")
        await store.ledger.commit(a_change(old, older))
        edge = an_edge(artifact_node("old", 1), artifact_node("older", 1))
        with pytest.raises(InvalidInput):
            await store.ledger.commit(a_change(a_tombstone(old), edges=[edge]))

    async def test_an_attached_edge_must_leave_something_that_is_there(self, store: RecordStoreUnderTest) -> None:
        """NotFound: both ends of an attached edge exist, if they are artifacts."""
        await store.ledger.commit(a_change(an_artifact("older")))
        edge = an_edge(artifact_node("absent", 1), artifact_node("older", 1))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))

    async def test_an_attached_edge_that_closes_a_cycle_is_refused_by_name(self, store: RecordStoreUnderTest) -> None:
        """LineageCycle: A→B→C→A is refused, and the message names every node of it (case L01)."""
        for name, origin in (("c", None), ("b", "c"), ("a", "b")):
            edges = [an_edge(artifact_node(name, 1), artifact_node(origin, 1))] if origin else []
            await store.ledger.commit(a_change(an_artifact(name), edges=edges))
        before = await store.backdoor.edges(TENANT)
        closing = an_edge(artifact_node("c", 1), artifact_node("a", 1))
        with pytest.raises(LineageCycle) as caught:
            await store.ledger.commit(a_change(edges=[closing], attaches_edges=True))
        assert all(artifact_node(name, 1) in str(caught.value) for name in "abc")
        assert await store.backdoor.edges(TENANT) == before

    async def test_an_attached_edge_from_a_node_to_itself_is_a_cycle(self, store: RecordStoreUnderTest) -> None:
        """The shortest cycle there is."""
        await store.ledger.commit(a_change(an_artifact("a")))
        edge = an_edge(artifact_node("a", 1), artifact_node("a", 1))
        with pytest.raises(LineageCycle, match="artifact:a@1"):
            await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))

    async def test_a_cycle_among_the_attached_edges_themselves_is_refused(self, store: RecordStoreUnderTest) -> None:
        """Two edges of one change may close a cycle that neither closes alone."""
        await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b")))
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(edges=[an_edge(a, b), an_edge(b, a)], attaches_edges=True))
        assert not await store.backdoor.edges(TENANT)

    async def test_a_cycle_among_the_nodes_that_a_change_writes_is_refused(self, store: RecordStoreUnderTest) -> None:
        """LineageCycle: new nodes may not be each other's origin either; nothing of the change is recorded."""
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        edges = [an_edge(a, b), an_edge(b, a)]
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b"), edges=edges))
        assert await store.registry.history(TENANT, "a") == ()
        assert (await store.backdoor.census())["edges"] == 0

    async def test_two_who_close_a_cycle_together_do_not_both_succeed(self, store: RecordStoreUnderTest) -> None:
        """The check and the edge are one step: concurrent halves of a cycle cannot both be attached."""
        await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b")))
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        halves = [a_change(edges=[edge], attaches_edges=True) for edge in (an_edge(a, b), an_edge(b, a))]
        answers = await outcomes(store, halves)
        assert sorted(type(answer).__name__ for answer in answers) == ["Committed", "LineageCycle"]

    async def test_a_deep_chain_is_checked_without_recursion(self, store: RecordStoreUnderTest) -> None:
        """A cycle through 2,000 nodes is found."""
        names = [f"n{number:04d}" for number in range(2000)]
        chain = [an_edge(artifact_node(a, 1), artifact_node(b, 1)) for a, b in zip(names[1:], names, strict=False)]
        await store.ledger.commit(a_change(*map(an_artifact, names), edges=chain))
        closing = an_edge(artifact_node(names[0], 1), artifact_node(names[-1], 1))
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(edges=[closing], attaches_edges=True))

    # Ids

    async def test_ids_that_are_alike_do_not_meet(self, store: RecordStoreUnderTest) -> None:
        """Dots, dashes, underscores and case are part of an id; none of them joins or separates keys."""
        names = ["a", "A", "a.b", "a-b", "a_b", "a.b-c", "a-b.c", "0", "00", "x" * 128]
        for tenant in ("t", "t.a", "t-a", "T"):
            await store.ledger.commit(a_change(*(an_artifact(name, tenant_id=tenant) for name in names)))
        for tenant in ("t", "t.a", "t-a", "T"):
            for name in names:
                found = (await store.registry.get(tenant, name)).artifact
                assert (found.tenant_id, found.artifact_id) == (tenant, name)
        assert (await store.backdoor.census())["versions"] == 40

    async def test_a_version_is_written_with_its_own_body(self, store: RecordStoreUnderTest) -> None:
        """Each version's inline body is its own, byte for byte, whatever the bytes are."""
        first = an_artifact()
        bodies = [b'{"n":1}', bytes(range(256))]
        await store.ledger.commit(a_change(a_write(first, bodies[0])))
        await store.ledger.commit(a_change(a_write(the_next_version(first), bodies[1]), when=at(1)))
        assert [await store.backdoor.body(TENANT, "artifact-1", version) for version in (1, 2)] == bodies

    async def test_an_execution_write_at_a_wrong_version_changes_nothing(self, store: RecordStoreUnderTest) -> None:
        """An execution's record stays as it was when a write of it is refused."""
        await store.ledger.commit(a_change(execution=an_execution()))
        stale = ExecutionWrite(execution=running(running(an_execution())), replaces=2)
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(execution=stale, when=NOW))
        assert await store.state.execution(TENANT, "execution-1") == an_execution()

    async def test_the_references_of_a_completed_run_are_kept(self, store: RecordStoreUnderTest) -> None:
        """Execution state holds the references it was completed with."""
        artifact = an_artifact()
        accepted = an_execution()
        done = completed(running(accepted), a_reference(artifact))
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=running(accepted)))
        await store.ledger.commit(a_change(artifact, execution=done))
        assert await store.state.execution(TENANT, "execution-1") == done

    # Requests

    async def test_a_key_that_is_taken_refuses_another_change_until_it_expires(
        self, store: RecordStoreUnderTest
    ) -> None:
        """Conflict: the request's key is taken by another change; nothing of the refused one is recorded."""
        asked = a_request()
        await store.ledger.commit(a_change(an_artifact("a-1"), request=asked))
        late = a_request(fingerprint="blake3:other", hours=72)
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(an_artifact("a-2"), request=late))
        assert (await store.backdoor.census())["versions"] == 1
        await store.ledger.commit(a_change(an_artifact("a-2"), request=late, when=asked.expires_at))
        assert await store.state.request(TENANT, asked.key, asked.expires_at) == late

    async def test_the_same_change_again_is_no_conflict_of_its_key(self, store: RecordStoreUnderTest) -> None:
        """A lost answer and a second try: the change id decides before the key does."""
        change = a_change(an_artifact("a-1"), request=a_request())
        first = await store.ledger.commit(change)
        assert await store.ledger.commit(change) == Committed(position=first.position, repeated=True)

    async def test_of_changes_at_once_under_one_key_one_is_recorded(self, store: RecordStoreUnderTest) -> None:
        """The key is decided in the commit, so no two effects come of it."""
        changes = [a_change(an_artifact(f"a-{number}"), request=a_request()) for number in range(8)]
        answers = await outcomes(store, changes)
        assert sum(isinstance(answer, Committed) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 7
        assert (await store.backdoor.census())["versions"] == 1

    async def test_a_key_is_a_tenants_own(self, store: RecordStoreUnderTest) -> None:
        """Two tenants may use the same key (law 16)."""
        await store.ledger.commit(a_change(tenant_id=TENANT, request=a_request()))
        await store.ledger.commit(a_change(tenant_id=OTHER_TENANT, request=a_request()))
        assert await store.state.request(OTHER_TENANT, a_request().key, NOW) == a_request()
