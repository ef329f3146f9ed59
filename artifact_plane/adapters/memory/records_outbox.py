"""All tenants' events that have still to be delivered, in the order of their commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

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


EventKey: TypeAlias = tuple[str, str]
"""A tenant's event: tenant id and event id."""


class OutboxRecords:
    """Waiting events by their keys, in the order of their commits."""

    def __init__(self) -> None:
        self.rows: Final[dict[EventKey, Waiting]] = {}

    def write(self, event: Event) -> Waiting:
        """Add an event that was committed; one that waits already is left as it is."""
        return self.rows.setdefault(_key(event), Waiting(event=event))

    def has(self, event: Event) -> bool:
        """Whether that event waits."""
        return _key(event) in self.rows

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

    def remove(self, holder: str, events: Iterable[Event]) -> None:
        """Remove those of the events that ``holder`` holds."""
        for event in events:
            for waiting in self.given_up(holder, event):
                del self.rows[_key(waiting.event)]

    def given_up(self, holder: str, event: Event) -> Sequence[Waiting]:
        """That event, where ``holder`` holds it; afterwards nobody does."""
        waiting = self.rows.get(_key(event))
        if waiting is None or waiting.holder != holder:
            return ()
        waiting.leased = waiting.holder = None
        return (waiting,)

    def aside(self, event_id: str) -> Iterator[Waiting]:
        """The rows of that event that are set aside."""
        return (row for row in self.rows.values() if row.event.event_id == event_id and row.set_aside)


def _key(event: Event) -> EventKey:
    return event.tenant_id, event.event_id
