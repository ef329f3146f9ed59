"""The payload store in files keeps its port's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifact_plane.adapters.filesystem.durable_names import tenant_folder, tenant_of
from artifact_plane.domain.model.identity import IDENTIFIER
from artifact_plane.domain.model.rendering import BytesSource, Digest
from artifact_plane.ports.payload_store import PayloadStore
from tests.adapters.filesystem.effects import WatchedEffects
from tests.adapters.filesystem.stores import TENANT, FileBackdoor, a_store, digests, put, read
from tests.contracts.payload_store import PayloadStoreContract
from tests.contracts.under_test import PayloadStoreUnderTest
from tests.doubles.clock import SettableClock


class TestFilesystemPayloadStore(PayloadStoreContract):
    """The port's suite, over a folder of this test."""

    @pytest.fixture
    async def payloads(self, tmp_path: Path) -> AsyncIterator[PayloadStoreUnderTest]:
        """A store that has no folder yet, and further ones on the same folder."""
        clock = SettableClock()
        root = tmp_path / "home" / "payloads"
        async with AsyncExitStack() as stores:

            async def reopen() -> PayloadStore:
                return await stores.enter_async_context(a_store(root, clock=clock))

            async def let_time_pass(seconds: float) -> None:
                clock.advance(seconds)

            yield PayloadStoreUnderTest(
                store=await reopen(), reopen=reopen, let_time_pass=let_time_pass, backdoor=FileBackdoor(root)
            )


@given(st.from_regex(IDENTIFIER, fullmatch=True))
@example("A" * 128)
@example("aB" * 64)
def test_a_tenants_folder_can_be_read_backwards(tenant: str) -> None:
    """The name tells the tenant, fits into a file name, and differs in more than case from every other tenant's."""
    folder = tenant_folder(tenant)
    assert tenant_of(folder) == tenant
    assert len(folder) <= 255
    assert folder == folder.lower()


async def test_the_order_of_effects_is_what_makes_a_put_durable(tmp_path: Path) -> None:
    """Content before name, name before answer: and each folder on the way is durable before what lies in it."""
    effects = WatchedEffects()
    async with a_store(tmp_path / "payloads", effects=effects) as store:
        await put(store, b"first")
        first, effects.done = effects.done, []
        await put(store, b"first")
        renewal, effects.done = effects.done, []
    made = ["make_folder", "sync_folder"]
    scratch = ["make_folder", "make_folder"]
    copied = ["create", "write", "stamp", "sync_file"]
    assert first == [*made, *scratch, *copied, *made, *made, *made, "rename", "sync_folder"]
    assert renewal == ["create", "write", "stamp", "sync_file", "sync_folder", "unlink"]


async def test_a_folder_that_another_process_made_is_made_durable_too(tmp_path: Path) -> None:
    """It may have died, or lose power, before it did so itself; once for each store and folder is enough."""
    async with a_store(tmp_path) as store:
        await put(store, b"first")
    effects = WatchedEffects()
    async with a_store(tmp_path, effects=effects) as store:
        await put(store, b"first")
        assert effects.done.count("sync_folder") == 4
        await put(store, b"first")
        assert effects.done.count("sync_folder") == 5


async def test_what_is_there_already_is_not_synced_again_as_a_whole(tmp_path: Path) -> None:
    """A second put of a large payload costs reading it and no more: its copy never reaches the disk."""
    async with a_store(tmp_path, effects=(effects := WatchedEffects())) as store:
        await put(store, b"first")
        inode = (tmp_path / (await put(store, b"first")).location).stat().st_ino
        effects.done.clear()
        stored = await put(store, b"first")
        assert "rename" not in effects.done
        assert (tmp_path / stored.location).stat().st_ino == inode


async def test_a_payload_that_goes_while_it_is_put_again_is_stored(tmp_path: Path) -> None:
    """It was there when the copy was made, and is swept before it could be renewed: the copy takes its place."""
    async with a_store(tmp_path) as store:
        stored = await put(store, b"first")

        async def sweep(digest: Digest) -> None:
            assert await store.delete(stored)

        again = await store.put(TENANT, BytesSource(b"first"), sweep)
        assert await store.find(TENANT, again.digest) == again
        assert await read(store, again.digest) == b"first"


async def test_a_clock_that_was_set_back_still_gives_new_generations(tmp_path: Path) -> None:
    """The age does not go back, and what was seen before is not removed."""
    clock = SettableClock()
    async with a_store(tmp_path, clock=clock) as store:
        first = await put(store, b"first")
        clock.advance(-3600)
        second = await put(store, b"first")
        assert second.renewed_at == first.renewed_at
        assert not await store.delete(first)
        assert await store.delete(second)


async def test_what_others_put_into_the_folders_is_not_listed(tmp_path: Path) -> None:
    """Names that are no digests are somebody else's; they are left alone."""
    async with a_store(tmp_path) as store:
        stored = await put(store, b"first")
        shard = (tmp_path / stored.location).parent
        for place in (shard / ".DS_Store", shard.parent / "zz", shard.parent.parent / "Notes.txt", tmp_path / "README"):
            place.write_text("mine")
        (shard / ("0" * 64 if shard.name != "00" else "1" * 64)).write_text("in the wrong shard")
        assert await digests(store.list(TENANT)) == [stored.digest]


async def test_a_list_reads_as_far_as_it_is_asked(tmp_path: Path) -> None:
    """In batches, off the event loop: more payloads than one batch holds, in order."""
    async with a_store(tmp_path) as store:
        first = await put(store, b"first")
        shard = (tmp_path / first.location).parent
        names = sorted(f"{shard.name}{number:062x}" for number in range(1200))
        for name in names:
            (shard / name).touch()
        expected = sorted([*names, first.digest.partition(":")[2]])
        assert await digests(store.list(TENANT)) == [f"blake3:{name}" for name in expected]
