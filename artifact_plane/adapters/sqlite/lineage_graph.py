"""SqliteLineageGraph: the ledger's own edges, so it has always seen the last commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.database import Database, snapshot
from artifact_plane.adapters.sqlite.lineage_walk import NumberedWalk
from artifact_plane.adapters.sqlite.rows import state_of
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, LineageNode, NodeId, Walk
from artifact_plane.ports.lineage_graph import LineageGraph


class SqliteLineageGraph(LineageGraph):
    """Bounded questions over the edges in the record store's file."""

    def __init__(self, database: Database, tenants: Tenants) -> None:
        self._database: Final = database
        self._tenants: Final = tenants

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        def question(connection: apsw.Connection) -> Walk:
            with snapshot(connection):
                position = _position(connection)
                if position < at_least:
                    raise _not_yet(at_least)
                (number,) = self._numbers(connection, tenant_id, start)
                walk = NumberedWalk(connection, number, start, direction, bounds)
                walk.run()
            return walk.result(position)

        return await self._database.read_apart(question)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        def question(connection: apsw.Connection) -> Walk:
            with snapshot(connection):
                position = _position(connection)
                number, _ = self._numbers(connection, tenant_id, source, target)
                walk = NumberedWalk(connection, number, source, Direction.UPSTREAM, bounds)
                walk.run(target)
            if target not in walk.seen:
                return Walk(nodes=(), edges=(), truncated=walk.truncated, position=position)
            steps = _steps(walk.edges(), source, target)
            nodes = (source, *[edge.target for edge in steps])
            return Walk(nodes=nodes, edges=steps, truncated=False, position=position)

        return await self._database.read_apart(question)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        def question(connection: apsw.Connection) -> list[Row]:
            tenant = self._tenants.number(connection, tenant_id)
            wanted = apsw.carray(tuple(dict.fromkeys(nodes)))
            return select(connection, "describe", tenant, wanted)

        rows = await self._database.read_apart(question) if nodes else []
        facts = {row[0]: _facts(row) for row in rows}
        return tuple(
            [LineageNode(id=node, kind=LineageNode.kind_of(node), facts=facts.get(node, {})) for node in nodes]
        )

    def _numbers(self, connection: apsw.Connection, tenant_id: str, *nodes: NodeId) -> Sequence[int]:
        tenant = self._tenants.number(connection, tenant_id)
        found = [select(connection, "node_number", tenant, node) for node in nodes]
        for node, rows in zip(nodes, found, strict=True):
            if not rows:
                raise NotFound(
                    f"the lineage has no node {printable(node)}",
                    where="lineage",
                    remedy="name an intent, execution, attachment or artifact version that there is",
                )
        return [rows[0][0] for rows in found]


def _position(connection: apsw.Connection) -> int:
    ((position,),) = select(connection, "position")
    return int(position)


def _not_yet(position: int) -> Unavailable:
    """Whatever is committed is seen at once, so there is nothing to wait for."""
    return Unavailable(
        f"nothing was committed at position {position} yet", where="lineage", remedy="ask again after the commit"
    )


def _steps(edges: Sequence[LineageEdge], source: NodeId, target: NodeId) -> tuple[LineageEdge, ...]:
    """The edges of one shortest way upstream: the first edge that enters a node comes from the level before it."""
    entering: dict[NodeId, LineageEdge] = {}
    for edge in edges:
        entering.setdefault(edge.target, edge)
    steps: list[LineageEdge] = []
    while target != source:
        steps.append(entering[target])
        target = entering[target].source
    return tuple(reversed(steps))


def _facts(row: Row) -> Mapping[str, str | int | None]:
    _, name, size, artifact_type, standing, decision, intent_type, state = row
    if artifact_type is not None:
        return {"type": artifact_type, "state": state_of(standing).value, "decision": decision}
    if intent_type is not None:
        return {"intent_type": intent_type, "state": state}
    return {} if name is None else {"name": name, "size": size}
