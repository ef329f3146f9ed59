"""What ``ap doctor`` is told about the database."""

from __future__ import annotations

from artifact_plane.adapters.postgres.health import examine_postgres
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.ports.health import Condition
from tests.adapters.postgres.under_test import Handle, settings_of
from tests.contracts.outbox import claimed, put
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import an_event


async def test_the_doctor_tells_of_events_that_wait_and_of_those_that_were_set_aside(
    opened_handle: Handle, postgres_database: PostgresDatabase
) -> None:
    """What was given up deserves a look, and says where to look."""
    store = opened_handle.store
    await put(store, an_event("a", subject="a"), an_event("b", subject="b"))
    (found,) = [
        one
        for one in await examine_postgres(settings_of(postgres_database), SystemClock().now)
        if one.subject == "events"
    ]
    assert (found.condition, found.detail) == (Condition.OK, "2 wait for delivery, 0 were set aside")
    await claimed(store.outbox)
    await store.outbox.set_aside("relay", an_event("a", subject="a"), "no")
    (found,) = [
        one
        for one in await examine_postgres(settings_of(postgres_database), SystemClock().now)
        if one.subject == "events"
    ]
    assert (found.condition, found.detail) == (Condition.WARNING, "1 wait for delivery, 1 were set aside")
    assert "ap events" in (found.remedy or "")
