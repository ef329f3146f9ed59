"""Putting payloads under a claim, and sweeping those that nobody refers to (law 12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, TypeAlias

from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, Unavailable
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.domain.use_cases.pages import pages_of
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.blob_references import CLAIMS_PAGE, BlobReferences
from artifact_plane.ports.clock import IdSource
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload

Trouble: TypeAlias = Damaged | Unavailable
"""What may be wrong with a payload that was left behind."""

SWEPT_AT_ONCE: Final = 4
"""So many payloads are looked at and removed at a time."""


class Blobs:
    """Payloads and the record store's references to them, used together in the one order that is safe.

    A writer claims, puts, and commits a reference. A sweeper looks at the generation, then asks for references
    and claims, then deletes that generation: a writer that came in between has renewed it.
    """

    def __init__(self, payloads: PayloadStore, references: BlobReferences, ids: IdSource, holder: str) -> None:
        self._payloads = payloads
        self._references = references
        self._ids = ids
        self._holder = holder
        self._due = False
        self._sweeping: asyncio.Task[Trouble | None] | None = None

    async def put(self, tenant_id: str, source: ByteSource, claims: list[str]) -> StoredPayload:
        """Store ``source``; the ids of the claims made are added to ``claims``, also when it fails.

        Raises as ``PayloadStore.put`` and ``BlobReferences.claim``.
        """

        async def claim(digest: Digest) -> None:
            claim_id = self._ids.new_id()
            claims.append(claim_id)
            await self._references.claim(
                Claim(tenant_id=tenant_id, digest=digest, claim_id=claim_id, holder=self._holder)
            )

        return await self._payloads.put(tenant_id, source, claim)

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        """The payload's bytes, not yet verified. Raises NotFound."""
        return await self._payloads.source(tenant_id, digest)

    @asynccontextmanager
    async def claiming(self, tenant_id: str) -> AsyncIterator[list[str]]:
        """A list for the claims of one change; when the block fails, what was put under them is given up."""
        self._begin_sweeping()
        claims: list[str] = []
        done = False
        try:
            yield claims
            done = True
        finally:
            if claims and not done:
                await self._give_up(tenant_id, claims)

    async def _give_up(self, tenant_id: str, claims: list[str]) -> None:
        # The failure that brings us here is what the caller has to hear. Claims that cannot be given up now are
        # abandoned when this process ends.
        with suppress(ArtifactPlaneError):
            await self._references.abandon(tenant_id, claims)
            await self.sweep(tenant_id)

    @asynccontextmanager
    async def sweeping(self, patience: float) -> AsyncIterator[None]:
        """For the life of a process: its first change has what dead writers left swept, in the background.

        A process that only reads sweeps nothing. At the end a sweep that is under way has ``patience`` seconds, and
        leaves the rest to another process; that it failed is no news, for its claims are still there.
        """
        self._due = True
        try:
            yield
        finally:
            self._due = False
            if self._sweeping is not None:
                await asyncio.wait([self._sweeping], timeout=patience)
                self._sweeping.cancel()
                await asyncio.gather(self._sweeping, return_exceptions=True)

    def _begin_sweeping(self) -> None:
        if self._due:
            self._due = False
            self._sweeping = asyncio.create_task(self.sweep())

    async def sweep(self, tenant_id: str | None = None) -> Trouble | None:
        """Remove the payloads that dead or done-with claims left behind; what was wrong with the first that stayed.

        Best effort: what stays keeps its claim, and the next sweep tries it again. A store that is away ends this
        one, which is no trouble; a payload that cannot be looked at or removed keeps no other from being swept.
        """
        troubles: list[Trouble] = []
        with suppress(Unavailable):
            async for claims in pages_of(partial(self._abandoned, tenant_id), CLAIMS_PAGE):
                waiting = iter(claims)
                await together(self._sweeper(waiting, troubles) for _ in claims[:SWEPT_AT_ONCE])
        return troubles[0] if troubles else None

    async def _abandoned(self, tenant_id: str | None, after: Claim | None) -> Sequence[Claim]:
        return await self._references.abandoned(tenant_id, limit=CLAIMS_PAGE, after=after)

    async def _sweeper(self, waiting: Iterator[Claim], troubles: list[Trouble]) -> None:
        for claim in waiting:
            try:
                await self._sweep_one(claim)
            except (Damaged, Unavailable) as error:
                if isinstance(error, Unavailable) and error.retryable:
                    raise
                troubles[:] = troubles or [error]

    async def _sweep_one(self, claim: Claim) -> None:
        payload = await self._payloads.find(claim.tenant_id, claim.digest)
        if payload is not None and await self._references.removable(claim.tenant_id, claim.digest):
            await self._payloads.delete(payload)
        await self._references.settle(claim)
