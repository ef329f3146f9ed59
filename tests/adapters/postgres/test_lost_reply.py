"""A commit whose reply is lost is looked up by its change id, not guessed; a database that is away is waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import attrs
import pytest

from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import Conflict, Unavailable
from artifact_plane.ports.ledger import Committed
from tests.adapters.postgres.cutting import Cut, CuttingLine
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.ledger import a_full_change
from tests.doubles.databases import RUNTIME, PostgresDatabase
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge

CUTS = pytest.mark.parametrize("when", list(Cut), ids=lambda when: f"{when.value} lost")


@pytest.fixture
async def line(postgres_database: PostgresDatabase) -> AsyncIterator[CuttingLine]:
    """The line to the server."""
    async with CuttingLine(postgres_database.server.port).listening() as line:
        yield line


@pytest.fixture
async def distant(line: CuttingLine, postgres_database: PostgresDatabase, stack: AsyncExitStack) -> Handle:
    """A record store at the other end of the line."""
    dsn = f"postgresql://{RUNTIME}@127.0.0.1:{line.port}/{postgres_database.name}"
    return await handle(stack, PostgresSettings(dsn=dsn), postgres_database.raw)


@CUTS
async def test_a_commit_whose_line_is_cut_is_recorded_once(distant: Handle, line: CuttingLine, when: Cut) -> None:
    """The caller gets the position under which it was recorded, and nothing is recorded twice."""
    change = attrs.evolve(a_full_change(), change_id="cut-in-the-middle")
    line.cut(change.change_id, when)
    committed = await distant.store.ledger.commit(change)
    assert (line.cuts, committed) == (1, Committed(position=1))
    census = await distant.backdoor.census()
    assert (census["versions"], census["journal"], census["events"]) == (1, 3, 1)
    assert await distant.store.ledger.commit(change) == Committed(position=1, repeated=True)


@CUTS
async def test_a_group_whose_line_is_cut_is_recorded_once(distant: Handle, line: CuttingLine, when: Cut) -> None:
    """Each of a group's callers gets the answer of its own change."""
    changes = [attrs.evolve(a_full_change(number), change_id=f"cut-{number}") for number in range(1, 11)]
    line.cut("cut-7", when)
    answers = await asyncio.gather(*map(distant.store.ledger.commit, changes))
    assert line.cuts == 1
    assert sorted(answer.position for answer in answers) == list(range(1, 11))
    rows = await distant.backdoor.rows("SELECT change_id, position FROM artifact_plane.change")
    assert dict(map(tuple, rows)) == {
        change.change_id: answer.position for change, answer in zip(changes, answers, strict=True)
    }
    assert (await distant.backdoor.census())["versions"] == 10


@CUTS
async def test_an_attached_edge_whose_line_is_cut_is_attached_once(
    distant: Handle, line: CuttingLine, when: Cut
) -> None:
    """What takes several statements is looked up by its change id as well."""
    await distant.store.ledger.commit(a_change(an_artifact("a"), an_artifact("b")))
    edge = an_edge("artifact:a@1", "artifact:b@1")
    line.cut("COMMIT", when)
    committed = await distant.store.ledger.commit(a_change(edges=[edge], attaches_edges=True))
    assert (line.cuts, committed) == (1, Committed(position=2))
    assert await distant.backdoor.edges(TENANT) == {edge}


@CUTS
async def test_a_question_whose_line_is_cut_is_asked_again(distant: Handle, line: CuttingLine, when: Cut) -> None:
    """Reading changes nothing, so it may be repeated."""
    await distant.store.ledger.commit(a_change(an_artifact("asked-for")))
    line.cut("asked-for", when)
    assert (await distant.store.registry.get(TENANT, "asked-for")).artifact.version == 1
    assert line.cuts == 1


async def test_a_database_that_comes_back_is_waited_for(
    opened_handle: Handle, postgres_database: PostgresDatabase
) -> None:
    """A restart within the deadline is no failure: neither of a commit nor of a question."""
    await opened_handle.store.ledger.commit(a_change(an_artifact("before")))
    server = postgres_database.server
    await asyncio.to_thread(server.stop)
    commit = asyncio.create_task(opened_handle.store.ledger.commit(a_change(an_artifact("during"))))
    question = asyncio.create_task(opened_handle.store.registry.get(TENANT, "before"))
    await asyncio.sleep(0.2)
    assert not commit.done()
    await asyncio.to_thread(server.start)
    assert (await commit).position == 2
    assert (await question).artifact.artifact_id == "before"


async def test_a_database_that_stays_away_is_unavailable(
    postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """After the deadline the caller hears that the same call may go through later; nobody waits for ever."""
    settings = attrs.evolve(settings_of(postgres_database), deadline=1.0)
    own = await handle(stack, settings, postgres_database.raw)
    await asyncio.to_thread(postgres_database.server.stop)
    began = time.monotonic()
    for call in (own.store.ledger.commit(a_change()), own.store.registry.get(TENANT, "a")):
        with pytest.raises(Unavailable) as caught:
            await call
        assert caught.value.retryable
    assert time.monotonic() - began < 20
    await asyncio.to_thread(postgres_database.server.start)
    assert (await own.store.ledger.commit(a_change())).position == 1


@CUTS
async def test_a_name_whose_line_is_cut_is_held_by_who_asked(distant: Handle, line: CuttingLine, when: Cut) -> None:
    """Asked again, the database knows the process that has it; another process is refused as ever."""
    line.cut("holder-of-the-line", when)
    await distant.store.state.hold("holder-of-the-line")
    assert line.cuts == 1
    assert distant.home.leases.held == ("holder-of-the-line",)
    other = await distant.store.reopen()
    with pytest.raises(Conflict):
        await other.state.hold("holder-of-the-line")
    await distant.store.state.let_go("holder-of-the-line")
    await other.state.hold("holder-of-the-line")
