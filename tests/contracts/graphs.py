"""Graphs of lineage to ask about, and what the answers must equal."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    NodeId,
    Relation,
    Walk,
    artifact_node,
    walk,
)
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM
WIDE = Bounds(depth=1000, nodes=100_000)
_tenants = itertools.count(1)


def new_tenant() -> str:
    """A tenant of which nothing is recorded yet."""
    return f"tenant-{next(_tenants)}"


def node(name: str | int) -> NodeId:
    """The first version of an artifact of that name."""
    return artifact_node(f"n{name}", 1)


def reference(edges: Iterable[LineageEdge], start: NodeId, direction: Direction, bounds: Bounds) -> Walk:
    """``walk`` over plain dicts: what every adapter must equal."""
    ends: defaultdict[NodeId, list[LineageEdge]] = defaultdict(list)
    for edge in edges:
        ends[edge.source if direction is UP else edge.target].append(edge)

    def neighbours(frontier: Collection[NodeId]) -> Iterable[LineageEdge]:
        return itertools.chain.from_iterable(ends[one] for one in frontier if one in ends)

    return walk(start, neighbours, direction, bounds, 0)


async def grown(store: RecordStoreUnderTest, edges: Iterable[LineageEdge], count: int, tenant_id: str = TENANT) -> int:
    """Artifacts n0 to n(count-1) and the edges among them, in one change; its position."""
    artifacts = [an_artifact(f"n{number}", tenant_id=tenant_id) for number in range(count)]
    return (await store.ledger.commit(a_change(*artifacts, edges=edges, tenant_id=tenant_id))).position


async def traced(
    store: RecordStoreUnderTest, start: NodeId, direction: Direction, bounds: Bounds = WIDE, tenant_id: str = TENANT
) -> Walk:
    """The graph's answer, its position taken off for comparing."""
    return attrs.evolve(await store.lineage.trace(tenant_id, start, direction, bounds), position=0)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[LineageEdge]]:
    """A random directed acyclic graph over n0, n1 … with several relations, also twice between the same two."""
    count = draw(st.integers(2, 12))
    pairs = st.sampled_from([(source, target) for source in range(count) for target in range(source)])
    drawn = draw(st.lists(st.tuples(pairs, st.sampled_from(Relation)), min_size=count // 2, max_size=3 * count))
    edges = [an_edge(node(source), node(target), relation) for (source, target), relation in drawn]
    return count, list(dict.fromkeys(edges))


bounds_of_all_sizes = st.builds(Bounds, depth=st.integers(1, 12), nodes=st.integers(1, 14))
many_graphs = settings(
    max_examples=40,
    deadline=None,
    # Each example has a tenant of its own, so that one store serves them all.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


def distance(edges: Sequence[LineageEdge], source: NodeId, target: NodeId) -> int:
    """The least number of steps upstream from ``source`` to ``target``."""
    level, steps = {source}, 0
    while target not in level:
        level = {edge.target for edge in edges if edge.source in level}
        steps += 1
    return steps
