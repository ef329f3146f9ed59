"""PayloadStore: payload bytes by tenant and content digest; create-only (laws 12, 15, 16)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

import attrs

from artifact_plane.domain.model.rendering import ByteSource, Digest

Claimer: TypeAlias = Callable[[Digest], Awaitable[None]]


@attrs.frozen(kw_only=True)
class StoredPayload:
    """A payload as it lies in the store. ``generation`` changes whenever the payload is put or renewed."""

    tenant_id: str
    digest: Digest
    size: int
    location: str
    generation: str
    renewed_at: datetime


class PayloadStore(ABC):
    """Tenant first: equal bytes of two tenants are two payloads."""

    @abstractmethod
    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        """Store the bytes of ``source`` under their digest, streamed in bounded memory.

        ``claim`` is awaited with the digest before the payload becomes visible. Durable when it returns.
        Create-only: where the digest exists already and is intact, nothing is written again, its age is renewed,
        and the answer is the same; a damaged one is replaced. A failure leaves nothing visible and no litter.

        Raises:
            Unavailable: the store is full, away or may not be written (whatever ``claim`` raises passes through).
            InvalidInput: ``source`` cannot be read, or is not what it was when it was opened first.
        """

    @abstractmethod
    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        """What is stored under the digest, or None."""

    @abstractmethod
    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        """A byte source over the payload (ranges included); not verified: who reads to the end compares the digest.

        Raises:
            NotFound: there is none for this tenant.
        """

    @abstractmethod
    async def delete(self, payload: StoredPayload) -> bool:
        """Remove the payload if it still is of the generation seen; True if it was removed by this call."""

    @abstractmethod
    def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        """The tenant's payloads whose digest begins with ``prefix``, in the order of their digests.

        ``older_than`` leaves out what was put or renewed since. Payloads that are not yet visible never appear.
        """
