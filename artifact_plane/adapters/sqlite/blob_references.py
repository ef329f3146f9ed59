"""SqliteBlobReferences: claims and references in the record store's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.holders import Holders
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.adapters.sqlite.tenants import NOBODY, Tenants
from artifact_plane.adapters.sqlite.writer import Writer
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.blob_references import CLAIMS_PAGE, BlobReferences

_LAST_TENANT: Final = 2**62
"""After every tenant's number."""


class SqliteBlobReferences(BlobReferences):
    """Who refers to a blob, and who is about to."""

    def __init__(self, database: Database, writer: Writer, tenants: Tenants, holders: Holders) -> None:
        self._database: Final = database
        self._writer: Final = writer
        self._tenants: Final = tenants
        self._holders: Final = holders

    async def claim(self, claim: Claim) -> None:
        def add(draft: Draft) -> None:
            tenant = draft.known.tenant(claim.tenant_id)
            draft.now("add_claim", tenant, claim.digest, claim.claim_id, claim.holder)

        await self._writer.write(add)

    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        def give_up(draft: Draft) -> None:
            tenant = draft.known.tenant(tenant_id)
            for claim_id in claim_ids:
                draft.now("abandon_claim", tenant, claim_id)

        await self._writer.write(give_up)

    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        def question(connection: apsw.Connection) -> tuple[Claim, ...]:
            first, last = NOBODY, _LAST_TENANT
            if tenant_id is not None:
                first = last = self._tenants.number(connection, tenant_id)
            begin = (first, "", "")
            if after is not None:
                begin = (self._tenants.number(connection, after.tenant_id), after.digest, after.claim_id)
            return tuple(islice(self._abandoned(connection, begin, last, limit), limit))

        return await self._database.read_apart(question)

    def _abandoned(
        self, connection: apsw.Connection, begin: tuple[int, str, str], last_tenant: int, at_once: int
    ) -> Iterator[Claim]:
        """The abandoned claims after ``begin``, among all of which so many are fetched at once."""
        while rows := select(connection, "claims_after", *begin, last_tenant, at_once):
            for tenant, tenant_id, digest, claim_id, holder, abandoned in rows:
                begin = tenant, digest, claim_id
                if abandoned or not self._holders.is_alive(holder):
                    yield Claim(tenant_id=tenant_id, digest=Digest(digest), claim_id=claim_id, holder=holder)
            if len(rows) < at_once:
                return

    async def removable(self, tenant_id: str, digest: Digest) -> bool:
        def question(connection: apsw.Connection) -> list[Row]:
            tenant = self._tenants.number(connection, tenant_id)
            return select(connection, "ties", tenant, digest)

        ties = await self._database.read(question)
        return not any(holder is None or self._holders.is_alive(holder) for (holder,) in ties)

    async def settle(self, claim: Claim) -> None:
        def forget(draft: Draft) -> None:
            key = draft.known.tenant(claim.tenant_id), claim.digest, claim.claim_id
            for holder, abandoned in draft.now("claim", *key):
                if abandoned or not self._holders.is_alive(holder):
                    draft.now("settle_claim", *key)

        await self._writer.write(forget)
