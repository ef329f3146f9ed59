"""The ArtifactRegistry's law: tenant first, versions that never change, tombstones that stay."""

from __future__ import annotations

import attrs
import pytest

from artifact_plane.domain.model.artifact import ArtifactState, Place
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import NotFound
from tests.contracts.artifact_registry.filling import stored
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    MEANING,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_meaning,
    a_receipt,
    a_rendering,
    a_tombstone,
    a_write,
    an_artifact,
    at,
    the_next_version,
)


class Records:
    """Asking for what one knows by its id."""

    async def test_get_answers_the_current_version_and_its_body(self, store: RecordStoreUnderTest) -> None:
        """The current version, with the canonical bytes of its meaning where they are kept inline."""
        first = an_artifact(parts=[a_rendering(), a_rendering("svg", place=Place.NOWHERE)])
        second = the_next_version(first, parts=[a_rendering("pdf", b"%PDF", Place.WORKING_MEMORY)], data=b"{}")
        await stored(store, first)
        await store.ledger.commit(a_change(a_write(second, b"{}")))
        found = await store.registry.get(TENANT, "artifact-1")
        assert (found.artifact, found.body) == (second, b"{}")

    async def test_get_answers_the_version_that_is_named(self, store: RecordStoreUnderTest) -> None:
        """Or the one named: an older version reads as it was written."""
        first = an_artifact(parts=[a_rendering()])
        await stored(store, first, the_next_version(first))
        found = await store.registry.get(TENANT, "artifact-1", 1)
        assert (found.artifact, found.body) == (first, MEANING)

    async def test_get_leaves_the_body_out_when_told(self, store: RecordStoreUnderTest) -> None:
        """``body`` False leaves the inline meaning out."""
        await stored(store, an_artifact())
        found = await store.registry.get(TENANT, "artifact-1", body=False)
        assert (found.artifact, found.body) == (an_artifact(), None)

    async def test_a_meaning_that_is_a_blob_has_no_body(self, store: RecordStoreUnderTest) -> None:
        """The body is there where the meaning is inline, and nowhere else."""
        await stored(store, an_artifact(meaning=a_meaning(place=Place.PAYLOAD_STORE)))
        assert (await store.registry.get(TENANT, "artifact-1")).body is None

    async def test_the_body_comes_from_the_store(self, store: RecordStoreUnderTest) -> None:
        """What the back door puts there is what is read: no copy is kept where damage could not be seen."""
        await stored(store, an_artifact())
        await store.backdoor.set_body(TENANT, "artifact-1", 1, b"damaged")
        assert (await store.registry.get(TENANT, "artifact-1")).body == b"damaged"

    async def test_every_field_of_a_record_comes_back(self, store: RecordStoreUnderTest) -> None:
        """A record is read as it was written: every field, with every kind of part and value."""
        rich = attrs.evolve(
            an_artifact(
                artifact_type="visual",
                execution_id="execution-9",
                labels=("a", "b", "c"),
                decision=MaterializationDecision.CACHE,
                metadata={"text": "ä\u2028\U0001f600 \x00", "list": [1, 2.5, None, True, {"deep": []}], "": {}},
                parts=[a_rendering(place.value.replace("_", "-"), place=place) for place in Place],
                updated_at=at(0.000001),
            ),
            payload_artifact_id="artifact-0",
            realm=None,
            intent_type=None,
            key=None,
            retention_policy=None,
        )
        await stored(store, rich)
        assert (await store.registry.get(TENANT, "artifact-1")).artifact == rich
        assert await store.registry.history(TENANT, "artifact-1") == (rich,)

    async def test_what_is_not_there_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: this tenant has no such artifact, or no such version of it."""
        await stored(store, an_artifact())
        with pytest.raises(NotFound):
            await store.registry.get(TENANT, "absent")
        for version in (0, 2, -1):
            with pytest.raises(NotFound):
                await store.registry.get(TENANT, "artifact-1", version)

    async def test_not_yours_and_not_there_are_one_answer(self, store: RecordStoreUnderTest) -> None:
        """Another tenant's artifact is not there, word for word (law 16)."""
        await stored(store, an_artifact("theirs", tenant_id=OTHER_TENANT))
        answers = []
        for name in ("theirs", "absent"):
            with pytest.raises(NotFound) as caught:
                await store.registry.get(TENANT, name)
            answers.append(str(caught.value).replace(name, "…"))
        assert answers[0] == answers[1]
        assert await store.registry.history(TENANT, "theirs") == ()
        assert await store.registry.matching(TENANT, "t", limit=10) == ()

    async def test_equal_ids_of_two_tenants_are_two_artifacts(self, store: RecordStoreUnderTest) -> None:
        """Tenant first, always."""
        await store.ledger.commit(a_change(a_write(an_artifact(), b'{"whose":"ours"}')))
        await store.ledger.commit(a_change(a_write(an_artifact(tenant_id=OTHER_TENANT), b'{"whose":"theirs"}')))
        assert (await store.registry.get(TENANT, "artifact-1")).body == b'{"whose":"ours"}'
        assert (await store.registry.get(OTHER_TENANT, "artifact-1")).body == b'{"whose":"theirs"}'
        await store.ledger.commit(a_change(a_tombstone(an_artifact())))
        assert (await store.registry.get(OTHER_TENANT, "artifact-1")).body == b'{"whose":"theirs"}'

    async def test_of_a_deleted_artifact_the_tombstone_is_there(self, store: RecordStoreUnderTest) -> None:
        """Of a deleted artifact its tombstone: state DELETED, no body."""
        await stored(store, an_artifact(), a_tombstone(an_artifact()))
        found = await store.registry.get(TENANT, "artifact-1")
        assert (found.artifact, found.body) == (a_tombstone(an_artifact()), None)

    async def test_the_older_versions_of_a_deleted_artifact_are_deleted_too(self, store: RecordStoreUnderTest) -> None:
        """A deletion is of the artifact: every version reads as DELETED, without a body, all else as it was."""
        first = an_artifact()
        second = the_next_version(first)
        await stored(store, first, second, a_tombstone(second))
        older = attrs.evolve(first, state=ArtifactState.DELETED)
        found = await store.registry.get(TENANT, "artifact-1", 1)
        assert (found.artifact, found.body) == (older, None)
        assert await store.registry.history(TENANT, "artifact-1") == (older, a_tombstone(second))

    async def test_history_is_all_versions_oldest_first(self, store: RecordStoreUnderTest) -> None:
        """All versions, oldest first, each as it was written: versions are immutable (law 18)."""
        versions = [an_artifact()]
        for number in range(11):
            versions.append(the_next_version(versions[-1], data=b"%d" % number))
        await stored(store, *versions)
        assert await store.registry.history(TENANT, "artifact-1") == tuple(versions)

    async def test_history_of_what_is_not_there_is_empty(self, store: RecordStoreUnderTest) -> None:
        """Empty where this tenant has no such artifact."""
        assert await store.registry.history(TENANT, "absent") == ()

    async def test_receipts_about_an_artifact_are_those_of_all_versions(self, store: RecordStoreUnderTest) -> None:
        """The receipts about an artifact id (all its versions), oldest first, field for field."""
        kept = [a_receipt(version=version, decided_at=at(version)) for version in (1, 2, 3)]
        await store.ledger.commit(a_change(receipts=kept[:2]))
        await store.ledger.commit(a_change(receipts=[a_receipt("artifact-2")]))
        await store.ledger.commit(a_change(receipts=kept[2:]))
        assert await store.registry.receipts(TENANT, "artifact-1") == tuple(kept)

    async def test_receipts_about_an_attachment_are_found_by_its_digest(self, store: RecordStoreUnderTest) -> None:
        """Or an attachment's digest; a tenant sees its own only."""
        receipt = a_receipt("blake3:0123", version=None)
        await store.ledger.commit(a_change(receipts=[receipt]))
        assert await store.registry.receipts(TENANT, "blake3:0123") == (receipt,)
        assert await store.registry.receipts(OTHER_TENANT, "blake3:0123") == ()
        assert await store.registry.receipts(TENANT, "blake3:01") == ()

    async def test_receipts_outlive_the_artifact(self, store: RecordStoreUnderTest) -> None:
        """A deletion takes no receipt away: what was decided stays explained."""
        await store.ledger.commit(a_change(an_artifact(), receipts=[a_receipt()]))
        await stored(store, a_tombstone(an_artifact()))
        assert await store.registry.receipts(TENANT, "artifact-1") == (a_receipt(),)

    async def test_current_answers_the_current_versions_in_the_order_asked(self, store: RecordStoreUnderTest) -> None:
        """``current``: as ``get`` gives each, a tombstone too, and twice what is asked for twice."""
        first, other, gone = an_artifact("a-1"), an_artifact("a-2"), an_artifact("a-3")
        await stored(store, first, other, gone)
        await store.ledger.commit(a_change(a_write(the_next_version(first))))
        await store.ledger.commit(a_change(a_tombstone(gone)))
        asked = ["a-3", "a-1", "a-2", "a-1"]
        found = await store.registry.current(TENANT, asked)
        assert [artifact.artifact_id for artifact in found] == asked
        assert [artifact.version for artifact in found] == [1, 2, 1, 2]
        assert found[0].state is ArtifactState.DELETED
        assert found == tuple([(await store.registry.get(TENANT, one, body=False)).artifact for one in asked])
        assert await store.registry.current(TENANT, []) == ()

    async def test_current_lacks_what_is_not_there_or_anothers(self, store: RecordStoreUnderTest) -> None:
        """NotFound: this tenant lacks one of them (law 16)."""
        await stored(store, an_artifact("a-1"), an_artifact("a-2", tenant_id=OTHER_TENANT))
        for missing in ("a-2", "a-9"):
            with pytest.raises(NotFound):
                await store.registry.current(TENANT, ["a-1", missing])
