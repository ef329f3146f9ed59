"""What the tests of the payload store share: a store over a folder, and looks at what lies there."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs
from blake3 import blake3

from artifact_plane.adapters.filesystem.durable import FileEffects
from artifact_plane.adapters.filesystem.durable_names import tenant_folder
from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import StoredPayload
from tests.contracts.under_test import PayloadBackdoor

REPOSITORY: Final = Path(__file__).parents[3]
TENANT: Final = "acme"


class Blake3Hasher(Hasher):
    """The configured digest."""

    def __init__(self) -> None:
        self._hash = blake3()

    def update(self, data: bytes | memoryview) -> None:
        self._hash.update(data)

    def digest(self) -> Digest:
        return Digest(f"blake3:{self._hash.hexdigest()}")


class WallClock(Clock):
    """The time of day, for processes that must agree on it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@attrs.frozen
class FileBackdoor(PayloadBackdoor):
    """The files themselves."""

    root: Path

    async def read(self, tenant_id: str, digest: Digest) -> bytes | None:
        algorithm, _, digits = digest.partition(":")
        path = self.root / tenant_folder(tenant_id) / algorithm / digits[:2] / digits
        return path.read_bytes() if path.exists() else None

    async def write(self, stored: StoredPayload, data: bytes) -> None:
        path = self.root / stored.location
        state = path.stat()
        path.write_bytes(data)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))  # damage does not say so: the generation stays

    async def everything(self) -> Sequence[str]:
        return [str(path) for path in files_below(self.root)]


def digest_of(data: bytes) -> Digest:
    """The content address of ``data``."""
    return Digest(f"blake3:{blake3(data).hexdigest()}")


def a_store(root: Path, *, clock: Clock | None = None, effects: FileEffects | None = None) -> FilesystemPayloadStore:
    """A store over ``root``, not open yet."""
    return FilesystemPayloadStore(
        root, hasher=Blake3Hasher, clock=WallClock() if clock is None else clock, effects=effects
    )


async def unclaimed(digest: Digest) -> None:
    """A claim that nobody records."""


async def put(store: FilesystemPayloadStore, content: bytes | ByteSource, tenant_id: str = TENANT) -> StoredPayload:
    """Put the content, with a claim that nobody records."""
    source = BytesSource(content) if isinstance(content, bytes) else content
    return await store.put(tenant_id, source, unclaimed)


async def read(store: FilesystemPayloadStore, digest: Digest, tenant_id: str = TENANT) -> bytes:
    """All bytes of a payload."""
    source = await store.source(tenant_id, digest)
    with source.open() as reader:
        return reader.read()


async def digests(payloads: AsyncIterator[StoredPayload]) -> list[Digest]:
    """The digests of a list."""
    return [payload.digest async for payload in payloads]


def files_below(root: Path) -> list[Path]:
    """Everything below ``root`` that is no folder, sorted; links are not followed."""
    return sorted(path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def chance(seed: int) -> random.Random:
    """The same chances in every run."""
    return random.Random(seed)  # noqa: S311 - nothing here is a secret


def visible_files(root: Path) -> list[Path]:
    """The payload files: everything outside scratch."""
    return [path for path in files_below(root) if ".scratch" not in path.parts]


def scratch_files(root: Path) -> list[Path]:
    """What lies in scratch."""
    return [path for path in files_below(root) if ".scratch" in path.parts]


def broken(paths: Iterable[Path]) -> list[Path]:
    """Those payload files whose bytes are not what their name says."""
    return [path for path in paths if blake3(path.read_bytes()).hexdigest() != path.name]
