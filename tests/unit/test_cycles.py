"""Cycles among edges: found wherever they are, and named in bounded words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.domain.model.cycles import closes_cycle, cycle_among

nodes = st.sampled_from("abcdefg")


@given(st.lists(st.tuples(nodes, nodes), max_size=20))
def test_a_cycle_is_a_way_along_the_edges_back_to_where_it_began(edges: list[tuple[str, str]]) -> None:
    """And there is none where everything can be put in an order in which no edge leads back."""
    found = cycle_among(edges)
    assert bool(found) is not _in_order(edges)
    assert set(pairwise(found)) <= set(edges)
    assert found[:1] == found[-1:]


def _in_order(edges: list[tuple[str, str]]) -> bool:
    left = {node for edge in edges for node in edge}
    while free := {node for node in left if not any(source == node and target in left for source, target in edges)}:
        left -= free
    return not left


def test_a_long_cycle_is_named_by_its_ends() -> None:
    """A message has an end, however long the cycle."""
    short = [f"n{number}" for number in range(20)]
    assert " → ".join(short) in closes_cycle(short).message
    long = [f"n{number}" for number in range(100_000)]
    assert "n9 → (99980 more) → n99990" in closes_cycle(long).message
    assert len(closes_cycle(long).message) < 400
