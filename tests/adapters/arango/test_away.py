"""A server that is away: every question says so soon, commits go on, and lineage follows when it is back."""

from __future__ import annotations

import attrs

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.lineage_feed import MemoryLineageFeed
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.use_cases.projection import LineageProjector
from tests.adapters.arango.conftest import Opener
from tests.adapters.arango.ending import failure, retryable
from tests.contracts.lineage_graph import UP, WIDE, node
from tests.contracts.lineage_projection import a_page
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge


async def test_a_server_that_is_down_is_unavailable_soon(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Every question says so, quickly, with the address and a remedy, and may be asked again."""
    standin.stop()
    for question in (
        graph.trace(TENANT, node(4), UP, WIDE),
        graph.path(TENANT, node(4), node(0), WIDE),
        graph.trace(TENANT, node(4), UP, WIDE, at_least=9),
        graph.position(),
        graph.apply(a_page(5, 6)),
        graph.clear(),
        graph.prepare(),
        graph.missing(),
    ):
        error = await retryable(question)
        assert standin.url in str(error)


async def test_nothing_is_asked_of_the_server_before_the_first_question(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """A graph opens while its server is away, and says nothing to one that is there."""
    await open_graph(ArangoSettings(urls=("http://127.0.0.1:1",), database="plane", login="jwt"))
    graph = await open_graph(attrs.evolve(at_standin, login="jwt"))
    assert standin.requests == []
    await graph.prepare()
    assert standin.requests != []


async def test_artifacts_are_created_while_the_server_is_away_and_lineage_follows(
    standin: ArangoStandIn, at_standin: ArangoSettings
) -> None:
    """A commit never touches the server; when that is back, the projector goes on from where it was."""
    records = MemoryRecordStore()
    async with (
        MemoryHome.open(records) as home,
        ArangoLineageGraph.open(at_standin, home.lineage, SystemClock()) as graph,
    ):
        await graph.prepare()
        projector = LineageProjector(MemoryLineageFeed(records), graph, SystemClock())
        await home.ledger.commit(a_change(an_artifact("n0")))
        await projector.catch_up()
        standin.stop()
        edge = an_edge(node(1), node(0))
        await home.ledger.commit(a_change(an_artifact("n1"), edges=[edge]))
        await retryable(projector.catch_up())
        standin.start()
        assert (await projector.lag()).behind == 1
        assert await projector.catch_up() == 2
        assert (await graph.trace(TENANT, node(1), UP, WIDE)).edges == (edge,)


async def test_a_restart_is_not_noticed(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Connections that the server has closed are opened again, for reading and for writing."""
    for up_to in (6, 7):
        standin.stop()
        standin.start()
        assert await graph.apply(a_page(5, up_to)) == up_to
        standin.stop()
        standin.start()
        assert await graph.position() == up_to


async def test_another_coordinator_stands_in(open_graph: Opener, at_standin: ArangoSettings) -> None:
    """Of several servers of a cluster one that is up is enough."""
    graph = await open_graph(attrs.evolve(at_standin, urls=("http://127.0.0.1:1", *at_standin.urls)))
    await graph.prepare()
    assert await graph.apply(a_page(0, 1)) == 1


async def test_a_closed_graph_says_so(at_standin: ArangoSettings) -> None:
    """What was closed is not opened again by asking."""
    async with (
        MemoryHome.open() as home,
        ArangoLineageGraph.open(at_standin, home.lineage, SystemClock()) as graph,
    ):
        await graph.prepare()
    error = await failure(graph.position())
    assert isinstance(error, Unavailable)
    assert not error.retryable
