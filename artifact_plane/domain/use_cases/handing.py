"""Handing one event over to its sinks: other people's code, which may fail, hang, or not heed being cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Final

from artifact_plane.domain.use_cases.attempting import Attempt, begun, failure_of, left_to_itself
from artifact_plane.domain.use_cases.wording import words_of
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.outbox import PendingEvent

_HEED: Final = 0.1
"""The part of its time by which a sink may be late, once it is told to end."""


class Handing:
    """An event on its way to each of its sinks, all at once."""

    def __init__(self, pending: PendingEvent, sinks: Iterable[EventSink], seconds: float) -> None:
        """Begins at once; ``seconds`` is the longest that a sink may take."""
        self.pending: Final = pending
        self._attempts: Final = [(sink, begun(_publish(sink, pending))) for sink in sinks]
        self._seconds: Final = seconds
        self._until: Final = asyncio.get_running_loop().time() + seconds
        self._given_up: str | None = None

    @property
    def attempts(self) -> Collection[Attempt]:
        """What has to be waited for."""
        return [attempt for _, attempt in self._attempts if not attempt.done()]

    def has_ended(self) -> bool:
        """Whether it has, in one way or another. Sinks that are late are told to end, and then left to themselves."""
        if not self.attempts:
            return True
        late = asyncio.get_running_loop().time() - self._until
        if late >= 0:
            self.give_up(f"it took longer than {self._seconds:g} s")
        return late >= _HEED * self._seconds

    def give_up(self, reason: str) -> None:
        """Tell those sinks to end that have not."""
        if self._given_up is None:
            self._given_up = reason
            for attempt in self.attempts:
                left_to_itself(attempt)

    def failures(self) -> dict[EventSink, str]:
        """What went wrong, by sink, in words that can be kept; empty where the event was delivered."""
        found = [(sink, self._failure(attempt)) for sink, attempt in self._attempts]
        return {sink: words for sink, words in found if words is not None}

    def _failure(self, attempt: Attempt) -> str | None:
        if self._given_up is not None and (not attempt.done() or attempt.cancelled()):
            return self._given_up
        failure = failure_of(attempt)
        return None if failure is None else f"{type(failure).__name__}: {words_of(failure)}"


async def _publish(sink: EventSink, pending: PendingEvent) -> None:
    await sink.publish(pending.event)
