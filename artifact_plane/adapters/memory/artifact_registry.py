"""The artifact registry in memory."""

from __future__ import annotations

from itertools import islice
from typing import Final

import attrs

from artifact_plane.adapters.memory.copies import artifact_copy
from artifact_plane.adapters.memory.cursors import cursor, place_of
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.records_artifacts import ArtifactLine
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt, no_such_artifact
from artifact_plane.ports.artifact_registry import ArtifactRegistry, RegisteredArtifact

_LIST: Final = "artifacts"


class MemoryArtifactRegistry(ArtifactRegistry):
    """Reads the artifacts of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def get(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = True
    ) -> RegisteredArtifact:
        with self._records.lock:
            line = self._records.tenant(tenant_id).artifacts.lines.get(artifact_id) or ArtifactLine()
            versions = list(line.shown())
            wanted = len(versions) if version is None else version
            if not 0 < wanted <= len(versions):
                raise no_such_artifact(artifact_id, version)
            kept = line.bodies.get(wanted) if body else None
            return RegisteredArtifact(artifact=artifact_copy(versions[wanted - 1]), body=kept)

    async def history(self, tenant_id: str, artifact_id: str) -> tuple[Artifact, ...]:
        with self._records.lock:
            line = self._records.tenant(tenant_id).artifacts.lines.get(artifact_id)
            return () if line is None else tuple(map(artifact_copy, line.shown()))

    async def find(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int, after: str | None = None
    ) -> ArtifactPage:
        before = place_of(_LIST, after)
        with self._records.lock:
            newest = self._records.tenant(tenant_id).artifacts.newest_first(before)
            found = list(islice((one for one in newest if _meets(one[1], criteria)), limit + 1))
            page = found[:limit]
            artifacts = tuple(artifact_copy(artifact) for _, artifact in page)
        more = page and len(found) > limit
        return ArtifactPage(artifacts=artifacts, next=cursor(_LIST, page[-1][0]) if more else None)

    async def matching(self, tenant_id: str, prefix: str, *, limit: int) -> tuple[str, ...]:
        with self._records.lock:
            return tuple(islice(self._records.tenant(tenant_id).artifacts.ids_from(prefix), limit))

    async def receipts(self, tenant_id: str, subject: str) -> tuple[Receipt, ...]:
        with self._records.lock:
            return tuple(self._records.tenant(tenant_id).artifacts.receipts.get(subject, ()))


_FIELDS: Final = tuple(field.name for field in attrs.fields(ArtifactFilter) if field.name != "label")


def _meets(artifact: Artifact, criteria: ArtifactFilter) -> bool:
    if criteria.label is not None and criteria.label not in artifact.labels:
        return False
    wanted = ((name, getattr(criteria, name)) for name in _FIELDS)
    return all(value is None or getattr(artifact, name) == value for name, value in wanted)
