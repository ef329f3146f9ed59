"""PostgresLineageGraph: the ledger's own edges, so it has always seen the last commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from artifact_plane.adapters.codec.lineage_rows import Facts, described, facts_of, not_committed_yet
from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.lineage_walk import NumberedWalk
from artifact_plane.adapters.postgres.rows import answerable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, NodeKind, Walk, no_such_node
from artifact_plane.ports.lineage_graph import LineageGraph

_DESCRIBED: Final = tuple(f"{kind.value}:" for kind in (NodeKind.ARTIFACT, NodeKind.EXECUTION, NodeKind.ATTACHMENT))
_NOBODY: Final = 0
"""The number of a node of which nothing is known: none has it."""


class PostgresLineageGraph(LineageGraph):
    """Bounded questions over the edges in the database. Every answer is of one state of it."""

    def __init__(self, database: Database, level_edges: int | None = None) -> None:
        """Answer from ``database``; ``level_edges`` is how many edges of one level of a walk are held."""
        self._database: Final = database
        self._level_edges: Final = level_edges
        self._last_walk: tuple[str, Mapping[NodeId, int]] = ("", {})

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        async with self._database.tenant(tenant_id, snapshot=True) as connection:
            position, numbers = await _numbers(connection, tenant_id, start)
            if position < at_least:
                raise not_committed_yet(at_least)
            walk = NumberedWalk(connection, tenant_id, direction, bounds, self._level_edges)
            await walk.run(_known(numbers, start))
        self._last_walk = tenant_id, {name: k for k, name in walk.names.items()}
        return _result(walk, position)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        async with self._database.tenant(tenant_id, snapshot=True) as connection:
            position, numbers = await _numbers(connection, tenant_id, source, target)
            walk = NumberedWalk(connection, tenant_id, Direction.UPSTREAM, bounds, self._level_edges)
            await walk.run(_known(numbers, source), _known(numbers, target))
        return _result(walk, position).way_to(target)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        numbers = await self._numbers_of(tenant_id, nodes)
        facts: Mapping[int, Facts] = {}
        if numbers:
            asked = [[k for node, k in numbers.items() if node.startswith(kind)] for kind in _DESCRIBED]
            facts = {row[0]: facts_of(*row) for row in await self._database.rows("describe", tenant_id, *asked)}
        return tuple([described(node, facts.get(numbers.get(node, _NOBODY), {})) for node in nodes])

    async def _numbers_of(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> Mapping[NodeId, int]:
        """The numbers of nodes; a node's number never changes, so those of the last walk need no looking up."""
        tenant, last = self._last_walk
        known = {node: last[node] for node in nodes if node in last} if tenant == tenant_id else {}
        unknown = [node for node in dict.fromkeys(nodes) if node not in known and answerable(node)]
        if unknown:
            known.update([(node, k) for node, k in await self._database.rows("known_nodes", tenant_id, unknown)])
        return known


async def _numbers(connection: Connection, tenant_id: str, *nodes: NodeId) -> tuple[int, dict[NodeId, int]]:
    """The ledger's position, and the numbers of those of the nodes that there are."""
    known = [node for node in nodes if answerable(node)]
    rows = await connection.fetch(statement("node_numbers"), tenant_id, known)
    return rows[0][0], {node: number for _, node, number in rows if node is not None}


def _known(numbers: Mapping[NodeId, int], node: NodeId) -> int:
    if node not in numbers:
        raise no_such_node(node)
    return numbers[node]


def _result(walk: NumberedWalk, position: int) -> Walk:
    return Walk(nodes=walk.nodes, edges=walk.edges, truncated=walk.truncated, position=position)
