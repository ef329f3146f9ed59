"""Lineage in Postgres: everything that an artifact came from, ten generations up, in a large graph."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, TypeAlias

from artifact_plane.adapters.postgres.connections import Connection, Row
from artifact_plane.domain.model.lineage import artifact_node
from benchmarks.cloud import durable_databases, opened, raw_connections, settings_of, settled
from benchmarks.harness import MILLISECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.lineage import BOUNDS, upstream
from benchmarks.places import folder
from benchmarks.plane import Ours, seeded
from benchmarks.scale import Scale

_WALKS_A_ROUND: Final = 20
_NUMBER: Final = "SELECT k FROM artifact_plane.node WHERE tenant_id = 'bench' AND id = $1"
_EDGES: Final = """
SELECT source, relation, target FROM artifact_plane.edge WHERE tenant_id = 'bench' AND source = ANY ($1::bigint[])
"""
_NODES: Final = """
SELECT n.k, n.id, a.artifact_type, a.standing, a.decision
FROM artifact_plane.node AS n
    LEFT JOIN artifact_plane.artifact AS a ON a.tenant_id = n.tenant_id AND a.k = n.k
WHERE n.tenant_id = 'bench' AND n.k = ANY ($1::bigint[])
"""
_Edge: TypeAlias = tuple[str, int, str]


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours walk the same database."""
    with folder() as place:
        async with (
            durable_databases() as (database,),
            raw_connections(database) as (connection,),
            opened(settings_of(database.runtime, place)) as ours,
        ):
            ids = await seeded(ours, scale.graph_edges // 3, size=20)
            await settled(database)
            return [await _compare(connection, ours, ids, scale)]


async def _compare(connection: Connection, ours: Ours, ids: Sequence[str], scale: Scale) -> Figure:
    starts = random.Random(3).choices(ids[len(ids) // 2 :], k=_WALKS_A_ROUND)  # noqa: S311 - sample data
    sizes: list[int] = []

    async def raw() -> float:
        return await duration(lambda number: raw_upstream(connection, artifact_node(starts[number], 1)), len(starts))

    async def our() -> float:
        async def walk(number: int) -> None:
            sizes.append(await upstream(ours, starts[number]))

        return await duration(walk, len(starts))

    raw_times, our_times = await alternating(scale.rounds, raw, our)
    note = f"{sum(sizes) // len(sizes)} nodes, {scale.graph_edges:,} edges in the graph; raw: by frontier, same answer"
    return compared("upstream, depth 10", "ms", at_most(1.5), raw_times, our_times, scale=MILLISECONDS, note=note)


async def raw_upstream(connection: Connection, start: str) -> tuple[list[Row], list[_Edge]]:
    """Nodes with their facts, and edges by name: one statement a level for the edges, one for all the nodes."""
    frontier = [await connection.fetchval(_NUMBER, start)]
    seen = set(frontier)
    found: list[Row] = []
    for _ in range(BOUNDS.depth):
        edges = await connection.fetch(_EDGES, frontier)
        found += edges
        frontier = list({target for _, _, target in edges} - seen)
        seen.update(frontier)
    found += [edge for edge in await connection.fetch(_EDGES, frontier) if edge[2] in seen]
    nodes = await connection.fetch(_NODES, list(seen))
    names = {row[0]: row[1] for row in nodes}
    return nodes, [(names[source], relation, names[target]) for source, relation, target in found]
