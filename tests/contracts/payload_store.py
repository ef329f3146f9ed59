"""The PayloadStore's law: whole payloads under their digests, each tenant's own, visible when claimed."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import ClassVar

import attrs
import pytest

from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotFound
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload
from tests.contracts.sources import BLOCK, GeneratedSource, read_all
from tests.contracts.under_test import PayloadStoreUnderTest
from tests.doubles.samples import OTHER_TENANT, TENANT, a_digest

CONTENT = b"a picture of a claim"
DIGEST = a_digest(CONTENT)


class Claims:
    """A claimer that keeps what it was asked to claim."""

    def __init__(self) -> None:
        self.made: list[Digest] = []

    async def __call__(self, digest: Digest) -> None:
        self.made.append(digest)


async def put(store: PayloadStore, content: bytes = CONTENT, tenant_id: str = TENANT) -> StoredPayload:
    """Put ``content``, claimed by nobody in particular."""
    return await store.put(tenant_id, BytesSource(content), Claims())


async def content_of(store: PayloadStore, digest: Digest = DIGEST) -> bytes:
    """The bytes that the store answers."""
    return await asyncio.to_thread(read_all, await store.source(TENANT, digest))


async def digests(store: PayloadStore, tenant_id: str = TENANT, prefix: str = "") -> list[str]:
    """The digests that a listing shows."""
    return [payload.digest async for payload in store.list(tenant_id, prefix)]


class PayloadStoreContract:
    """Subclass it and give the fixture ``payloads``.

    ``memory_limit`` is how many bytes may be allocated while 64 MiB go in or out.
    """

    memory_limit: ClassVar[int] = 16 * 1024 * 1024

    # put

    async def test_a_payload_lies_under_its_digest(self, payloads: PayloadStoreUnderTest) -> None:
        """Store the bytes of ``source`` under their digest: the back door and another process find them there."""
        stored = await put(payloads.store)
        assert (stored.tenant_id, stored.digest, stored.size) == (TENANT, DIGEST, len(CONTENT))
        assert await payloads.backdoor.read(TENANT, DIGEST) == CONTENT
        other = await payloads.reopen()
        assert await content_of(other) == CONTENT
        assert await other.find(TENANT, DIGEST) == stored == await payloads.store.find(TENANT, DIGEST)

    @pytest.mark.parametrize("damage", [b"", CONTENT[:-1], CONTENT[:-1] + b"?"], ids=["emptied", "cut", "flipped"])
    async def test_putting_what_is_damaged_mends_it(self, payloads: PayloadStoreUnderTest, damage: bytes) -> None:
        """A put never confirms what is not there: the damaged payload is replaced, and its generation changes."""
        stored = await put(payloads.store)
        await payloads.backdoor.write(stored, damage)
        again = await put(payloads.store)
        assert await payloads.backdoor.read(TENANT, DIGEST) == CONTENT
        assert await content_of(payloads.store) == CONTENT
        assert (again.digest, again.size) == (stored.digest, stored.size)
        assert again.generation != stored.generation

    @pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * 1024 * 1024 + 7])
    @pytest.mark.parametrize("told", [True, False], ids=["size-told", "size-unknown"])
    async def test_payloads_of_any_size(self, payloads: PayloadStoreUnderTest, length: int, told: bool) -> None:
        """An empty payload is one too, and a source need not know its size."""
        source = GeneratedSource(length=length, announced=length if told else None)
        stored = await payloads.store.put(TENANT, source, Claims())
        assert (stored.digest, stored.size) == (source.digest, length)
        assert await content_of(payloads.store, source.digest) == b"".join(source.blocks())

    async def test_a_large_payload_goes_in_and_out_in_bounded_memory(self, payloads: PayloadStoreUnderTest) -> None:
        """Streamed in bounded memory, both ways (law 24)."""
        source = GeneratedSource(length=64 * 1024 * 1024)
        tracemalloc.start()
        try:
            stored = await payloads.store.put(TENANT, source, Claims())
            kept = await payloads.store.source(TENANT, stored.digest)
            length = await asyncio.to_thread(_length, kept)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (stored.digest, length) == (source.digest, source.length)
        assert peak <= self.memory_limit

    async def test_the_claim_is_made_before_the_payload_is_visible(self, payloads: PayloadStoreUnderTest) -> None:
        """``claim`` is awaited with the digest before the payload becomes visible, here or to others."""
        other = await payloads.reopen()
        seen: list[object] = []

        async def claim(digest: Digest) -> None:
            await asyncio.sleep(0)
            seen.extend([digest, await payloads.store.find(TENANT, digest), await other.find(TENANT, digest)])
            seen.extend([await payloads.backdoor.read(TENANT, digest), await digests(other)])

        await payloads.store.put(TENANT, BytesSource(CONTENT), claim)
        assert seen == [DIGEST, None, None, None, []]
        assert await digests(other) == [DIGEST]

    async def test_what_exists_already_is_claimed_too(self, payloads: PayloadStoreUnderTest) -> None:
        """Or a sweep could take it between the put and the commit."""
        await put(payloads.store)
        claims = Claims()
        await payloads.store.put(TENANT, BytesSource(CONTENT), claims)
        assert claims.made == [DIGEST]

    async def test_a_failing_claim_leaves_nothing(self, payloads: PayloadStoreUnderTest) -> None:
        """Whatever ``claim`` raises passes through; nothing visible and no litter is left."""

        async def refuse(digest: Digest) -> None:
            raise Conflict("the record store says no")

        with pytest.raises(Conflict, match="says no"):
            await payloads.store.put(TENANT, BytesSource(CONTENT), refuse)
        assert await payloads.store.find(TENANT, DIGEST) is None
        assert list(await payloads.backdoor.everything()) == []
        await put(payloads.store)

    async def test_a_failing_source_leaves_nothing(self, payloads: PayloadStoreUnderTest) -> None:
        """InvalidInput: ``source`` cannot be read; nothing was claimed, nothing is visible, no litter."""
        claims = Claims()
        source = GeneratedSource(length=10 * BLOCK, fails_after=5 * BLOCK)
        with pytest.raises(InvalidInput):
            await payloads.store.put(TENANT, source, claims)
        assert (claims.made, await digests(payloads.store)) == ([], [])
        assert list(await payloads.backdoor.everything()) == []

    @pytest.mark.parametrize("announced", [0, BLOCK, 3 * BLOCK])
    async def test_a_source_that_is_not_what_it_said_is_refused(
        self, payloads: PayloadStoreUnderTest, announced: int
    ) -> None:
        """InvalidInput: it is not what it was when it was opened first; shorter or longer, nothing is kept."""
        with pytest.raises(InvalidInput):
            await payloads.store.put(TENANT, GeneratedSource(length=2 * BLOCK, announced=announced), Claims())
        assert list(await payloads.backdoor.everything()) == []

    async def test_a_cancelled_put_leaves_nothing_in_sight(self, payloads: PayloadStoreUnderTest) -> None:
        """Who is cancelled before the payload became visible leaves none behind."""
        claiming = asyncio.Event()

        async def claim(digest: Digest) -> None:
            claiming.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(payloads.store.put(TENANT, BytesSource(CONTENT), claim))
        await claiming.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await digests(payloads.store) == []
        assert list(await payloads.backdoor.everything()) == []

    async def test_the_same_bytes_again_are_the_same_payload(self, payloads: PayloadStoreUnderTest) -> None:
        """Create-only: the answer is the same, nothing is stored twice, and its age is renewed."""
        first = await put(payloads.store)
        taken = await payloads.backdoor.everything()
        await payloads.let_time_pass(60)
        second = await put(payloads.store)
        assert attrs.evolve(second, generation=first.generation, renewed_at=first.renewed_at) == first
        assert second.renewed_at > first.renewed_at
        assert await payloads.backdoor.everything() == taken

    async def test_renewing_changes_the_generation_at_the_same_instant_too(
        self, payloads: PayloadStoreUnderTest
    ) -> None:
        """``generation`` changes whenever the payload is put or renewed, moves the clock or not."""
        generations = [(await put(payloads.store)).generation for _ in range(5)]
        assert len(set(generations)) == 5

    async def test_a_payload_that_was_removed_and_put_again_is_of_a_new_generation(
        self, payloads: PayloadStoreUnderTest
    ) -> None:
        """A generation does not come back."""
        first = await put(payloads.store)
        await payloads.store.delete(first)
        await put(payloads.store)
        assert not await payloads.store.delete(first)

    async def test_many_who_put_the_same_at_once_have_one_payload(self, payloads: PayloadStoreUnderTest) -> None:
        """A lost race is no error: the answer is the same for all."""
        stored = await asyncio.gather(*(put(payloads.store) for _ in range(20)))
        assert {(payload.digest, payload.size, payload.location) for payload in stored} == {
            (DIGEST, len(CONTENT), stored[0].location)
        }
        assert await digests(payloads.store) == [DIGEST]
        assert await content_of(payloads.store) == CONTENT

    # Tenants

    async def test_equal_bytes_of_two_tenants_are_two_payloads(self, payloads: PayloadStoreUnderTest) -> None:
        """Tenant first: neither's deletion or damage is the other's."""
        ours = await put(payloads.store)
        theirs = await put(payloads.store, tenant_id=OTHER_TENANT)
        assert ours.location != theirs.location
        await payloads.backdoor.write(theirs, CONTENT[::-1])
        assert await content_of(payloads.store) == CONTENT
        assert await payloads.store.delete(theirs)
        assert await content_of(payloads.store) == CONTENT

    async def test_another_tenants_payload_is_not_there(self, payloads: PayloadStoreUnderTest) -> None:
        """Not yours and not there are one answer."""
        await put(payloads.store, tenant_id=OTHER_TENANT)
        assert await payloads.store.find(TENANT, DIGEST) is None
        assert await digests(payloads.store) == []
        with pytest.raises(NotFound):
            await payloads.store.source(TENANT, DIGEST)

    async def test_tenants_that_are_alike_do_not_meet(self, payloads: PayloadStoreUnderTest) -> None:
        """Case, dots and dashes tell tenants apart."""
        tenants = ["a", "A", "a.b", "a-b", "a_b", "A.b"]
        for tenant in tenants:
            await put(payloads.store, tenant.encode(), tenant)
        for tenant in tenants:
            assert await digests(payloads.store, tenant) == [a_digest(tenant)]

    # find, source

    async def test_what_is_not_there_is_not_found(self, payloads: PayloadStoreUnderTest) -> None:
        """``find`` answers None, ``source`` raises NotFound; a digest of another form is not there either."""
        await put(payloads.store)
        for digest in (a_digest(b"absent"), "sha256:" + "0" * 64, "blake3:", "nonsense", "../../etc/passwd", ""):
            assert await payloads.store.find(TENANT, Digest(digest)) is None
            with pytest.raises(NotFound):
                await payloads.store.source(TENANT, Digest(digest))

    @pytest.mark.parametrize(
        ("start", "stop"), [(0, None), (0, 5), (3, 9), (5, 5), (7, None), (20, None), (99, None), (0, 99), (99, 100)]
    )
    async def test_a_source_yields_the_range_that_is_asked_for(
        self, payloads: PayloadStoreUnderTest, start: int, stop: int | None
    ) -> None:
        """Ranges included; past the end there is nothing."""
        await put(payloads.store)
        source = await payloads.store.source(TENANT, DIGEST)
        assert await asyncio.to_thread(read_all, source, start, stop) == CONTENT[start:stop]

    async def test_a_source_can_be_opened_again_and_again(self, payloads: PayloadStoreUnderTest) -> None:
        """A byte source over the payload: its size, and each reader from the beginning, several at once."""
        await put(payloads.store)
        source = await payloads.store.source(TENANT, DIGEST)
        assert source.size == len(CONTENT)
        with source.open() as one, source.open() as other:
            assert (one.read(4), other.read(4), one.read(), other.read()) == (
                CONTENT[:4],
                CONTENT[:4],
                CONTENT[4:],
                CONTENT[4:],
            )

    async def test_damage_is_the_readers_to_see(self, payloads: PayloadStoreUnderTest) -> None:
        """Not verified: who reads to the end compares the digest, and so sees what the back door did."""
        await payloads.backdoor.write(await put(payloads.store), CONTENT[::-1])
        assert await content_of(payloads.store) == CONTENT[::-1]

    # delete

    async def test_delete_removes_the_payload_once(self, payloads: PayloadStoreUnderTest) -> None:
        """True if it was removed by this call; afterwards it is not there, and takes no room."""
        stored = await put(payloads.store)
        assert await payloads.store.delete(stored)
        assert not await payloads.store.delete(stored)
        assert await payloads.store.find(TENANT, DIGEST) is None
        assert await payloads.backdoor.read(TENANT, DIGEST) is None
        assert list(await payloads.backdoor.everything()) == []

    async def test_delete_spares_what_was_renewed_since(self, payloads: PayloadStoreUnderTest) -> None:
        """Remove the payload if it still is of the generation seen: a writer that came meanwhile keeps it."""
        seen = await put(payloads.store)
        other = await payloads.reopen()
        renewed = await put(other)
        assert not await payloads.store.delete(seen)
        assert await content_of(payloads.store) == CONTENT
        assert await payloads.store.delete(renewed)

    async def test_of_two_who_delete_one_removes(self, payloads: PayloadStoreUnderTest) -> None:
        """The answer is True for one of them."""
        stored = await put(payloads.store)
        other = await payloads.reopen()
        assert sorted(await asyncio.gather(payloads.store.delete(stored), other.delete(stored))) == [False, True]

    # list

    async def test_a_list_is_in_the_order_of_the_digests(self, payloads: PayloadStoreUnderTest) -> None:
        """The tenant's payloads in the order of their digests, each as ``find`` gives it."""
        assert [payload async for payload in payloads.store.list(TENANT)] == []
        stored = [await put(payloads.store, b"%d" % number) for number in range(40)]
        listed = [payload async for payload in payloads.store.list(TENANT)]
        assert listed == sorted(stored, key=lambda payload: payload.digest)

    async def test_a_list_may_be_of_a_prefix(self, payloads: PayloadStoreUnderTest) -> None:
        """Whose digest begins with ``prefix``, however long it is."""
        everything = sorted([(await put(payloads.store, b"%d" % number)).digest for number in range(40)])
        for prefix in ("", "b", "blake3:", everything[7][:8], everything[7][:9], everything[7][:11], everything[7]):
            wanted = [digest for digest in everything if digest.startswith(prefix)]
            assert await digests(payloads.store, prefix=prefix) == wanted
        for prefix in ("sha256:", "blake3:g", everything[7] + "0", "*", "../"):
            assert await digests(payloads.store, prefix=prefix) == []

    async def test_a_list_may_leave_the_young_out(self, payloads: PayloadStoreUnderTest) -> None:
        """``older_than`` leaves out what was put or renewed since."""
        old, renewed = await put(payloads.store, b"old"), await put(payloads.store, b"renewed")
        await payloads.let_time_pass(60)
        young = await put(payloads.store, b"young")
        await put(payloads.store, b"renewed")
        found = [payload.digest async for payload in payloads.store.list(TENANT, older_than=young.renewed_at)]
        assert found == [old.digest]
        assert renewed.digest in await digests(payloads.store)

    async def test_a_list_survives_what_others_remove_meanwhile(self, payloads: PayloadStoreUnderTest) -> None:
        """Who sweeps while listing, or is swept under, sees the rest."""
        stored = [await put(payloads.store, b"%d" % number) for number in range(20)]
        seen = []
        async for payload in payloads.store.list(TENANT):
            seen.append(payload.digest)
            await payloads.store.delete(payload)
        assert seen == sorted(payload.digest for payload in stored)
        assert await digests(payloads.store) == []


def _length(source: ByteSource) -> int:
    with source.open() as reader:
        return sum(map(len, iter(lambda: reader.read(BLOCK), b"")))
