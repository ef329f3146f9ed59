"""A home in memory: what applications share that would share a folder if they ran on disk."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.memory.payload_store import PayloadShelf
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.working_memory import LARGEST_TOTAL, WorkingRoom


class MemoryHome:
    """Records, payloads and cached values; they live as long as somebody holds the home.

    Each application makes adapters of its own over it: ``MemoryLedger(home.records)`` and its siblings,
    ``MemoryPayloadStore(hasher, clock, home.payloads)``, ``MemoryWorkingMemory(hasher, home.cache)``.
    """

    def __init__(self, *, cache_bytes: int = LARGEST_TOTAL) -> None:
        """``cache_bytes`` bounds all cached values together."""
        self.records: Final = MemoryRecordStore()
        self.payloads: Final = PayloadShelf()
        self.cache: Final = WorkingRoom(cache_bytes)
