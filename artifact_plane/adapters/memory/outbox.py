"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from artifact_plane.adapters.memory.copies import event_copy
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.records_outbox import Waiting
from artifact_plane.ports.outbox import Outbox, PendingEvent


class MemoryOutbox(Outbox):
    """Hands out the events of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        with self._records.lock:
            return tuple(map(_pending, self._records.outbox.claim(now, lease, limit)))

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        with self._records.lock:
            self._records.outbox.remove(frozenset(event_ids))

    async def retry_later(self, event_id: str, due: datetime, trouble: str) -> None:
        with self._records.lock:
            for waiting in self._records.outbox.waiting(event_id, set_aside=False):
                waiting.due, waiting.leased = due, None
                waiting.tries, waiting.trouble = waiting.tries + 1, trouble

    async def set_aside(self, event_id: str, trouble: str) -> None:
        with self._records.lock:
            for waiting in self._records.outbox.waiting(event_id, set_aside=False):
                waiting.set_aside, waiting.leased, waiting.trouble = True, None, trouble

    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        with self._records.lock:
            aside = (waiting for waiting in self._records.outbox.rows.values() if waiting.set_aside)
            return tuple(map(_pending, islice(aside, limit)))

    async def requeue(self, event_id: str, due: datetime) -> bool:
        with self._records.lock:
            again = list(self._records.outbox.waiting(event_id, set_aside=True))
            for waiting in again:
                waiting.set_aside, waiting.due = False, due
                waiting.tries, waiting.trouble = 0, None
            return bool(again)

    async def pending(self) -> int:
        with self._records.lock:
            return sum(not waiting.set_aside for waiting in self._records.outbox.rows.values())


def _pending(waiting: Waiting) -> PendingEvent:
    return PendingEvent(event=event_copy(waiting.event), tries=waiting.tries, trouble=waiting.trouble)
