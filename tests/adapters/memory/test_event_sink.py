"""The event sink in memory keeps its port's law."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from artifact_plane.adapters.memory.event_sink import MemoryEventSink
from artifact_plane.domain.model.change import Event
from tests.contracts.event_sink import EventSinkContract


class TestMemoryEventSink(EventSinkContract):
    """Everything that ``EventSinkContract`` says."""

    @pytest.fixture
    def sink(self) -> MemoryEventSink:
        return MemoryEventSink()

    @pytest.fixture
    def delivered(self, sink: MemoryEventSink) -> Callable[[], Sequence[Event]]:
        return lambda: sink.events
