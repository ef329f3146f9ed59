"""The working memory in memory: bounded, oldest out first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import attrs

from artifact_plane.adapters.codec.verified import has_digest
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory

LARGEST_ENTRY: Final = 8 * 1024 * 1024
LARGEST_TOTAL: Final = 256 * 1024 * 1024
_QUICKLY_HASHED: Final = 256 * 1024


@attrs.frozen(kw_only=True)
class Entry:
    """A value, until when, and for whom."""

    value: bytes = attrs.field(repr=False)
    expires_at: datetime
    session_id: str


class MemoryWorkingMemory(WorkingMemory):
    """Keeps values in a dict. When it is full, what has expired makes way first, then what was remembered first."""

    def __init__(
        self,
        hasher: Callable[[str], Hasher],
        *,
        largest_entry: int = LARGEST_ENTRY,
        largest_total: int = LARGEST_TOTAL,
    ) -> None:
        """``hasher`` makes a hasher of the algorithm named, as ``Codec.hasher`` does; bounds are in bytes."""
        self._hasher: Final = hasher
        self._largest: Final = min(largest_entry, largest_total)
        self._largest_total: Final = largest_total
        self._lock: Final = threading.Lock()
        self._total = 0
        self.entries: Final[dict[MemoryKey, Entry]] = {}

    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        with self._lock:
            self._drop([key])
            if expires_at <= now or len(value) > self._largest:
                return False
            entry = Entry(value=bytes(value), expires_at=expires_at, session_id=session_id)
            self._put(key, entry, now)
            return True

    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        entry = self.entries.get(key)
        if entry is None or entry.expires_at <= now:
            return None
        if len(entry.value) <= _QUICKLY_HASHED:
            sound = has_digest(entry.value, digest, self._hasher)
        else:
            sound = await asyncio.to_thread(has_digest, entry.value, digest, self._hasher)
        return entry.value if sound else None

    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        with self._lock:
            self._drop([key for key in self.entries if (key.tenant_id, key.artifact_id) == (tenant_id, artifact_id)])

    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        with self._lock:
            own = (tenant_id, session_id)
            self._drop([key for key, entry in self.entries.items() if (key.tenant_id, entry.session_id) == own])

    def _put(self, key: MemoryKey, entry: Entry, now: datetime) -> None:
        if self._total + len(entry.value) > self._largest_total:
            self._drop([key for key, entry in self.entries.items() if entry.expires_at <= now])
        while self._total + len(entry.value) > self._largest_total:
            self._drop([next(iter(self.entries))])
        self.entries[key] = entry
        self._total += len(entry.value)

    def _drop(self, keys: Iterable[MemoryKey]) -> None:
        for key in keys:
            entry = self.entries.pop(key, None)
            self._total -= 0 if entry is None else len(entry.value)
