"""The WriteAheadLog's law: every record, in the order of the commits, for good."""

from __future__ import annotations

from artifact_plane.domain.model.change import JournalRecord, RecordKind
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import OTHER_TENANT, TENANT, a_change, a_receipt, an_entry, at


async def journalled(store: RecordStoreUnderTest, commits: int, each: int) -> list[int]:
    """So many commits of ``each`` entries; their positions."""
    positions = []
    for number in range(commits):
        entries = [an_entry(subject=f"execution-{number}", body={"entry": entry}) for entry in range(each)]
        committed = await store.ledger.commit(a_change(journal=entries, when=at(number)))
        positions.append(committed.position)
    return positions


class WriteAheadLogContract:
    """Subclass it and give the fixture ``store``."""

    async def test_an_empty_journal_stands_at_zero(self, store: RecordStoreUnderTest) -> None:
        """The position of the last commit; 0 before the first."""
        assert await store.log.position() == 0
        assert await store.log.replay(0, limit=10) == ()

    async def test_the_position_is_that_of_the_last_commit(self, store: RecordStoreUnderTest) -> None:
        """Also of a commit that journalled nothing, and seen by another process."""
        committed = await store.ledger.commit(a_change())
        other = await store.reopen()
        assert await store.log.position() == await other.log.position() == committed.position

    async def test_replay_is_in_order_and_field_for_field(self, store: RecordStoreUnderTest) -> None:
        """In order; a record says its position, tenant, time and entry."""
        positions = await journalled(store, 3, 2)
        assert await store.log.replay(0, limit=100) == tuple(
            JournalRecord(
                position=position,
                tenant_id=TENANT,
                at=at(number),
                entry=an_entry(subject=f"execution-{number}", body={"entry": entry}),
            )
            for number, position in enumerate(positions)
            for entry in range(2)
        )

    async def test_replay_is_over_all_tenants(self, store: RecordStoreUnderTest) -> None:
        """Records of all tenants, each under its own."""
        await store.ledger.commit(a_change(journal=[an_entry()]))
        await store.ledger.commit(a_change(journal=[an_entry()], tenant_id=OTHER_TENANT))
        assert [record.tenant_id for record in await store.log.replay(0, limit=10)] == [TENANT, OTHER_TENANT]

    async def test_who_goes_on_at_the_last_position_misses_nothing(self, store: RecordStoreUnderTest) -> None:
        """A commit's records come together, whatever the limit, so each is met once."""
        await journalled(store, 7, 3)
        for limit in (1, 2, 3, 4, 100):
            seen: list[JournalRecord] = []
            while batch := await store.log.replay(seen[-1].position if seen else 0, limit=limit):
                seen += batch
            assert seen == list(await store.log.replay(0, limit=100))

    async def test_after_the_end_there_is_nothing(self, store: RecordStoreUnderTest) -> None:
        """Committed after position ``after``: not at it."""
        positions = await journalled(store, 2, 1)
        assert [record.position for record in await store.log.replay(positions[0], limit=9)] == [positions[1]]
        assert await store.log.replay(positions[1], limit=9) == ()

    async def test_about_finds_the_records_of_one_kind_about_one_subject(self, store: RecordStoreUnderTest) -> None:
        """All records of one kind about one subject, oldest first, of this tenant."""
        wanted = [an_entry(RecordKind.JOURNEY, "session-1", {"number": number}) for number in range(3)]
        await store.ledger.commit(a_change(journal=[wanted[0], an_entry(RecordKind.INTENT, "session-1"), wanted[1]]))
        await store.ledger.commit(a_change(journal=[an_entry(RecordKind.JOURNEY, "session-2")]))
        await store.ledger.commit(a_change(journal=[an_entry(RecordKind.JOURNEY, "session-1")], tenant_id=OTHER_TENANT))
        await store.ledger.commit(a_change(journal=[wanted[2]]))
        found = await store.log.about(TENANT, RecordKind.JOURNEY, "session-1")
        assert [record.entry for record in found] == wanted
        assert await store.log.about(TENANT, RecordKind.JOURNEY, "session-9") == ()

    async def test_a_receipt_is_a_record_about_its_subject(self, store: RecordStoreUnderTest) -> None:
        """Governance decisions are platform-native records like the others."""
        committed = await store.ledger.commit(a_change(receipts=[a_receipt(decided_at=at(5))], when=at(6)))
        (record,) = await store.log.about(TENANT, RecordKind.GOVERNANCE_DECISION, "artifact-1")
        assert (record.position, record.at) == (committed.position, at(6))

    async def test_what_is_read_cannot_alter_the_journal(self, store: RecordStoreUnderTest) -> None:
        """A record's body is a copy."""
        await journalled(store, 1, 1)
        (record,) = await store.log.replay(0, limit=1)
        assert isinstance(record.entry.body, dict)
        record.entry.body["entry"] = "altered"
        assert (await store.log.replay(0, limit=1))[0].entry.body == {"entry": 0}
