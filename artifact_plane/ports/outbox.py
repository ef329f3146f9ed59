"""Outbox: events that were committed and still have to be delivered, at least once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

import attrs

from artifact_plane.domain.model.change import Event


@attrs.frozen(kw_only=True)
class PendingEvent:
    """An event to deliver, and how often that has been tried."""

    event: Event
    tries: int
    trouble: str | None = None


class Outbox(ABC):
    """No event is lost when a lower position commits later; events of one subject are delivered in order."""

    @abstractmethod
    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        """Take up to ``limit`` events that are due, oldest first, for ``lease`` seconds.

        An event is left out while an earlier one of the same tenant and subject is pending or claimed (but not
        while it is set aside). After the lease others may take it.
        """

    @abstractmethod
    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """These were delivered: remove them. Unknown ids have no effect."""

    @abstractmethod
    async def retry_later(self, event_id: str, due: datetime, trouble: str) -> None:
        """Delivery failed: due again at ``due``; counts as a try and keeps the reason."""

    @abstractmethod
    async def set_aside(self, event_id: str, trouble: str) -> None:
        """Give it up for now: it is kept, shown, and delivered no more until ``requeue``."""

    @abstractmethod
    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        """The events that were set aside, oldest first."""

    @abstractmethod
    async def requeue(self, event_id: str, due: datetime) -> bool:
        """Make an event that was set aside due again, its tries forgotten; False where there is none."""

    @abstractmethod
    async def pending(self) -> int:
        """How many events wait for delivery, those set aside not counted."""
