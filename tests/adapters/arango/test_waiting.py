"""A question that waits for a position, while the graph is made anew."""

from __future__ import annotations

from artifact_plane.adapters.arango.database import ArangoDatabase
from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.system.clock import SystemClock
from tests.contracts.lineage_graph import UP, WIDE, node
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.samples import TENANT


class MadeAnew(ArangoLineageGraph):
    """Is cleared when somebody has waited long enough for the first time, and fed again before the second."""

    waits = 0

    async def wait_for(self, position: int) -> None:
        self.waits += 1
        if self.waits == 2:
            await self.apply(a_page(0, 5, a_chain(5)))
        await super().wait_for(position)
        if self.waits == 1:
            await self.clear()


async def test_an_answer_has_seen_what_was_waited_for_though_the_graph_is_cleared_in_between(
    graph: ArangoLineageGraph, at_standin: ArangoSettings
) -> None:
    """It would be of position 0, where there is no such node: so the question waits again."""
    assert await graph.position() == 5
    database = ArangoDatabase(at_standin)
    try:
        async with MemoryHome.open() as home:
            anew = MadeAnew(database, home.lineage, SystemClock())
            walk = await anew.trace(TENANT, node(4), UP, WIDE, at_least=5)
    finally:
        await database.close()
    assert (walk.position, walk.nodes[0], anew.waits) == (5, node(4), 2)
