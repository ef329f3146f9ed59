"""PostgresBlobReferences: claims and references in the database; who claims is alive as long as its lease lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from artifact_plane.adapters.postgres.database import Database, giving_way
from artifact_plane.adapters.postgres.rows import answerable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.blob_references import CLAIMS_PAGE, BlobReferences

_FORGOTTEN: Final = 1_000
"""How many claims that were swept long ago one sweep forgets at most: more than it is likely to leave."""


class PostgresBlobReferences(BlobReferences):
    """Who refers to a blob, and who is about to."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def claim(self, claim: Claim) -> None:
        await self._database.rows("add_claim", claim.tenant_id, claim.digest, claim.claim_id, claim.holder)

    @giving_way
    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        known = [claim_id for claim_id in claim_ids if answerable(claim_id)]
        if known:
            async with self._database.tenant(tenant_id) as connection:
                await connection.execute(statement("abandon_claims"), tenant_id, known)

    @giving_way
    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        last = ("", "", "") if after is None else (after.tenant_id, after.digest, after.claim_id)
        async with self._database.everyone() as connection:
            # Every sweep begins here, and nothing but sweeps leaves claims to be remembered.
            await connection.execute(statement("forget_swept"), _FORGOTTEN)
            rows = [] if tenant_id is not None else await connection.fetch(statement("abandoned"), *last, limit)
        if tenant_id is not None:
            rows = await self._database.rows("abandoned_of_tenant", tenant_id, *last[1:], limit)
        return tuple(
            [
                Claim(tenant_id=tenant, digest=Digest(digest), claim_id=claim_id, holder=holder)
                for tenant, digest, claim_id, holder in rows
            ]
        )

    @giving_way
    async def removable(self, tenant_id: str, digest: Digest) -> bool:
        """Whether nothing refers to the blob and nobody alive claims it.

        Where the answer is yes, the claims of the dead on it are taken: a holder whose lease ran out although it
        lives gets Conflict when it commits.
        """
        async with self._database.tenant(tenant_id) as connection:
            # First the claims, under lock, then the references, as they are once nobody can turn the former into
            # the latter any more.
            await connection.execute("SAVEPOINT taken")
            await connection.execute(statement("take_claims"), tenant_id, digest)
            if await connection.fetch(statement("ties"), tenant_id, digest):
                await connection.execute("ROLLBACK TO SAVEPOINT taken")
                return False
            return True

    @giving_way
    async def settle(self, claim: Claim) -> None:
        """Forget an abandoned claim: its blob was swept, or is referred to.

        Unknown claims have no effect. What is taken from a dead holder is remembered apart from the claims: without
        its claim the holder must not refer to the blob any more, should it come back.
        """
        key = claim.tenant_id, claim.digest, claim.claim_id
        async with self._database.tenant(claim.tenant_id) as connection:
            await connection.execute(statement("take_claim"), *key)
            await connection.execute(statement("settle_claim"), *key)
