"""The payload store in memory."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final

import attrs

from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload

_BLOCK: Final = 1024 * 1024


@attrs.frozen(kw_only=True)
class Kept:
    """A payload and its bytes."""

    payload: StoredPayload
    data: bytes = attrs.field(repr=False)


class MemoryPayloadStore(PayloadStore):
    """Keeps bytes by tenant and digest. Sources are read and hashed in threads; any number of puts may run at once."""

    def __init__(self, hasher: Callable[[], Hasher], clock: Clock) -> None:
        """``hasher`` makes a new hasher, as ``Codec.hasher`` does; ``clock`` gives payloads their age."""
        self._hasher: Final = hasher
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._generations: Final = itertools.count(1)
        self.kept: Final[dict[tuple[str, Digest], Kept]] = {}

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        data, digest = await asyncio.to_thread(self._read, source)
        await claim(digest)
        with self._lock:
            kept = self._renewed(tenant_id, digest, data)
            self.kept[tenant_id, digest] = kept
            return kept.payload

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        kept = self.kept.get((tenant_id, digest))
        return None if kept is None else kept.payload

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        kept = self.kept.get((tenant_id, digest))
        if kept is None:
            raise NotFound(f"there is no payload {printable(digest, 80)}", remedy="it was dropped or never kept")
        return BytesSource(kept.data)

    async def delete(self, payload: StoredPayload) -> bool:
        with self._lock:
            kept = self.kept.get((payload.tenant_id, payload.digest))
            if kept is None or kept.payload.generation != payload.generation:
                return False
            del self.kept[payload.tenant_id, payload.digest]
            return True

    async def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        with self._lock:
            of_tenant = [kept.payload for kept in self.kept.values() if kept.payload.tenant_id == tenant_id]
        for payload in sorted(of_tenant, key=lambda one: one.digest):
            old = older_than is None or payload.renewed_at < older_than
            if old and payload.digest.startswith(prefix):
                yield payload

    def _renewed(self, tenant_id: str, digest: Digest, data: bytes) -> Kept:
        payload = StoredPayload(
            tenant_id=tenant_id,
            digest=digest,
            size=len(data),
            location=f"memory:{tenant_id}/{digest}",
            generation=str(next(self._generations)),
            renewed_at=self._clock.now(),
        )
        return Kept(payload=payload, data=data)

    def _read(self, source: ByteSource) -> tuple[bytes, Digest]:
        hasher = self._hasher()
        data = bytearray()
        try:
            with source.open() as reader:
                while block := reader.read(_BLOCK):
                    hasher.update(block)
                    data += block
        except OSError as error:
            raise InvalidInput(
                f"the source cannot be read ({error.strerror or type(error).__name__})",
                where="payload",
                remedy="check that the file is there, plain and readable",
            ) from error
        if source.size is not None and source.size != len(data):
            raise InvalidInput(
                f"the source had {source.size} bytes when it was opened and {len(data)} when it was read",
                where="payload",
                remedy="leave the file alone while it is read, and try again",
            )
        return bytes(data), hasher.digest()
