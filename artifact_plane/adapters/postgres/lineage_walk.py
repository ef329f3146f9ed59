"""``domain.model.lineage.walk`` over the tables: one statement a level for its edges, and one at the end for the ids of
all nodes. Inside, nodes are numbers. Their ids, which give the order in which a level is gone through, are needed on
the way only where a level has more nodes than there is room for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import RELATIONS
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.postgres.connections import Connection, Row
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, NodeId

_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_new_edge: Final = thawed(LineageEdge)
_AT_ONCE: Final = 10_000
"""How many nodes one statement asks about at most."""


class NumberedWalk:
    """One walk, inside a transaction of its tenant.

    When it has been run, ``nodes`` are the ids by distance, ``edges`` the edges among them in the order of ``walk``,
    ``truncated`` says whether it was cut, and ``names`` are the ids of all numbers that were met.
    """

    def __init__(self, connection: Connection, tenant_id: str, direction: Direction, bounds: Bounds) -> None:
        self._connection: Final = connection
        self._tenant_id: Final = tenant_id
        self._upstream: Final = direction is Direction.UPSTREAM
        self._query: Final = statement("edges_upstream" if self._upstream else "edges_downstream")
        self._bounds: Final = bounds
        self._seen: Final[set[int]] = set()
        self._levels: Final[list[Collection[int]]] = []
        self._found: Final[list[list[Row]]] = []
        self.names: Final[dict[int, NodeId]] = {}
        self.nodes: tuple[NodeId, ...] = ()
        self.edges: tuple[LineageEdge, ...] = ()
        self.truncated = False

    async def run(self, start: int, goal: int | None = None) -> None:
        """Go as far as the bounds allow, or until ``goal`` is met."""
        self._enter([start])
        for _ in range(self._bounds.depth):
            if not self._levels[-1] or self.truncated or goal in self._seen:
                break
            await self._advance()
        if self._levels[-1] and goal not in self._seen:
            await self._look_beyond()
        await self._name(self._seen.difference(self.names))
        try:
            self.nodes = tuple([name for level in self._levels for name in sorted([self.names[k] for k in level])])
            self.edges = tuple([edge for rows in self._found for edge in self._named(rows)])
        except KeyError as error:
            raise unreadable("lineage edge", error) from error

    async def _advance(self) -> None:
        """Go one level further, to as many of its nodes as there is room for, in the order of their ids."""
        rows = await self._level()
        new: Collection[int] = {far for _, _, far in rows}.difference(self._seen)
        room = self._bounds.nodes - len(self._seen)
        if len(new) > room:
            self.truncated = True
            await self._name(new)
            new = sorted(new, key=self.names.__getitem__)[:room]
        self._enter(new)
        self._found.append(self._inside(rows) if self.truncated else rows)

    async def _look_beyond(self) -> None:
        """The edges of the last level: those among nodes that were met belong to the walk, others mark it as cut."""
        rows = await self._level()
        inside = self._inside(rows)
        self.truncated = self.truncated or len(inside) < len(rows)
        self._found.append(inside)

    def _enter(self, level: Collection[int]) -> None:
        self._seen.update(level)
        self._levels.append(level)

    def _inside(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if row[2] in self._seen]

    async def _level(self) -> list[Row]:
        """The edges of the last level, from its nodes to the far ones."""
        return await self._about(self._query, self._levels[-1])

    async def _name(self, nodes: Collection[int]) -> None:
        self.names.update([(k, name) for k, name in await self._about(statement("node_ids"), nodes)])

    async def _about(self, query: str, nodes: Collection[int]) -> list[Row]:
        asked = list(nodes)
        rows: list[Row] = []
        for start in range(0, len(asked), _AT_ONCE):
            rows += await self._connection.fetch(query, self._tenant_id, asked[start : start + _AT_ONCE])
        return rows

    def _named(self, rows: Sequence[Row]) -> list[LineageEdge]:
        """The edges of a level in their order. The numbers of relations sort as their words do."""
        names = self.names
        if self._upstream:
            found = [(names[near], relation, names[far]) for near, relation, far in rows]
        else:
            found = [(names[far], relation, names[near]) for near, relation, far in rows]
        edges: list[LineageEdge] = []
        for source, relation, target in sorted(found):
            edge = _new_edge()
            edge.source = source
            edge.relation = _RELATIONS[relation]
            edge.target = target
            edge.__class__ = LineageEdge
            edges.append(edge)
        return edges
