"""The Ledger's law: whoever names what is no longer so gets Conflict, and whoever takes another's, InvalidInput."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.change import ExecutionWrite
from artifact_plane.domain.model.errors import Conflict, InvalidInput
from artifact_plane.ports.ledger import Committed
from tests.contracts.ledger.changes import outcomes
from tests.contracts.under_test import CENSUS, RecordStoreUnderTest
from tests.doubles.samples import (
    NOW,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_receipt,
    a_request,
    an_artifact,
    an_event,
    an_execution,
    completed,
    running,
    the_next_version,
)


class Conflicts:
    """Versions, attempts and keys are taken once."""

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
            with pytest.raises(InvalidInput, match="another"):
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

    async def test_an_execution_write_at_a_wrong_version_changes_nothing(self, store: RecordStoreUnderTest) -> None:
        """An execution's record stays as it was when a write of it is refused."""
        await store.ledger.commit(a_change(execution=an_execution()))
        stale = ExecutionWrite(execution=running(running(an_execution())), replaces=2)
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(execution=stale, when=NOW))
        assert await store.state.execution(TENANT, "execution-1") == an_execution()

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
