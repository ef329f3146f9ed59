"""Others write to the same collections: another projector, a clearing meanwhile, a stranger."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.domain.model.errors import Damaged, NotFound
from tests.adapters.arango.ending import failure, retryable
from tests.contracts.lineage_graph import DOWN, UP, WIDE, node
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.arango.faults import answers
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.samples import TENANT


async def test_a_conflict_is_tried_again(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Two projectors that write the same documents are no error; where it does not end, it is."""
    standin.faults.append(answers(409, 1200, times=3, holding="UPDATE"))
    standin.faults.append(answers(409, 1200, times=3, request="import"))
    assert await graph.apply(a_page(5, 6, a_chain(6))) == 6
    standin.faults.append(answers(409, 1200, holding="UPDATE"))
    await retryable(graph.apply(a_page(6, 7, a_chain(7))))
    assert await graph.position() == 6


async def test_an_import_that_leaves_something_out_moves_no_position(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """A document that another stands in the way of is missing: the page was not applied."""
    nodes = standin.databases["plane"].collection("lineage_nodes")
    nodes.insert({"_key": "stranger", "tenant_id": TENANT, "generation": 1, "id": node(5), "position": 1})
    error = await retryable(graph.apply(a_page(5, 6, a_chain(6))))
    assert "left out" in str(error)
    assert await graph.position() == 5


async def test_a_document_that_is_no_edge_is_damage(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Somebody has written into the collection; the remedy is to make the graph anew."""
    edges = standin.databases["plane"].collection("lineage_edges")
    for key in list(edges.documents):
        edges.update(key, {"relation": "was_invented_by"})
    error = await failure(graph.trace(TENANT, node(4), UP, WIDE))
    assert isinstance(error, Damaged)
    assert "rebuild" in (error.remedy or "")


async def test_a_page_that_was_begun_before_a_clearing_moves_nothing_after_it(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """Its nodes and edges belong to the generation that was in force when it began: they have to be applied again."""

    state = standin.databases["plane"].collection("lineage_state")

    def begin_anew(text: str) -> None:
        standin.after_query = None
        state.update("lineage", {"generation": 2, "position": 0})

    standin.after_query = begin_anew  # when the first query, for the state, has been answered
    assert await graph.apply(a_page(0, 9, a_chain(9))) == 0 == await graph.position()
    with pytest.raises(NotFound):
        await graph.trace(TENANT, node(0), DOWN, WIDE)
    assert await graph.apply(a_page(0, 9, a_chain(9))) == 9
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9


async def test_a_node_is_not_called_unknown_while_the_graph_is_made_anew(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """An answer in whose time the graph was cleared is thrown away, not found included."""
    state = standin.databases["plane"].collection("lineage_state")

    def begin_anew(text: str) -> None:
        if "IN @@nodes" in text:
            generation = int(state.get("lineage")["generation"])
            state.update("lineage", {"generation": generation + 1, "position": 0})

    standin.after_query = begin_anew
    error = await retryable(graph.trace(TENANT, node(4), UP, WIDE))
    assert "made anew" in str(error)
    standin.after_query = None
    with pytest.raises(NotFound):
        await graph.trace(TENANT, node(4), UP, WIDE)
