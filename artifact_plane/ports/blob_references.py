"""BlobReferences: who refers to a blob, and who is about to; so that no sweep can race a writer (DESIGN section 6).

A writer claims a digest before its put makes the blob visible. A committed reference takes the claim's place. A
reference that goes leaves an abandoned claim behind, as does a writer that dies: every blob that may be nobody's
is on that list before it can become so, and nothing has to be searched for after a crash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.rendering import Digest

CLAIMS_PAGE: Final = 500
"""Claims that are looked up at a time, unless otherwise said."""


class BlobReferences(ABC):
    """Claims and references of the record store."""

    @abstractmethod
    async def claim(self, claim: Claim) -> None:
        """Record the claim; when this returns, every sweeper sees it. Repeating it has no effect."""

    @abstractmethod
    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        """Give up claims whose commit did not come about; their blobs may be swept. Unknown ids have no effect."""

    @abstractmethod
    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        """A page of the claims whose holder has died or given up, of one tenant or of all, in an order of their own.

        Fewer than ``limit`` are the last. ``after`` is the last of the page before, whatever became of it since.
        """

    @abstractmethod
    async def removable(self, tenant_id: str, digest: Digest) -> bool:
        """Whether nothing refers to the blob and nobody alive claims it."""

    @abstractmethod
    async def settle(self, claim: Claim) -> None:
        """Forget an abandoned claim: its blob was swept, or is referred to. Unknown claims have no effect."""
