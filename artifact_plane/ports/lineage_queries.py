"""LineageQueries: the application's face for where things came from, part of the driving port."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.ports.answers import (
    Lag,
    Progress,
)


class LineageQueries(ABC):
    """Where things came from, and what came of them. ``version`` None means the current one.

    All raise NotFound for an artifact that this tenant never had; a deleted one has its lineage still.
    """

    @abstractmethod
    async def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """Everything it came from."""

    @abstractmethod
    async def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """Everything that came of it."""

    @abstractmethod
    async def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        """The artifacts, at their current versions, that came of any version of it: what a change would concern."""

    @abstractmethod
    async def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        """A shortest path from an artifact up to ``origin`` (an artifact id); no nodes where there is none."""

    @abstractmethod
    async def lag(self) -> Lag:
        """How far what answers about lineage is behind the ledger; never, where the ledger answers itself.

        Raises:
            Unavailable: the ledger or the projection's store is away.
        """

    @abstractmethod
    async def rebuild(self, progress: Progress | None = None) -> Lag:
        """Make the projection anew from the ledger (law 19); questions are answered meanwhile.

        Raises:
            InvalidInput: the ledger answers about lineage itself, so there is nothing to make anew.
            Unavailable: the ledger or the projection's store is away; what was applied stays.
        """
