"""The Ledger's law: what a change says is recorded, whole and as it was given."""

from __future__ import annotations

from artifact_plane.domain.model.change import RecordKind
from tests.contracts.ledger.changes import a_full_change
from tests.contracts.under_test import CENSUS, RecordStoreUnderTest
from tests.doubles.samples import (
    TENANT,
    a_change,
    a_reference,
    a_write,
    an_artifact,
    an_attachment,
    an_execution,
    at,
    completed,
    running,
    the_next_version,
)


class Recording:
    """Everything in a change is there when the commit returns."""

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

    async def test_the_references_of_a_completed_run_are_kept(self, store: RecordStoreUnderTest) -> None:
        """Execution state holds the references it was completed with."""
        artifact = an_artifact()
        accepted = an_execution()
        done = completed(running(accepted), a_reference(artifact))
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=running(accepted)))
        await store.ledger.commit(a_change(artifact, execution=done))
        assert await store.state.execution(TENANT, "execution-1") == done

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
