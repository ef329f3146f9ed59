"""What ``ap doctor`` is told about a home's record store."""

from __future__ import annotations

from pathlib import Path

from artifact_plane.adapters.sqlite.health import examine_sqlite
from artifact_plane.ports.health import Condition
from tests.contracts.outbox import claimed, put
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import an_event


async def test_the_doctor_tells_of_events_that_wait_and_of_those_that_were_set_aside(
    store: RecordStoreUnderTest, tmp_path: Path
) -> None:
    """What was given up deserves a look, and says where to look."""
    await put(store, an_event("a", subject="a"), an_event("b", subject="b"))
    (found,) = [one for one in await examine_sqlite(tmp_path / "home") if one.subject == "events"]
    assert (found.condition, found.detail) == (Condition.OK, "2 wait for delivery, 0 were set aside")
    await claimed(store.outbox)
    await store.outbox.set_aside("relay", an_event("a", subject="a"), "no")
    (found,) = [one for one in await examine_sqlite(tmp_path / "home") if one.subject == "events"]
    assert (found.condition, found.detail) == (Condition.WARNING, "1 wait for delivery, 1 were set aside")
    assert "ap events" in (found.remedy or "")
