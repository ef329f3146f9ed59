"""The law of BlobReferences: no blob that somebody needs is removable, and none that nobody needs is forgotten."""

from __future__ import annotations

import attrs
import pytest

from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.change import Claim, ExecutionWrite
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Conflict
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    HOLDER,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_claim,
    a_digest,
    a_meaning,
    a_rendering,
    a_tombstone,
    an_artifact,
    an_attachment,
    an_execution,
    completed,
    failed,
    running,
    the_next_version,
)

PICTURE = a_digest(b"picture")


async def abandoned(store: RecordStoreUnderTest, tenant_id: str | None = TENANT) -> set[tuple[str, str]]:
    """Tenant and digest of what the abandoned claims are on."""
    return {(claim.tenant_id, claim.digest) for claim in await store.references.abandoned(tenant_id)}


async def removable(store: RecordStoreUnderTest, content: bytes = b"picture", tenant_id: str = TENANT) -> bool:
    """Whether the blob with that content may go."""
    return await store.references.removable(tenant_id, a_digest(content))


class BlobReferencesContract:
    """Subclass it and give the fixture ``store``."""

    # Claims

    async def test_a_blob_that_nobody_knows_is_removable(self, store: RecordStoreUnderTest) -> None:
        """Nothing refers to it and nobody claims it."""
        assert await removable(store)

    async def test_a_live_claim_protects_its_blob(self, store: RecordStoreUnderTest) -> None:
        """When ``claim`` returns every sweeper sees it, in every process; repeating it has no effect."""
        sweeper = await store.reopen()
        await store.state.hold(HOLDER)
        for _ in range(2):
            await store.references.claim(a_claim())
            assert not await removable(sweeper)
        assert await abandoned(sweeper, None) == set()
        assert (await store.backdoor.census())["claims"] == 1

    async def test_a_claim_protects_this_tenants_blob_only(self, store: RecordStoreUnderTest) -> None:
        """Equal bytes of two tenants are two blobs, and equal claim ids two claims."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        assert await removable(store, tenant_id=OTHER_TENANT)
        assert await removable(store, b"another picture")
        await store.references.claim(a_claim(tenant_id=OTHER_TENANT))
        await store.references.abandon(TENANT, ["claim-1"])
        assert await removable(store)
        assert not await removable(store, tenant_id=OTHER_TENANT)

    async def test_one_claim_id_may_claim_several_blobs(self, store: RecordStoreUnderTest) -> None:
        """No claim is lost because its id served before."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim(b"one", "same"))
        await store.references.claim(a_claim(b"two", "same"))
        assert not await removable(store, b"one")
        assert not await removable(store, b"two")

    async def test_an_abandoned_claim_protects_nothing_and_is_listed(self, store: RecordStoreUnderTest) -> None:
        """Claims whose commit did not come about: their blobs may be swept. Unknown ids have no effect."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        await store.references.abandon(TENANT, ["absent", "claim-1"])
        assert await removable(store)
        assert await store.references.abandoned(TENANT) == (a_claim(),)

    async def test_the_claims_of_the_dead_are_abandoned(self, store: RecordStoreUnderTest) -> None:
        """The claims whose holder has died, seen at once by the others."""
        sweeper = await store.reopen()
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        await store.die()
        assert await sweeper.references.abandoned() == (a_claim(),)
        assert await removable(sweeper)

    async def test_a_claim_in_the_name_of_nobody_alive_protects_nothing(self, store: RecordStoreUnderTest) -> None:
        """An unknown holder does not live."""
        await store.references.claim(a_claim(holder="stranger"))
        assert await removable(store)

    async def test_one_live_claim_among_dead_ones_is_enough(self, store: RecordStoreUnderTest) -> None:
        """Nobody alive claims it: that is asked of all claims on the blob."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim(claim_id="dead", holder="stranger"))
        await store.references.claim(a_claim(claim_id="live"))
        assert not await removable(store)

    async def test_abandoned_claims_are_of_one_tenant_or_of_all(self, store: RecordStoreUnderTest) -> None:
        """Of one tenant or of all."""
        for tenant in (TENANT, OTHER_TENANT):
            await store.references.claim(a_claim(tenant_id=tenant, holder="stranger"))
        assert await abandoned(store) == {(TENANT, PICTURE)}
        assert await abandoned(store, None) == {(TENANT, PICTURE), (OTHER_TENANT, PICTURE)}

    async def test_abandoned_claims_come_in_pages(self, store: RecordStoreUnderTest) -> None:
        """Each goes on after the last of the page before, settled or not; the claims of the living are passed over."""
        await store.state.hold(HOLDER)
        dead = [
            a_claim(b"content %d" % (number // 2), f"claim-{number}", tenant_id=tenant, holder="stranger")
            for number in range(6)
            for tenant in (TENANT, OTHER_TENANT)
        ]
        for claim in dead:
            await store.references.claim(claim)
            await store.references.claim(attrs.evolve(claim, claim_id=f"live-{claim.claim_id}", holder=HOLDER))
        for tenant in (TENANT, None):
            found: list[Claim] = []
            while page := await store.references.abandoned(tenant, limit=4, after=found[-1] if found else None):
                assert len(page) <= 4
                found += page
                await store.references.settle(page[-1])
            wanted = [claim for claim in dead if tenant in (claim.tenant_id, None)]
            assert len(found) == len(wanted)
            assert set(found) == set(wanted)
            for claim in wanted:
                await store.references.claim(claim)

    async def test_a_settled_claim_is_forgotten(self, store: RecordStoreUnderTest) -> None:
        """Forget an abandoned claim; unknown claims have no effect, and neither has settling twice."""
        await store.references.claim(a_claim(holder="stranger"))
        for _ in range(2):
            await store.references.settle(a_claim(holder="stranger"))
        assert await abandoned(store) == set()
        assert (await store.backdoor.census())["claims"] == 0

    async def test_a_live_claim_cannot_be_settled(self, store: RecordStoreUnderTest) -> None:
        """Only abandoned claims are forgotten: a sweeper that comes too late does no harm."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        await store.references.settle(a_claim())
        assert not await removable(store)

    # References

    async def test_a_committed_reference_takes_the_claims_place(self, store: RecordStoreUnderTest) -> None:
        """Claim, put, commit: at no moment is the blob removable."""
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        await store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))
        assert (await store.backdoor.census())["claims"] == 0
        assert await store.backdoor.references(TENANT) == [PICTURE]
        await store.die()
        survivor = await store.reopen()
        assert not await removable(survivor)
        assert await abandoned(survivor) == set()

    async def test_a_refused_commit_leaves_the_claim_to_be_abandoned(self, store: RecordStoreUnderTest) -> None:
        """The writer gives its claim up, and the sweeper finds the blob."""
        await store.state.hold(HOLDER)
        await store.ledger.commit(a_change(an_artifact()))
        await store.references.claim(a_claim())
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(an_artifact(parts=[a_rendering()]), releases=["claim-1"]))
        assert not await removable(store)
        await store.references.abandon(TENANT, ["claim-1"])
        assert (await abandoned(store), await removable(store)) == ({(TENANT, PICTURE)}, True)

    async def test_every_part_in_the_payload_store_is_a_reference(self, store: RecordStoreUnderTest) -> None:
        """The parts of an artifact that are in the payload store, the meaning among them, and no others."""
        views = [a_rendering(place.name.lower(), place.name.encode(), place) for place in Place]
        await store.ledger.commit(a_change(an_artifact(meaning=a_meaning(b"large", Place.PAYLOAD_STORE), parts=views)))
        kept = sorted([a_digest(b"large"), a_digest(b"PAYLOAD_STORE")])
        assert list(await store.backdoor.references(TENANT)) == kept

    async def test_a_reference_protects_this_tenants_blob_only(self, store: RecordStoreUnderTest) -> None:
        """Tenant first."""
        await store.ledger.commit(a_change(an_artifact(parts=[a_rendering()], tenant_id=OTHER_TENANT)))
        assert not await removable(store, tenant_id=OTHER_TENANT)
        assert await removable(store)

    async def test_an_update_keeps_what_older_versions_refer_to(self, store: RecordStoreUnderTest) -> None:
        """Versions are immutable, so the blobs of older ones stay."""
        first = an_artifact(parts=[a_rendering(content=b"old")])
        await store.ledger.commit(a_change(first))
        await store.ledger.commit(a_change(the_next_version(first, parts=[a_rendering(content=b"new")])))
        assert not await removable(store, b"old")
        assert not await removable(store, b"new")

    async def test_a_deletion_leaves_the_blobs_of_all_versions_to_be_swept(self, store: RecordStoreUnderTest) -> None:
        """A tombstone takes the references away; each leaves an abandoned claim behind, in the same commit."""
        first = an_artifact(parts=[a_rendering(content=b"old")])
        second = the_next_version(first, parts=[a_rendering(content=b"new")])
        for artifact in (first, second, a_tombstone(second)):
            await store.ledger.commit(a_change(artifact))
        assert list(await store.backdoor.references(TENANT)) == []
        assert await abandoned(store) == {(TENANT, a_digest(b"old")), (TENANT, a_digest(b"new"))}
        assert await removable(store, b"old")
        assert await removable(store, b"new")

    async def test_what_another_artifact_refers_to_is_not_removable(self, store: RecordStoreUnderTest) -> None:
        """Equal bytes of one tenant are one blob; the last reference counts."""
        one, two = an_artifact("one", parts=[a_rendering()]), an_artifact("two", parts=[a_rendering()])
        await store.ledger.commit(a_change(one, two))
        await store.ledger.commit(a_change(a_tombstone(one)))
        assert (await removable(store), await abandoned(store)) == (False, {(TENANT, PICTURE)})
        for claim in await store.references.abandoned(TENANT):
            await store.references.settle(claim)
        await store.ledger.commit(a_change(a_tombstone(two)))
        assert (await removable(store), await abandoned(store)) == (True, {(TENANT, PICTURE)})

    async def test_two_views_with_equal_bytes_are_two_references(self, store: RecordStoreUnderTest) -> None:
        """A reference is of a part."""
        await store.ledger.commit(a_change(an_artifact(parts=[a_rendering("a"), a_rendering("b")])))
        assert list(await store.backdoor.references(TENANT)) == [PICTURE, PICTURE]

    async def test_a_claim_protects_what_a_deletion_has_just_released(self, store: RecordStoreUnderTest) -> None:
        """A writer that claims before the sweep keeps the blob, abandoned claims or not."""
        artifact = an_artifact(parts=[a_rendering()])
        await store.ledger.commit(a_change(artifact))
        await store.ledger.commit(a_change(a_tombstone(artifact)))
        await store.state.hold(HOLDER)
        await store.references.claim(a_claim())
        assert not await removable(store)

    async def test_a_blob_released_once_more_is_on_the_list_once_more(self, store: RecordStoreUnderTest) -> None:
        """A sweeper that settles late, for the release before, does not hide the one after."""
        for number in (1, 2):
            artifact = an_artifact(f"artifact-{number}", parts=[a_rendering()])
            await store.ledger.commit(a_change(artifact))
            earlier = await store.references.abandoned(TENANT)
            await store.ledger.commit(a_change(a_tombstone(artifact)))
        for claim in earlier:
            await store.references.settle(claim)
        assert await abandoned(store) == {(TENANT, PICTURE)}

    # Attachments

    async def test_a_kept_attachment_is_a_reference_until_the_run_ends(self, store: RecordStoreUnderTest) -> None:
        """Kept durably until the execution has ended, for recovery; then left to be swept (law 7)."""
        content = b"1. Receive the claim"
        accepted = an_execution(attachments=[an_attachment()])
        taken = running(accepted)
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=taken))
        assert not await removable(store, content)
        await store.ledger.commit(a_change(execution=completed(taken)))
        assert (await removable(store, content), await abandoned(store)) == (True, {(TENANT, a_digest(content))})

    async def test_a_run_accepted_and_ended_in_one_commit_leaves_its_attachments_to_the_sweep(
        self, store: RecordStoreUnderTest
    ) -> None:
        """A result that was made elsewhere: nothing ever refers to what was put for it."""
        content = b"1. Receive the claim"
        ended = completed(running(an_execution(attachments=[an_attachment()])))
        await store.ledger.commit(attrs.evolve(a_change(), execution=ExecutionWrite(execution=ended)))
        assert (await removable(store, content), await abandoned(store)) == (True, {(TENANT, a_digest(content))})

    async def test_a_run_that_fails_lets_its_attachments_go_too(self, store: RecordStoreUnderTest) -> None:
        """An execution that ends, however it ends."""
        accepted = an_execution(attachments=[an_attachment()])
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=failed(accepted)))
        assert await removable(store, b"1. Receive the claim")

    async def test_a_persisted_attachment_stays(self, store: RecordStoreUnderTest) -> None:
        """PERSIST keeps the reference when the run has ended."""
        kept = an_attachment("kept", b"kept", MaterializationDecision.PERSIST)
        gone = an_attachment("gone", b"gone", MaterializationDecision.CACHE)
        accepted = an_execution(attachments=[kept, gone])
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=failed(accepted)))
        assert list(await store.backdoor.references(TENANT)) == [a_digest(b"kept")]
        assert await abandoned(store) == {(TENANT, a_digest(b"gone"))}

    async def test_an_attachment_that_is_not_in_the_store_is_no_reference(self, store: RecordStoreUnderTest) -> None:
        """Only kept attachments, those with a location, become references; the others leave nothing to sweep."""
        accepted = an_execution(attachments=[an_attachment(kept=False)])
        await store.ledger.commit(a_change(execution=accepted))
        await store.ledger.commit(a_change(execution=failed(accepted)))
        assert list(await store.backdoor.references(TENANT)) == []
        assert await abandoned(store) == set()

    async def test_two_runs_with_one_attachment_each_hold_it(self, store: RecordStoreUnderTest) -> None:
        """The end of one run does not take the other's input away."""
        runs = [
            an_execution(f"execution-{number}", intent_id=f"intent-{number}", attachments=[an_attachment()])
            for number in (1, 2)
        ]
        for run in runs:
            await store.ledger.commit(a_change(execution=run))
        await store.ledger.commit(a_change(execution=failed(runs[0])))
        assert not await removable(store, b"1. Receive the claim")
        await store.ledger.commit(a_change(execution=failed(runs[1])))
        assert await removable(store, b"1. Receive the claim")

    async def test_a_change_releases_the_claims_it_names_and_no_others(self, store: RecordStoreUnderTest) -> None:
        """``releases`` are claims of this tenant that have served."""
        await store.state.hold(HOLDER)
        claims = [a_claim(claim_id="mine"), a_claim(claim_id="other"), a_claim(claim_id="mine", tenant_id=OTHER_TENANT)]
        for claim in claims:
            await store.references.claim(claim)
        await store.ledger.commit(a_change(releases=["mine", "absent"]))
        await store.state.let_go(HOLDER)
        left: list[Claim] = sorted(await store.references.abandoned(), key=lambda claim: claim.tenant_id)
        assert left == claims[1:]
