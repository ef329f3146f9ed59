"""SqliteLineageGraph: the ledger's own edges, so it has always seen the last commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import apsw

from artifact_plane.adapters.codec.lineage_rows import described, facts_of, not_committed_yet
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.lineage_walk import NumberedWalk, carray
from artifact_plane.adapters.sqlite.statements import select, snapshot
from artifact_plane.adapters.sqlite.tenants import NOBODY, Tenants
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, Walk, no_such_node
from artifact_plane.ports.lineage_graph import LineageGraph


class SqliteLineageGraph(LineageGraph):
    """Bounded questions over the edges in the record store's file."""

    def __init__(self, database: Database, tenants: Tenants) -> None:
        self._database: Final = database
        self._tenants: Final = tenants
        self._level_edges: Final = database.settings.level_edges
        self._last_walk: tuple[str, Mapping[NodeId, int]] = ("", {})

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        def question(connection: apsw.Connection) -> Walk:
            with snapshot(connection):
                position = _position(connection)
                if position < at_least:
                    raise not_committed_yet(at_least)
                (number,) = self._numbers(connection, tenant_id, start)
                walk = NumberedWalk(connection, number, start, direction, bounds, self._level_edges)
                walk.run()
            self._last_walk = tenant_id, walk.numbers()
            return walk.result(position)

        return await self._database.read_apart(question)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        def question(connection: apsw.Connection) -> Walk:
            with snapshot(connection):
                position = _position(connection)
                number, _ = self._numbers(connection, tenant_id, source, target)
                walk = NumberedWalk(connection, number, source, Direction.UPSTREAM, bounds, self._level_edges)
                walk.run(target)
            return walk.result(position).way_to(target)

        return await self._database.read_apart(question)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        def question(connection: apsw.Connection) -> tuple[LineageNode, ...]:
            with snapshot(connection):
                numbers = self._known(connection, tenant_id, nodes)
                wanted = [numbers.get(node, NOBODY) for node in nodes]
                rows = select(connection, "describe", carray(wanted)) if wanted else []
            if len(rows) == len(nodes):  # in their order, then; only an unknown node has no row
                return tuple([described(node, facts_of(*row)) for node, row in zip(nodes, rows, strict=True)])
            facts = {row[0]: facts_of(*row) for row in rows}
            return tuple([described(node, facts.get(numbers.get(node, NOBODY), {})) for node in nodes])

        return await self._database.read_apart(question)

    def _known(self, connection: apsw.Connection, tenant_id: str, nodes: tuple[NodeId, ...]) -> dict[NodeId, int]:
        """The numbers of nodes; a node's number never changes, so those of the last walk need no looking up."""
        tenant, last = self._last_walk
        known = {node: last[node] for node in nodes if node in last} if tenant == tenant_id else {}
        unknown = tuple([node for node in nodes if node not in known])
        if unknown:
            number = self._tenants.number(connection, tenant_id)
            known.update(select(connection, "known_nodes", number, apsw.carray(unknown)))
        return known

    def _numbers(self, connection: apsw.Connection, tenant_id: str, *nodes: NodeId) -> Sequence[int]:
        tenant = self._tenants.number(connection, tenant_id)
        found = [select(connection, "node_number", tenant, node) for node in nodes]
        for node, rows in zip(nodes, found, strict=True):
            if not rows:
                raise no_such_node(node)
        return [rows[0][0] for rows in found]


def _position(connection: apsw.Connection) -> int:
    ((position,),) = select(connection, "position")
    return int(position)
