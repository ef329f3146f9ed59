"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from artifact_plane.adapters.memory.copies import event_copy
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.records_outbox import Waiting
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import Outbox, PendingEvent


class MemoryOutbox(Outbox):
    """Hands out the events of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        with self._records.lock:
            return tuple(map(_pending, self._records.outbox.claim(holder, now, lease, limit)))

    async def acknowledge(self, holder: str, events: Sequence[Event]) -> None:
        with self._records.lock:
            self._records.outbox.remove(holder, events)

    async def release(self, holder: str, events: Sequence[Event]) -> None:
        with self._records.lock:
            for event in events:
                self._records.outbox.given_up(holder, event)

    async def retry_later(self, holder: str, event: Event, now: datetime, *, pause: float, trouble: str) -> None:
        with self._records.lock:
            for waiting in self._records.outbox.given_up(holder, event):
                waiting.due = now + timedelta(seconds=pause)
                waiting.tries, waiting.trouble = waiting.tries + 1, trouble

    async def set_aside(self, holder: str, event: Event, trouble: str) -> None:
        with self._records.lock:
            for waiting in self._records.outbox.given_up(holder, event):
                waiting.set_aside, waiting.trouble = True, trouble

    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        with self._records.lock:
            aside = (waiting for waiting in self._records.outbox.rows.values() if waiting.set_aside)
            return tuple(map(_pending, islice(aside, limit)))

    async def requeue(self, event_id: str) -> bool:
        with self._records.lock:
            again = list(self._records.outbox.aside(event_id))
            for waiting in again:
                waiting.set_aside, waiting.due = False, None
                waiting.tries, waiting.trouble = 0, None
            return bool(again)

    async def pending(self) -> int:
        with self._records.lock:
            return sum(not waiting.set_aside for waiting in self._records.outbox.rows.values())


def _pending(waiting: Waiting) -> PendingEvent:
    return PendingEvent(event=event_copy(waiting.event), tries=waiting.tries, trouble=waiting.trouble)
