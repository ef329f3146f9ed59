"""EventSink: where the relay hands events to. Sinks are other people's code (law 23)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.change import Event


class EventSink(ABC):
    """Takes events at least once; the same ``event_id`` twice is the same event.

    The events of one subject come one after the other, in the order of their commits; those of others may come at the
    same time.
    """

    @abstractmethod
    async def publish(self, event: Event) -> None:
        """Deliver one event; when this returns it counts as delivered. Whatever is raised means: try again later.

        It has a time limit (the setting ``sink_seconds``). Who takes longer is cancelled, and is given it again.
        """
