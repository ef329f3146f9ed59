"""The database killed in mid-commit: nothing acknowledged is lost, nothing is applied twice (issue 3, section 7)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Final

import attrs

from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.postgres.under_test import Handle
from tests.contracts.ledger import a_full_change
from tests.doubles.databases import PostgresDatabase, execute

_WRITERS: Final = 32
_KILLS: Final = 3


@attrs.define
class Ledgering:
    """What writers have been told: who was acknowledged at which position, and who was left in doubt."""

    acknowledged: dict[str, int] = attrs.field(factory=dict)
    doubtful: list[Change] = attrs.field(factory=list)
    stop: bool = False

    async def write(self, store: Handle, numbers: Iterator[int]) -> None:
        """Commit one change after another until told to stop."""
        while not self.stop:
            number = next(numbers)
            change = attrs.evolve(a_full_change(number), change_id=f"change-of-{number}")
            try:
                answer = await store.store.ledger.commit(change)
            except Unavailable:
                self.doubtful.append(change)
            else:
                self.acknowledged[change.change_id] = answer.position


async def test_a_database_killed_under_writers_loses_nothing_acknowledged(
    opened_handle: Handle, postgres_database: PostgresDatabase
) -> None:
    """Whoever was answered finds the change at that position; whoever was not, asks again, and it is there once."""
    told = Ledgering()
    numbers = itertools.count(1)
    writers = [asyncio.create_task(told.write(opened_handle, numbers)) for _ in range(_WRITERS)]
    for _ in range(_KILLS):
        before = len(told.acknowledged)
        while len(told.acknowledged) < before + 2 * _WRITERS:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(postgres_database.server.kill)
        await asyncio.to_thread(postgres_database.server.start)
    told.stop = True
    await asyncio.gather(*writers)
    for change in told.doubtful:
        told.acknowledged[change.change_id] = (await opened_handle.store.ledger.commit(change)).position
    rows = await opened_handle.backdoor.rows("SELECT change_id, position FROM artifact_plane.change")
    assert dict(map(tuple, rows)) == told.acknowledged
    assert sorted(told.acknowledged.values()) == list(range(1, len(rows) + 1))
    census = await opened_handle.backdoor.census()
    for kind in ("versions", "bodies", "receipts", "executions", "events"):
        assert census[kind] == len(rows)
    assert (census["edges"], census["journal"]) == (2 * len(rows), 3 * len(rows))


async def test_two_processes_commit_in_one_order(opened_handle: Handle) -> None:
    """Positions of all processes rise without a gap, and who reads on after the last one it saw misses nothing."""
    other = await opened_handle.store.reopen()
    seen: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        while not done.is_set() or await opened_handle.store.log.replay(seen[-1] if seen else 0, limit=100):
            records = await opened_handle.store.log.replay(seen[-1] if seen else 0, limit=7)
            seen.extend(record.position for record in records)
            await asyncio.sleep(0)

    following = asyncio.create_task(follow())
    answers = await asyncio.gather(
        *(one.ledger.commit(a_full_change(n)) for n, one in enumerate([opened_handle.store, other] * 60, start=1))
    )
    done.set()
    await following
    assert sorted(answer.position for answer in answers) == list(range(1, 121))
    assert sorted(set(seen)) == list(range(1, 121))
    assert seen == sorted(seen)


async def test_a_database_that_gives_way_to_others_is_asked_again(
    opened_handle: Handle, postgres_database: PostgresDatabase
) -> None:
    """Serialization failures, where somebody has made them the rule, are repeated and reach nobody."""
    rule = f"ALTER DATABASE {postgres_database.name} SET default_transaction_isolation = 'serializable'"
    await execute(postgres_database.raw, rule)
    stores = [await opened_handle.store.reopen() for _ in range(3)]
    for start in range(1, 61, 6):
        answers = await asyncio.gather(
            *(store.ledger.commit(a_full_change(start + n)) for n, store in enumerate(stores * 2))
        )
        assert len({answer.position for answer in answers}) == 6
    assert (await opened_handle.backdoor.census())["versions"] == 60
