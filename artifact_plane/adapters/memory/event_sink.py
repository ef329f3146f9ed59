"""The event sink in memory: a list to look at."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.memory.copies import event_copy
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.event_sink import EventSink


class MemoryEventSink(EventSink):
    """Keeps what it was given, in order."""

    def __init__(self) -> None:
        self._events: Final[list[Event]] = []

    async def publish(self, event: Event) -> None:
        self._events.append(event_copy(event))

    @property
    def events(self) -> tuple[Event, ...]:
        """What was published, in order."""
        return tuple(map(event_copy, self._events))
