"""A server that is slow or hangs: every question has its end, and none is put to it while nobody knows better."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.rest import Rest
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.arango.conftest import Opener
from tests.adapters.arango.ending import SOON, retryable
from tests.contracts.lineage_graph import UP, WIDE, node
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.arango.faults import slow
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.samples import TENANT


@pytest.mark.parametrize(("answer_seconds", "call_seconds"), [(0.3, 30.0), (30.0, 0.3)])
async def test_deadlines_end_a_question(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn, answer_seconds: float, call_seconds: float
) -> None:
    """The one of the question, and the one of each call."""
    await (await open_graph(at_standin)).prepare()
    graph = await open_graph(attrs.evolve(at_standin, answer_seconds=answer_seconds, call_seconds=call_seconds))
    standin.faults.append(slow(20, request="query"))
    assert "in time" in str(await retryable(graph.position()))


async def test_others_are_answered_while_one_question_waits(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """The event loop goes on, and so do other questions."""
    standin.faults.append(slow(20, request="query", times=1))
    waiting = asyncio.create_task(graph.position())
    async with asyncio.timeout(SOON):
        while standin.faults[0].times:
            await asyncio.sleep(0.01)
    assert await graph.position() == 5
    assert not waiting.done()
    standin.stop()
    await asyncio.gather(waiting, return_exceptions=True)  # whichever way it ends


async def test_questions_beyond_the_threads_end_in_time_too(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Bounded threads: whoever waits for one is within the deadline."""
    await (await open_graph(at_standin)).prepare()
    graph = await open_graph(attrs.evolve(at_standin, threads=2, answer_seconds=0.5, call_seconds=1.0))
    standin.faults.append(slow(20))
    await asyncio.gather(*(retryable(graph.position()) for _ in range(6)))


async def test_a_server_that_does_not_answer_is_left_alone_for_a_moment(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Questions do not queue up before a server that hangs: after one has found out, the others end at once."""
    hangs = attrs.evolve(at_standin, threads=1, call_seconds=0.3, answer_seconds=30.0, rest_seconds=60.0)
    await (await open_graph(at_standin)).prepare()
    graph = await open_graph(hangs)
    standin.faults.append(slow(20))
    asked = len(standin.requests)
    await asyncio.gather(*(retryable(graph.position()) for _ in range(60)))
    await retryable(graph.position())
    assert len(standin.requests) == asked + 1


async def test_after_the_moment_one_question_tries_it_out(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """And when that is answered, all are."""
    graph = await open_graph(attrs.evolve(at_standin, rest_seconds=0.3))
    await graph.prepare()
    standin.stop()
    await retryable(graph.position())
    standin.start()
    async with asyncio.timeout(SOON):
        while isinstance((await asyncio.gather(graph.position(), return_exceptions=True))[0], Unavailable):
            await asyncio.sleep(0.02)
    assert await asyncio.gather(*(graph.position() for _ in range(5))) == [0] * 5


async def test_while_one_tries_it_out_the_others_wait() -> None:
    """One call after the rest, and no second one before it is known what became of the first."""
    rest = Rest(0.1, "there")
    away = Unavailable("it cannot be reached")
    away.__cause__ = ConnectionAbortedError()
    rest.failed(away)
    await asyncio.sleep(0.2)
    rest.check(calling=True)
    with pytest.raises(Unavailable, match="cannot be reached"):
        rest.check(calling=True)
    rest.answered()
    rest.check(calling=True)


async def test_nothing_goes_on_after_nobody_waits(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """A question that was given up ends at its next call; closing waits for its thread, however far that would go."""
    graph = await open_graph(at_standin)
    await graph.prepare()
    await graph.apply(a_page(0, 200, a_chain(200)))
    standin.faults.append(slow(0.05, request="query"))
    async with MemoryHome.open() as home:
        hurried = attrs.evolve(at_standin, answer_seconds=0.4)
        async with ArangoLineageGraph.open(hurried, home.lineage, SystemClock()) as given_up:
            await retryable(given_up.trace(TENANT, node(199), UP, WIDE))
            asked = len(standin.requests)
            standin.faults.clear()
    assert len(standin.requests) - asked <= 1
