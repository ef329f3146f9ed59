"""``ap events``."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.samples import an_event
from tests.unit.cli.stage import Stage


class TestEvents:
    """``ap events``."""

    @pytest.fixture(autouse=True)
    def poison(self, stage: Stage) -> Event:
        event = an_event("ev-1")
        stage.script.set_aside = (PendingEvent(event=event, tries=5, trouble="no route"),)
        return event

    def test_events_that_were_set_aside_are_listed_with_their_trouble(self, stage: Stage) -> None:
        out = stage.ap("events").out
        assert "ev-1" in out and "no route" in out
        document = stage.ap("events", "--set-aside", "--json").document
        assert document["events"][0]["tries"] == 5

    def test_one_can_be_delivered_once_more(self, stage: Stage) -> None:
        assert stage.ap("events", "--requeue", "ev-1").code == 0
        assert stage.script.asked == ["ev-1"]
        assert stage.ap("events", "--requeue", "ev-2").code == 3
