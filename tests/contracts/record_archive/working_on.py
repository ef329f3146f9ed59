"""A copy is a store like any other: work goes on in it."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.errors import Conflict
from tests.contracts.record_archive.copying import ArchiveUnderTest, Opening, copy
from tests.doubles.samples import (
    HOLDER,
    TENANT,
    a_change,
    a_digest,
    a_receipt,
    a_request,
    a_tombstone,
    an_artifact,
    at,
    failed,
    running,
    the_next_version,
)


class WorkingOn:
    """Commits, blobs, runs and events go on from where they were."""

    async def test_a_copy_can_be_worked_on(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """The next commit has the next position; versions follow, keys are taken, repeated changes are known."""
        target = await opening()
        await copy(lived.archive, target.archive)
        ledger, position = target.store.ledger, await lived.archive.position()
        third = the_next_version((await target.store.registry.get(TENANT, "artifact-1")).artifact)
        change = a_change(third, receipts=[a_receipt(version=3)])
        assert (await ledger.commit(change)).position == position + 1
        assert (await ledger.commit(change)).repeated
        (first, *_) = (await lived.archive.export(0, limit=1)).changes
        again = a_change(tenant_id=first.tenant_id, change_id=first.change_id)
        assert (await ledger.commit(again)).position == first.position
        with pytest.raises(Conflict):
            await ledger.commit(a_change(tenant_id=TENANT, request=a_request()))
        with pytest.raises(Conflict):
            await ledger.commit(a_change(an_artifact("doomed", version=3)))
        listed = (await target.store.registry.find(TENANT, ArtifactFilter(), limit=10)).artifacts
        assert [(one.artifact_id, one.version) for one in listed] == [("note", 1), ("artifact-1", 3)]

    async def test_a_copy_refers_to_its_blobs(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """What is referred to is not removable; what a deletion lets go of later is left to be swept."""
        target = await opening()
        await copy(lived.archive, target.archive)
        references = target.store.references
        kept = (b"picture", b"a new picture", b"kept", b"left")
        assert not any([await references.removable(TENANT, a_digest(content)) for content in kept])
        gone = (b"doomed", b"doomed too", b"again", b"1. Receive the claim", b"theirs")
        assert all([await references.removable(TENANT, a_digest(content)) for content in gone])
        current = (await target.store.registry.get(TENANT, "artifact-1")).artifact
        await target.store.ledger.commit(a_change(a_tombstone(current)))
        assert {claim.digest for claim in await references.abandoned(TENANT)} >= {a_digest(b"picture")}

    async def test_a_run_that_did_not_end_can_be_taken_over(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """It is copied as it is; its holder, who lives where it came from, is dead here."""
        target = await opening()
        await lived.store.state.hold(HOLDER)
        await copy(lived.archive, target.archive)
        (left,) = await target.store.state.unfinished()
        assert left.holder is not None
        assert not await target.store.state.is_alive(left.holder)
        await target.store.ledger.commit(a_change(execution=running(left, "somebody-else")))
        await target.store.ledger.commit(a_change(execution=failed(running(left, "somebody-else"))))
        assert await target.store.state.unfinished() == ()

    async def test_events_are_delivered_in_their_order(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """One that is due later waits, one that was set aside stays there, tries are counted on."""
        target = await opening()
        await copy(lived.archive, target.archive)
        assert await target.store.outbox.claim("relay", at(75), lease=1, limit=10) == ()
        await target.store.backdoor.let_events_wait(100)
        (due,) = await target.store.outbox.claim("relay", at(100), lease=1, limit=10)
        assert (due.event.event_id, due.tries, due.trouble) == ("event-1", 1, "the listener was away")
