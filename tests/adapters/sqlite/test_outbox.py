"""The outbox in a file: which event of a subject is in front, and that the others are passed over by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import apsw
import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.adapters.sqlite.opening import RECORDS, bring_up_to_date, make_file
from artifact_plane.adapters.sqlite.statements import statement
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.outbox import Outbox
from tests.adapters.sqlite.homes import made
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import a_change, an_event, at

SUBJECTS: Final = ("a", "b")
IN_FRONT: Final = "SELECT event_id FROM event WHERE front = 1 ORDER BY k"
FIRST: Final = """
    SELECT event_id FROM event WHERE k IN (SELECT min(k) FROM event WHERE set_aside = 0 GROUP BY tenant, subject)
    ORDER BY k
"""
STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["put", "claim", "acknowledge", "release", "retry_later", "set_aside", "requeue"]),
        st.integers(0, 5),
    ),
    max_size=40,
)


class Relay:
    """Claims events of an outbox, and says what became of them."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox: Final = outbox
        self._held: Final[list[Event]] = []
        self._aside: Final[list[Event]] = []

    async def take(self, step: str, which: int, now: datetime) -> object:
        """Do what the step says to one of the events that it can be done to; what the outbox says to that."""
        if step == "claim":
            claimed = await self._outbox.claim("relay", now, lease=10_000, limit=1 + which)
            self._held.extend(pending.event for pending in claimed)
            return claimed
        events = self._aside if step == "requeue" else self._held
        if not events:
            return None
        event = events.pop(which % len(events))
        if step == "requeue":
            return await self._outbox.requeue(event.event_id)
        await self._told(step, event, now)
        return None

    async def _told(self, step: str, event: Event, now: datetime) -> None:
        if step == "retry_later":
            await self._outbox.retry_later("relay", event, now, pause=3, trouble="bad")
        elif step == "set_aside":
            self._aside.append(event)
            await self._outbox.set_aside("relay", event, "worse")
        else:
            await (self._outbox.acknowledge if step == "acknowledge" else self._outbox.release)("relay", [event])


async def compare(folder: Path, steps: Sequence[tuple[str, int]]) -> None:
    """The same history in a file and in memory, and after each step what is in front in the file."""
    door = FileBackdoor(folder / RECORDS_FILE)
    async with SqliteHome.open(folder) as home, MemoryHome.open() as reference:
        relays = Relay(home.outbox), Relay(reference.outbox)
        for second, (step, which) in enumerate(steps):
            if step == "put":
                event = an_event(f"event-{second}", subject=SUBJECTS[which % len(SUBJECTS)])
                for store in (home, reference):
                    await store.ledger.commit(a_change(change_id=f"change-{second}", events=[event]))
            else:
                answers = [await relay.take(step, which, at(second)) for relay in relays]
                assert answers[0] == answers[1], (second, step)
            assert door.rows(IN_FRONT) == door.rows(FIRST), (second, step)


@settings(max_examples=40, deadline=None)
@given(STEPS)
@example([("claim", 0), ("set_aside", 0), ("claim", 0), ("requeue", 0), ("acknowledge", 0), ("claim", 0)])
def test_whatever_happens_the_first_that_waits_of_each_subject_is_in_front(steps: Sequence[tuple[str, int]]) -> None:
    """Acknowledged, put off, set aside, asked for again: as the outbox in memory, which looks through everything."""
    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder), [("put", 0)] * 3 + list(steps)))


async def test_a_claim_looks_at_none_that_waits_for_another(tmp_path: Path) -> None:
    """However many wait behind one, a claim finds its way by an index that holds only those in front."""
    await made(tmp_path)
    plan = FileBackdoor(tmp_path / RECORDS_FILE).rows(f"EXPLAIN QUERY PLAN {statement('due_events')}", 0, 1)
    assert [row[3] for row in plan] == ["SCAN event USING INDEX event_front"]


async def test_what_waited_in_an_older_home_is_delivered_in_order(tmp_path: Path) -> None:
    """A home that was made before any event was marked: one event of each subject comes to stand in front."""
    path = tmp_path / RECORDS_FILE
    make_file(path)
    connection = apsw.Connection(str(path))
    bring_up_to_date(connection, attrs.evolve(RECORDS, steps=RECORDS.steps[:3]), path, 1.0)
    connection.execute("INSERT INTO tenant (k, tenant_id) VALUES (1, 't1')")
    for name, subject, aside in (("gone", "a", 1), ("first", "a", 0), ("second", "a", 0), ("other", "b", 0)):
        connection.execute(
            "INSERT INTO event (event_id, tenant, subject, set_aside, record) VALUES (?, 1, ?, ?, x'7b7d')",
            (name, subject, aside),
        )
    connection.close()
    async with SqliteHome.open(tmp_path):
        assert FileBackdoor(path).rows(IN_FRONT) == [("first",), ("other",)]
