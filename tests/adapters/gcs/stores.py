"""What the tests of the bucket's payload store share: a store over a bucket, and looks at what lies there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, Final

import attrs
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Bucket, Client  # type: ignore[import-untyped]  # it has no py.typed

from artifact_plane.adapters.codec.digests import DigestHasher
from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.adapters.system.ids import UuidIds
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import StoredPayload
from tests.contracts.sources import GeneratedSource, read_all
from tests.contracts.under_test import PayloadBackdoor

TENANT: Final = "acme"
PREFIX: Final = "plane/live"
OWN: Final = f"{PREFIX}/.conformance/"


def a_hasher() -> Hasher:
    """The configured digest."""
    return DigestHasher("blake3")


def a_store(settings: GcsSettings, clock: Clock | None = None) -> AbstractAsyncContextManager[GcsPayloadStore]:
    """A store over a bucket, not open yet."""
    return GcsPayloadStore.open(settings, hasher=a_hasher, clock=clock or SystemClock(), ids=UuidIds())


@attrs.frozen
class BucketBackdoor(PayloadBackdoor):
    """The bucket itself, through a client of our own."""

    settings: GcsSettings

    def bucket(self) -> Bucket:
        """The library's bucket."""
        options = {"api_endpoint": self.settings.endpoint}
        client = Client(project="p", credentials=AnonymousCredentials(), client_options=options)  # type: ignore[no-untyped-call]
        return client.bucket(self.settings.bucket)

    async def read(self, tenant_id: str, digest: Digest) -> bytes | None:
        name = f"{PREFIX}/{tenant_id}/{digest.replace(':', '/')}"
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> bytes | None:
        blob = self.bucket().get_blob(name, retry=None)
        return None if blob is None else bytes(blob.download_as_bytes(retry=None))

    async def write(self, stored: StoredPayload, data: bytes) -> None:
        await asyncio.to_thread(self._write, f"{PREFIX}/{stored.location}", data)

    def _write(self, name: str, data: bytes) -> None:
        blob = self.bucket().get_blob(name, retry=None)
        other = self.bucket().blob(name)
        other.metadata = blob.metadata
        other.upload_from_string(data, retry=None)

    async def everything(self) -> Sequence[str]:
        return await asyncio.to_thread(self._everything)

    def _everything(self) -> list[str]:
        return sorted(blob.name for blob in self.bucket().list_blobs(retry=None) if not blob.name.startswith(OWN))


async def unclaimed(digest: Digest) -> None:
    """A claim that nobody records."""


async def put(store: GcsPayloadStore, content: bytes | ByteSource, tenant_id: str = TENANT) -> StoredPayload:
    """Put the content, with a claim that nobody records."""
    source = BytesSource(content) if isinstance(content, bytes) else content
    return await store.put(tenant_id, source, unclaimed)


async def read(store: GcsPayloadStore, digest: Digest, start: int = 0, stop: int | None = None) -> bytes:
    """The bytes of a payload."""
    source = await store.source(TENANT, digest)
    return await asyncio.to_thread(read_all, source, start, stop)


@attrs.define
class TwoFaced(ByteSource):
    """Yields other bytes from its second opening on."""

    contents: Sequence[GeneratedSource]
    opened: int = 0

    @property
    def size(self) -> int | None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        self.opened += 1
        return self.contents[min(self.opened, len(self.contents)) - 1].open(start, stop)
