"""ArtifactRegistry: reads the records of artifacts (000, step 2). Writing them is the ledger's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt


@attrs.frozen(kw_only=True)
class RegisteredArtifact:
    """A record, and the canonical bytes of its meaning where they are kept inline."""

    artifact: Artifact
    body: bytes | None = attrs.field(default=None, repr=False)


class ArtifactRegistry(ABC):
    """Tenant first, always: another tenant's artifact is not there. Reads see every commit that has returned."""

    @abstractmethod
    async def get(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = True
    ) -> RegisteredArtifact:
        """The current version, or the one named; of a deleted artifact its tombstone (state DELETED, no body).

        ``body`` False leaves the inline meaning out.

        Raises:
            NotFound: this tenant has no such artifact, or no such version of it.
        """

    async def current(self, tenant_id: str, artifact_ids: Sequence[str]) -> tuple[Artifact, ...]:
        """The current versions of these artifacts, in their order; tombstones as ``get`` gives them.

        As many calls of ``get``, unless the adapter can ask for all of them at once.

        Raises:
            NotFound: this tenant lacks one of them.
        """
        return tuple([(await self.get(tenant_id, one, body=False)).artifact for one in artifact_ids])

    @abstractmethod
    async def history(self, tenant_id: str, artifact_id: str) -> tuple[Artifact, ...]:
        """All versions, oldest first; empty where this tenant has no such artifact."""

    @abstractmethod
    async def find(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int, after: str | None = None
    ) -> ArtifactPage:
        """Current versions that meet ``criteria``, newest first by first creation; keyset pages.

        A page costs the same at any depth. ``after`` is the ``next`` of the page before.

        Raises:
            InvalidInput: ``after`` is not a cursor of this registry.
        """

    @abstractmethod
    async def matching(self, tenant_id: str, prefix: str, *, limit: int) -> tuple[str, ...]:
        """Up to ``limit`` artifact ids that begin with ``prefix``, in order; deleted artifacts included."""

    @abstractmethod
    async def receipts(self, tenant_id: str, subject: str) -> tuple[Receipt, ...]:
        """The receipts about an artifact id (all its versions) or an attachment's digest, oldest first."""
