"""WorkingMemory: the cache with a time to live. It may forget at any time; a miss is never an error."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

import attrs

from artifact_plane.domain.model.rendering import Digest


@attrs.frozen(kw_only=True)
class MemoryKey:
    """Key ``artifact:{tenant_id}:{artifact_id}`` and part; ids hold no separator, so no two keys collide (law 16)."""

    tenant_id: str
    artifact_id: str
    version: int
    part: str


class WorkingMemory(ABC):
    """Remembers parts for a while. That the store is down, slow or full is a miss, never an error."""

    @abstractmethod
    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        """Keep ``value`` until ``expires_at``, replacing what the key had; False where it could not be kept.

        Values larger than the adapter's bound, and times that have passed, are not kept.
        """

    @abstractmethod
    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        """The value, if it is there, has not expired and its bytes have that digest; else None."""

    @abstractmethod
    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        """Drop all parts of all versions of an artifact."""

    @abstractmethod
    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        """Drop everything that was remembered for a session."""
