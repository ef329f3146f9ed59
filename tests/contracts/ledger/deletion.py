"""The Ledger's law: a tombstone takes the bodies and leaves the rest; nothing follows it."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.errors import Conflict, NotFound
from artifact_plane.domain.model.lineage import Relation, artifact_node
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_receipt,
    a_tombstone,
    an_artifact,
    an_edge,
    the_next_version,
)


class Deletion:
    """Deleting an artifact."""

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
