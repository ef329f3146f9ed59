"""The EventSink's law: what ``publish`` returns from was delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from artifact_plane.domain.model.change import Event
from artifact_plane.ports.event_sink import EventSink
from tests.doubles.samples import OTHER_TENANT, an_event, at


class EventSinkContract:
    """Subclass it and give the fixtures ``sink`` and ``delivered``."""

    async def test_an_event_has_arrived_when_publish_returns(
        self, sink: EventSink, delivered: Callable[[], Sequence[Event]]
    ) -> None:
        """Deliver one event; when this returns it counts as delivered, field for field."""
        assert list(delivered()) == []
        await sink.publish(an_event())
        assert list(delivered()) == [an_event()]

    async def test_events_arrive_in_the_order_of_their_publishing(
        self, sink: EventSink, delivered: Callable[[], Sequence[Event]]
    ) -> None:
        """One after the other, of all tenants; the same event id twice is left for the consumer to tell."""
        events = [an_event("e2"), an_event("e1", when=at(1)), an_event("e1", tenant_id=OTHER_TENANT), an_event("e2")]
        for event in events:
            await sink.publish(event)
        assert [event for event in delivered() if event.event_id == "e1"] == events[1:3]
        assert {event.event_id for event in delivered()} == {"e1", "e2"}

    async def test_what_is_done_to_an_event_afterwards_does_not_alter_the_delivery(
        self, sink: EventSink, delivered: Callable[[], Sequence[Event]]
    ) -> None:
        """What was delivered is a copy."""
        event = an_event()
        await sink.publish(event)
        assert isinstance(event.body, dict)
        event.body["altered"] = True
        assert list(delivered()) == [an_event()]
