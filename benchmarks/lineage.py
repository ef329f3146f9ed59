"""Lineage: everything that an artifact came from, ten generations up, in a large graph."""

from __future__ import annotations

import asyncio
import random
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

import apsw

from artifact_plane.domain.model.lineage import Bounds, artifact_node
from benchmarks.harness import MILLISECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import RECORDS, Ours, opened, seeded
from benchmarks.raw_store import Row, reader_of, select
from benchmarks.samples import TENANT
from benchmarks.scale import Scale

BOUNDS: Final = Bounds(depth=10, nodes=5_000)
_WALKS_A_ROUND: Final = 20
_NUMBER: Final = "SELECT k FROM node WHERE tenant = 1 AND id = ?"
_EDGES: Final = """
SELECT e.source, e.relation, e.target FROM carray(?) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value
"""
_NODES: Final = """
SELECT n.k, n.id, a.artifact_type, a.standing, a.decision
FROM carray(?) AS wanted CROSS JOIN node AS n ON n.k = wanted.value LEFT JOIN artifact AS a ON a.k = n.k
"""
_Edge: TypeAlias = tuple[str, int, str]


async def measure(scale: Scale) -> list[Figure]:
    """Raw and ours walk the same file."""
    with folder() as place:
        async with opened(place / "home") as ours:
            ids = await seeded(ours, scale.graph_edges // 3, size=20)
            return [await _compare(place / "home", ours, ids, scale)]


async def _compare(home: Path, ours: Ours, ids: Sequence[str], scale: Scale) -> Figure:
    connection = reader_of(home / RECORDS)
    starts = random.Random(3).choices(ids[len(ids) // 2 :], k=_WALKS_A_ROUND)  # noqa: S311 - sample data
    sizes: list[int] = []
    with ThreadPoolExecutor(1) as thread:

        async def raw() -> float:
            async def walk(number: int) -> None:
                start = artifact_node(starts[number], 1)
                await asyncio.get_running_loop().run_in_executor(thread, raw_upstream, connection, start)

            return await duration(walk, len(starts))

        async def our() -> float:
            async def walk(number: int) -> None:
                sizes.append(await upstream(ours, starts[number]))

            return await duration(walk, len(starts))

        raw_times, our_times = await alternating(scale.rounds, raw, our)
    connection.close()
    note = f"{sum(sizes) // len(sizes)} nodes, {scale.graph_edges:,} edges in the graph; raw: by frontier, same answer"
    return compared("upstream, depth 10", "ms", at_most(1.5), raw_times, our_times, scale=MILLISECONDS, note=note)


async def upstream(ours: Ours, artifact_id: str) -> int:
    """Walk up; the number of nodes found."""
    return len((await ours.app.lineage.upstream(artifact_id, TENANT, bounds=BOUNDS)).nodes)


def raw_upstream(connection: apsw.Connection, start: str) -> tuple[list[Row], list[_Edge]]:
    """Nodes with their facts, and edges by name: one statement a level for the edges, one for all the nodes."""
    frontier = [connection.execute(_NUMBER, (start,)).get]
    seen = set(frontier)
    found: list[Row] = []
    for _ in range(BOUNDS.depth):
        edges = _edges(connection, frontier)
        found += edges
        frontier = list({target for _, _, target in edges} - seen)
        seen.update(frontier)
    found += [edge for edge in _edges(connection, frontier) if edge[2] in seen]
    nodes = select(connection, _NODES, apsw.carray(array("q", seen)))
    names = {row[0]: row[1] for row in nodes}
    return nodes, [(names[source], relation, names[target]) for source, relation, target in found]


def _edges(connection: apsw.Connection, frontier: Sequence[int]) -> list[Row]:
    return select(connection, _EDGES, apsw.carray(array("q", frontier)))
