"""What fails, wherever it fails, leaves nothing: no payload, no litter; and the next call works."""

from __future__ import annotations

import errno
import io
import itertools
import os
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import BinaryIO, TypeVar

import attrs
import pytest

from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, NotFound, Unavailable
from artifact_plane.domain.model.rendering import ByteSource, Digest
from tests.adapters.filesystem.effects import FailingEffects
from tests.adapters.filesystem.stores import (
    REPOSITORY,
    TENANT,
    a_store,
    digest_of,
    files_below,
    put,
    read,
    scratch_files,
    visible_files,
)

T = TypeVar("T")
CONTENT = b"two chunks and a bit " * 110_000
DIGEST = digest_of(CONTENT)


async def fails(work: Awaitable[object]) -> bool:
    """Whether the work raises Unavailable."""
    try:
        await work
    except Unavailable:
        return True
    return False


async def delete(store: FilesystemPayloadStore) -> bool:
    """Delete the payload that is there."""
    stored = await store.find(TENANT, DIGEST)
    assert stored is not None
    return await store.delete(stored)


@pytest.mark.parametrize("answer_lost", [False, True])
async def test_a_put_that_fails_at_any_effect_leaves_nothing(tmp_path: Path, answer_lost: bool) -> None:
    """F05, F01: an error to the caller, nothing visible, no litter, and the next put works."""
    for number in itertools.count(1):
        root, effects = tmp_path / str(number), FailingEffects(answer_lost=answer_lost)
        async with a_store(root, effects=effects) as store:
            effects.arm(number)
            assert await fails(put(store, CONTENT)) == effects.fired
            assert len(visible_files(root)) == (0 if effects.fired else 1)
            assert scratch_files(root) == []
            finished = effects.disarmed()
            await put(store, CONTENT)
            assert await read(store, DIGEST) == CONTENT
        async with a_store(root):  # sweeps the folder that was made by a call whose answer was lost
            assert list(root.glob(".scratch/*")) == []
        if finished:
            break
    assert number > 12


@pytest.mark.parametrize("answer_lost", [False, True])
async def test_a_renewal_that_fails_at_any_effect_leaves_the_payload_as_it_was(
    tmp_path: Path, answer_lost: bool
) -> None:
    """The payload stays whole and visible; a scratch file that cannot be removed goes when the store is closed."""
    for number in itertools.count(1):
        root, effects = tmp_path / str(number), FailingEffects(answer_lost=answer_lost)
        async with a_store(root, effects=effects) as store:
            await put(store, CONTENT)
            effects.arm(number)
            failed = await fails(put(store, CONTENT))
            assert failed == (effects.failed not in (None, "unlink"))
            finished = effects.disarmed()
            assert await read(store, DIGEST) == CONTENT
            assert len(visible_files(root)) == 1
        assert len(files_below(root)) == 1
        if finished:
            break
    assert number > 5


@pytest.mark.parametrize("answer_lost", [False, True])
async def test_a_delete_that_fails_can_be_repeated(tmp_path: Path, answer_lost: bool) -> None:
    """It raises; whether it was done after all, the next one tells."""
    for number in itertools.count(1):
        root, effects = tmp_path / str(number), FailingEffects(errno.EIO, answer_lost=answer_lost)
        async with a_store(root, effects=effects) as store:
            stored = await put(store, CONTENT)
            effects.arm(number)
            assert await fails(store.delete(stored)) == effects.fired
            finished = effects.disarmed()
            assert await store.delete(stored) == (number == 1 and not answer_lost)
            assert visible_files(root) == []
        if finished:
            break
    assert number == 3


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        (errno.ENOSPC, False),
        (errno.EDQUOT, False),
        (errno.EROFS, False),
        (errno.EACCES, False),
        (errno.ENOTDIR, False),
        (errno.EXDEV, False),
        (errno.EIO, True),
        (errno.EMFILE, True),
    ],
)
async def test_a_refusal_says_where_and_what_to_do(tmp_path: Path, code: int, retryable: bool) -> None:
    """Unavailable names the place and a remedy, knows whether to try again, and keeps the cause."""
    effects = FailingEffects(code)
    async with a_store(tmp_path / "payloads", effects=effects) as store:
        effects.arm(1)
        with pytest.raises(Unavailable) as caught:
            await put(store, CONTENT)
    assert str(tmp_path) in (caught.value.where or "")
    assert os.strerror(code) in caught.value.message
    assert caught.value.remedy
    assert caught.value.retryable is retryable
    assert isinstance(caught.value.__cause__, OSError)


LIMITED = """
import asyncio, pathlib, resource, sys
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.filesystem.stores import a_store, files_below, put

async def main(root):
    async with a_store(root) as store:
        await put(store, b"small")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        try:
            await put(store, bytes(4_000_000))
        except Unavailable as error:
            assert not error.retryable
            assert len(files_below(root)) == 1
        else:
            raise AssertionError("the limit has no effect")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await put(store, bytes(4_000_000))
        assert len(files_below(root)) == 2

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


def test_a_file_system_that_takes_no_more_is_an_error_and_no_litter(tmp_path: Path) -> None:
    """F05 with the kernel's own refusal in the middle of a file; with room again, the next put works."""
    subprocess.run([sys.executable, "-c", LIMITED, tmp_path], cwd=REPOSITORY, check=True)


# Other people's sources, and misuse


@attrs.frozen
class RaisingSource(ByteSource):
    """Raises what it was given, in the middle."""

    error: Exception

    @property
    def size(self) -> None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return _RaisingReader(self.error)


class _RaisingReader(io.BytesIO):
    def __init__(self, error: Exception) -> None:
        super().__init__(CONTENT)
        self._error = error

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        if self.tell():
            raise self._error
        return super().readinto(buffer)


@pytest.mark.parametrize("error", [Damaged("bytes do not match"), ValueError("somebody else's bug")])
async def test_what_a_source_raises_passes_through_and_leaves_nothing(tmp_path: Path, error: Exception) -> None:
    """The plane's own errors and bugs of others stay what they are."""
    async with a_store(tmp_path) as store:
        with pytest.raises(type(error)) as caught:
            await put(store, RaisingSource(error))
        assert caught.value is error
        assert files_below(tmp_path) == []


async def test_a_payload_that_is_cut_while_it_is_read_is_damage_and_not_an_end(tmp_path: Path) -> None:
    """A source knows how many bytes there must be."""
    async with a_store(tmp_path) as store:
        stored = await put(store, CONTENT)
        source = await store.source(TENANT, stored.digest)
        with source.open() as reader:
            reader.read(10)
            os.truncate(tmp_path / stored.location, 500_000)
            with pytest.raises(Damaged):
                reader.read()
        with pytest.raises(Damaged):
            source.open()
        (tmp_path / stored.location).unlink()
        with pytest.raises(NotFound):
            source.open()


async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    """Before and after its time: Unavailable, never a wrong answer."""
    store = a_store(tmp_path)
    with pytest.raises(Unavailable, match="not open"):
        await store.find(TENANT, DIGEST)
    async with store:
        await put(store, CONTENT)
        source = await store.source(TENANT, DIGEST)
    for work in (store.find(TENANT, DIGEST), put(store, CONTENT)):
        with pytest.raises(Unavailable, match="not open"):
            await work
    with pytest.raises(Unavailable, match="closed"):
        source.open()


async def test_reading_makes_no_folder(tmp_path: Path) -> None:
    """Who only looks at a home that is absent leaves it absent."""
    root = tmp_path / "absent" / "payloads"
    async with a_store(root) as store:
        assert await store.find(TENANT, DIGEST) is None
        assert [payload async for payload in store.list(TENANT)] == []
    assert not root.parent.exists()


@pytest.mark.parametrize("tenant", ["", "../up", "a/b", "a:b", "a\0b", ".hidden", "x" * 129])
async def test_a_tenant_that_is_no_id_reaches_no_file(tmp_path: Path, tenant: str) -> None:
    """A01: refused before any path is made of it."""
    root = tmp_path / "payloads"
    async with a_store(root) as store:
        with pytest.raises(ArtifactPlaneError, match="not a valid tenant id"):
            await put(store, CONTENT, tenant)
        with pytest.raises(ArtifactPlaneError, match="not a valid tenant id"):
            await store.find(tenant, Digest(DIGEST))
    assert not root.exists()
