"""The server's error code says what went wrong, whose trouble it is, and what to do."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.arango.errors import TROUBLES
from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.domain.model.errors import Damaged, Unavailable
from tests.adapters.arango.ending import failure, retryable
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.arango.faults import answers
from tests.doubles.arango.standin import ArangoStandIn


@pytest.mark.parametrize("code", sorted(TROUBLES))
async def test_every_code_of_the_table_is_answered_by_it(
    graph: ArangoLineageGraph, standin: ArangoStandIn, code: int
) -> None:
    """The server's error code says what an error means, whatever class the driver makes of it."""
    is_status = 400 <= code < 600
    standin.faults.append(answers(code if is_status else 400, 0 if is_status else code))
    trouble = TROUBLES[code]
    for question in (graph.position(), graph.apply(a_page(5, 6, a_chain(6)))):
        error = await failure(question)
        assert f"{trouble.message} (error {code})" in str(error)
        assert error.remedy == trouble.remedy
        assert isinstance(error, Damaged) == trouble.damaged
        assert trouble.damaged or (isinstance(error, Unavailable) and error.retryable == trouble.retryable)
        assert "fault would have it" not in str(error)  # the server's own words may quote documents


@pytest.mark.parametrize(("status", "again"), [(400, False), (500, True)])
async def test_a_code_that_nobody_knows(
    graph: ArangoLineageGraph, standin: ArangoStandIn, status: int, again: bool
) -> None:
    """HTTP's status says then whose trouble it is."""
    standin.faults.append(answers(status, 4711))
    error = await failure(graph.position())
    assert isinstance(error, Unavailable)
    assert (error.retryable, "4711" in str(error)) == (again, True)


async def test_a_server_that_says_503_is_asked_again_once(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """It may be another that answers then; where none does, it cannot be reached."""
    standin.faults.append(answers(503, 503, times=1))
    assert await graph.position() == 5
    standin.faults.append(answers(503, 503))
    await retryable(graph.position())
