"""No working memory: nothing is cached, and every question is a miss."""

from __future__ import annotations

from datetime import datetime

from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory


class NoWorkingMemory(WorkingMemory):
    """For a deployment without a cache: a CACHE decision then keeps nothing, and the receipt still says CACHE."""

    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        return False

    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        return None

    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        return None

    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        return None
