"""PostgresArtifactRegistry: every question is one statement, which is one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from artifact_plane.adapters.codec.paging import cursor_of
from artifact_plane.adapters.codec.records import receipt_of
from artifact_plane.adapters.codec.tables import RECORD_KINDS, json_of
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.listing import listed
from artifact_plane.adapters.postgres.pages import page
from artifact_plane.adapters.postgres.rows import answerable, artifacts_of
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt, no_such_artifact
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.ports.artifact_registry import ArtifactRegistry, RegisteredArtifact

_BEYOND: Final = "\U0010ffff"
_LARGEST: Final = 2**63 - 1
_BODY: Final = 10
_SEQUENCE: Final = 10
"""The column after an artifact's own, in point reads and in lists."""


class PostgresArtifactRegistry(ArtifactRegistry):
    """The records of artifacts in the database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def get(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = True
    ) -> RegisteredArtifact:
        which = () if version is None else (max(min(version, _LARGEST), 0),)
        name = f"{'named' if which else 'current'}_{'version' if body else 'record'}"
        rows = await self._database.rows(name, tenant_id, artifact_id, *which) if answerable(artifact_id) else []
        if not rows:
            raise no_such_artifact(artifact_id, version)
        (artifact,) = artifacts_of(rows, tenant_id)
        return RegisteredArtifact(artifact=artifact, body=rows[0][_BODY])

    async def current(self, tenant_id: str, artifact_ids: Sequence[str]) -> tuple[Artifact, ...]:
        wanted = list(dict.fromkeys(artifact_ids))
        rows = await self._database.rows("current_records", tenant_id, wanted) if wanted and answerable(*wanted) else []
        found = {artifact.artifact_id: artifact for artifact in artifacts_of(rows, tenant_id)}
        for one in wanted:
            if one not in found:
                raise no_such_artifact(one)
        return tuple([found[one] for one in artifact_ids])

    async def history(self, tenant_id: str, artifact_id: str) -> tuple[Artifact, ...]:
        if not answerable(artifact_id):
            return ()
        return artifacts_of(await self._database.rows("history", tenant_id, artifact_id), tenant_id)

    async def find(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int, after: str | None = None
    ) -> ArtifactPage:
        listing = listed(criteria, limit, after)
        if not answerable(*[value for value in listing.values if isinstance(value, str)]):
            return ArtifactPage(artifacts=())
        rows = await page(self._database, listing.statement, limit + 1, tenant_id, *listing.values)
        cursor = cursor_of("a", rows[limit - 1][_SEQUENCE]) if len(rows) > limit else None
        return ArtifactPage(artifacts=artifacts_of(rows[:limit], tenant_id), next=cursor)

    async def matching(self, tenant_id: str, prefix: str, *, limit: int) -> tuple[str, ...]:
        if not answerable(prefix):
            return ()
        rows = await self._database.rows("matching_ids", tenant_id, prefix, prefix + _BEYOND, limit)
        return tuple([artifact_id for (artifact_id,) in rows])

    async def receipts(self, tenant_id: str, subject: str) -> tuple[Receipt, ...]:
        if not answerable(subject):
            return ()
        kind = RECORD_KINDS[RecordKind.GOVERNANCE_DECISION]
        rows = await self._database.rows("journal_about", tenant_id, kind, subject)
        return tuple([receipt_of(json_of(row["body"], "receipt")) for row in rows])
