"""Claims on blobs and references to them, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.blob_references import CLAIMS_PAGE, BlobReferences


class MemoryBlobReferences(BlobReferences):
    """Reads and writes the claims of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def claim(self, claim: Claim) -> None:
        with self._records.lock:
            tenant = self._records.tenants.setdefault(claim.tenant_id, self._records.tenant(claim.tenant_id))
            tenant.blobs.claim(claim)

    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        with self._records.lock:
            self._records.tenant(tenant_id).blobs.abandon(frozenset(claim_ids))

    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        with self._records.lock:
            tenants = self._records.tenants if tenant_id is None else (tenant_id,)
            found = (
                claim for one in tenants for claim in self._records.tenant(one).blobs.abandoned(self._records.is_alive)
            )
            wanted = found if after is None else (claim for claim in found if _place(claim) > _place(after))
            return tuple(nsmallest(limit, wanted, key=_place))

    async def removable(self, tenant_id: str, digest: Digest) -> bool:
        with self._records.lock:
            return self._records.tenant(tenant_id).blobs.removable(digest, self._records.is_alive)

    async def settle(self, claim: Claim) -> None:
        with self._records.lock:
            self._records.tenant(claim.tenant_id).blobs.settle(claim, self._records.is_alive)


def _place(claim: Claim) -> tuple[str, str, str]:
    return claim.tenant_id, claim.digest, claim.claim_id
