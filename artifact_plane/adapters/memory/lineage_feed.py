"""The lineage feed in memory."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.ports.lineage_feed import FeedPage, LineageFeed


class MemoryLineageFeed(LineageFeed):
    """Reads what a ``MemoryRecordStore`` has noted of each commit."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def since(self, after: int, *, limit: int) -> FeedPage:
        with self._records.lock:
            up_to = min(after + limit, self._records.position)
            return FeedPage(after=after, up_to=up_to, entries=tuple(self._records.lineage_between(after, up_to)))

    async def position(self) -> int:
        with self._records.lock:
            return self._records.position
