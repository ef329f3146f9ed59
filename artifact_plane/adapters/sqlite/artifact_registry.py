"""SqliteArtifactRegistry: point reads on the event loop, long lists in a thread of their own."""

from __future__ import annotations

from typing import Final

import apsw

from artifact_plane.adapters.codec.records import receipt_of
from artifact_plane.adapters.codec.tables import RECORD_KINDS, json_of
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.listing import listed
from artifact_plane.adapters.sqlite.rows import artifacts_of
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt, no_such_artifact
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.ports.artifact_registry import ArtifactRegistry, RegisteredArtifact

SHORT: Final = 100
"""How many rows are read on the event loop at most."""

_BEYOND: Final = "\U0010ffff"
_LARGEST: Final = 2**63 - 1


class SqliteArtifactRegistry(ArtifactRegistry):
    """The records of artifacts in the record store's file."""

    def __init__(self, database: Database, tenants: Tenants) -> None:
        self._database: Final = database
        self._tenants: Final = tenants

    async def get(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = True
    ) -> RegisteredArtifact:
        which = () if version is None else (max(min(version, _LARGEST), 0),)
        name = f"{'named' if which else 'current'}_{'version' if body else 'record'}"
        rows = await self._database.read(self._tenants.question(name, tenant_id, artifact_id, *which))
        if not rows:
            raise no_such_artifact(artifact_id, version)
        (artifact,) = artifacts_of([rows[0][1:]], tenant_id)
        return RegisteredArtifact(artifact=artifact, body=rows[0][0])

    async def history(self, tenant_id: str, artifact_id: str) -> tuple[Artifact, ...]:
        rows = await self._database.read_apart(self._tenants.question("history", tenant_id, artifact_id))
        return artifacts_of(rows, tenant_id)

    async def find(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int, after: str | None = None
    ) -> ArtifactPage:
        listing = listed(criteria, limit, after)

        def question(connection: apsw.Connection) -> ArtifactPage:
            rows, cursor = listing.answer(connection, self._tenants.number(connection, tenant_id))
            return ArtifactPage(artifacts=artifacts_of(rows, tenant_id), next=cursor)

        short = limit <= SHORT and not listing.sifts
        return await (self._database.read(question) if short else self._database.read_apart(question))

    async def matching(self, tenant_id: str, prefix: str, *, limit: int) -> tuple[str, ...]:
        question = self._tenants.question("matching_ids", tenant_id, prefix, prefix + _BEYOND, limit)
        rows = await self._database.read_apart(question)
        return tuple([artifact_id for (artifact_id,) in rows])

    async def receipts(self, tenant_id: str, subject: str) -> tuple[Receipt, ...]:
        kind = RECORD_KINDS[RecordKind.GOVERNANCE_DECISION]
        rows = await self._database.read(self._tenants.question("journal_about", tenant_id, kind, subject, tenant_id))
        return tuple([receipt_of(json_of(row[5], "receipt")) for row in rows])
