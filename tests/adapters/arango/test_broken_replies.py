"""Replies that are cut, lost, garbled or half gone: none is an answer, and to ask again has no second effect."""

from __future__ import annotations

import attrs
import pytest

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.settings import ArangoSettings
from tests.adapters.arango.conftest import Opener
from tests.adapters.arango.ending import retryable
from tests.contracts.lineage_graph import DOWN, UP, WIDE, node
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.arango.faults import Kind, answers, broken
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.samples import TENANT, an_edge


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.GARBLED])
@pytest.mark.parametrize("request_name", ["query", "import"])
async def test_a_reply_that_cannot_be_read_is_unavailable(
    graph: ArangoLineageGraph, standin: ArangoStandIn, kind: Kind, request_name: str
) -> None:
    """Half a reply, or the page of a proxy, is no answer; the same call again does the rest."""
    standin.faults.append(broken(kind, request=request_name))
    await retryable(graph.apply(a_page(5, 9, a_chain(9))))
    assert await graph.apply(a_page(5, 9, a_chain(9))) == 9
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9


@pytest.mark.parametrize("request_name", ["query", "import"])
async def test_a_lost_reply_has_no_second_effect(
    graph: ArangoLineageGraph, standin: ArangoStandIn, request_name: str
) -> None:
    """The driver sends again what may have been done: every write may be."""
    for position in range(5, 15):
        standin.faults.append(broken(Kind.LOST, request=request_name))
        assert await graph.apply(a_page(position, position + 1, a_chain(15))) == position + 1
    assert len((await graph.trace(TENANT, node(14), UP, WIDE)).nodes) == 15


async def test_the_rest_of_an_answer_may_be_gone(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """A cursor that the server has dropped is unavailable, and worth asking again."""
    graph = await open_graph(attrs.evolve(at_standin, batch=2))
    await graph.prepare()
    edges = [an_edge(node(number), node(0)) for number in range(1, 9)]
    await graph.apply(a_page(0, 1, [attrs.evolve(a_chain(1)[0], nodes=tuple(map(node, range(9))), edges=tuple(edges))]))
    standin.faults.append(answers(404, 1600, request="next page", times=1))
    await retryable(graph.trace(TENANT, node(0), DOWN, WIDE))
    assert standin.requests[-1] == "close cursor"
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9
