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
    """No event is lost when a lower position commits later; events of one subject are delivered in order.

    A store that several machines share goes by a clock of its own, so that theirs may differ; any other by ``now``,
    the caller's. What a relay says of an event counts as long as nobody else has claimed it since.
    """

    @abstractmethod
    async def claim(self, holder: str, now: datetime, *, lease: float, limit: int) -> tuple[PendingEvent, ...]:
        """Take up to ``limit`` events that are due, oldest first, for ``lease`` seconds.

        An event is left out while an earlier one of the same tenant and subject is pending or claimed (but not
        while it is set aside). After the lease others may take it.
        """

    @abstractmethod
    async def acknowledge(self, holder: str, events: Sequence[Event]) -> None:
        """``holder`` has delivered these: remove those that it holds. The others are left as they are."""

    @abstractmethod
    async def release(self, holder: str, events: Sequence[Event]) -> None:
        """``holder`` gives back, untried, those of these that it holds: others may claim them at once."""

    @abstractmethod
    async def retry_later(self, holder: str, event: Event, now: datetime, *, pause: float, trouble: str) -> None:
        """Delivery failed: due again after ``pause`` seconds; counts as a try and keeps the reason.

        No effect where ``holder`` does not hold the event.
        """

    @abstractmethod
    async def set_aside(self, holder: str, event: Event, trouble: str) -> None:
        """Give it up for now: it is kept, shown, and delivered no more until ``requeue``.

        No effect where ``holder`` does not hold the event.
        """

    @abstractmethod
    async def set_aside_events(self, *, limit: int) -> tuple[PendingEvent, ...]:
        """The events that were set aside, oldest first."""

    @abstractmethod
    async def requeue(self, event_id: str) -> bool:
        """Make an event that was set aside due at once, its tries forgotten; False where there is none."""

    @abstractmethod
    async def pending(self) -> int:
        """How many events wait for delivery, those set aside not counted."""
