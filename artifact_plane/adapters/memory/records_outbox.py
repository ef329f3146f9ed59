"""All tenants' events that have still to be delivered, in the order of their commits."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from artifact_plane.domain.model.change import Event


@attrs.define(kw_only=True)
class Waiting:
    """An event that waits; ``due`` None is at once, ``leased`` is until when the relay ``holder`` has it."""

    event: Event
    due: datetime | None = None
    leased: datetime | None = None
    holder: str | None = None
    tries: int = 0
    trouble: str | None = None
    set_aside: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether a relay may take it now."""
        return (self.due is None or self.due <= now) and (self.leased is None or self.leased <= now)


class OutboxRecords:
    """Waiting events by number; numbers follow the commits."""

    def __init__(self) -> None:
        self.rows: Final[dict[int, Waiting]] = {}
        self._numbers: Final = itertools.count(1)

    def write(self, event: Event) -> None:
        """Add an event that was committed."""
        self.rows[next(self._numbers)] = Waiting(event=event)

    def claim(self, holder: str, now: datetime, lease: float, limit: int) -> Iterator[Waiting]:
        """Lease out what is due: of each tenant's subject the earliest event only."""
        ahead: set[tuple[str, str]] = set()
        for waiting in self.rows.values():
            if limit <= 0:
                return
            subject = (waiting.event.tenant_id, waiting.event.subject)
            if waiting.set_aside or subject in ahead:
                continue
            ahead.add(subject)
            if waiting.is_due(now):
                waiting.leased, waiting.holder = now + timedelta(seconds=lease), holder
                limit -= 1
                yield waiting

    def remove(self, holder: str, events: Collection[Event]) -> None:
        """Remove those of the events that ``holder`` holds."""
        keys = {_key(event) for event in events}
        for number in [number for number, row in self.rows.items() if row.holder == holder and _key(row.event) in keys]:
            del self.rows[number]

    def given_up(self, holder: str, event: Event) -> Iterator[Waiting]:
        """The row of that event, where ``holder`` holds it; afterwards nobody does."""
        for row in self.rows.values():
            if row.holder == holder and _key(row.event) == _key(event):
                row.leased = row.holder = None
                yield row

    def aside(self, event_id: str) -> Iterator[Waiting]:
        """The rows of that event that are set aside."""
        return (row for row in self.rows.values() if row.event.event_id == event_id and row.set_aside)


def _key(event: Event) -> tuple[str, str]:
    return event.tenant_id, event.event_id
