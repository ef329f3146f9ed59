"""What the service tells those who look after it about events."""

from __future__ import annotations

from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.ports.event_sink import EventSink
from tests.journeys.http.serving import TENANT, serving


class Refusing(EventSink):
    """Takes nothing."""

    async def publish(self, event: Event) -> None:
        """Refuse it."""
        raise ValueError("no")


async def test_figures_tell_of_events_that_are_not_delivered() -> None:
    """How many wait, how many were set aside, and whether the relay is well; whether or not anybody asked before."""
    async with serving(extras=Extras(sinks=(Refusing(),))) as running:
        await running.application.plane.create_artifact("note", "n1", {"a": 1}, {}, ExecutionContext(tenant_id=TENANT))
        async with running.client(await running.token(Scope.ADMIN)) as client:
            figures = (await client.get("/metrics")).text
    assert 'artifact_plane_events{state="pending"} 1.0' in figures
    assert 'artifact_plane_events{state="set_aside"} 0.0' in figures
    assert 'artifact_plane_component_up{component="relay"} 1.0' in figures
