"""``domain.model.lineage.walk`` over the tables: one statement a level for its edges, and one at the end for the ids of
all nodes. Inside, nodes are numbers. Their ids, which give the order in which a level is gone through, are needed on
the way only where a level has more nodes than there is room for.

A level may have far more edges than the bounds leave room for: what a million runs have read has a million. Then the
database finds the nodes that come first by id, and the edges to them, and no more of the level is held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
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
_LEVEL_EDGES: Final = 20_000


class NumberedWalk:
    """One walk, inside a transaction of its tenant.

    When it has been run, ``nodes`` are the ids by distance, ``edges`` the edges among them in the order of ``walk``,
    ``truncated`` says whether it was cut, and ``names`` are the ids of all numbers that were met.
    """

    def __init__(
        self,
        connection: Connection,
        tenant_id: str,
        direction: Direction,
        bounds: Bounds,
        level_edges: int | None = None,
    ) -> None:
        """``level_edges`` is how many edges of one level are held; None: as many as suits the bounds."""
        self._connection: Final = connection
        self._tenant_id: Final = tenant_id
        self._upstream: Final = direction is Direction.UPSTREAM
        self._direction: Final = direction.value
        self._bounds: Final = bounds
        self._most: Final = max(_LEVEL_EDGES, 4 * bounds.nodes) if level_edges is None else level_edges
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
        """The edges of the last level, from its nodes to the far ones; of very many, those that can matter."""
        near = list(self._levels[-1])
        rows: list[Row] = []
        for nodes in _in_parts(near):
            rows += await self._asked(f"edges_{self._direction}", nodes, self._most + 1 - len(rows))
            if len(rows) > self._most:
                return await self._level_to(near, await self._first_ends(near))
        return rows

    async def _first_ends(self, near: Sequence[int]) -> list[int]:
        """The nodes that a level leads to: of those that are first by id, one more than the walk may have.

        So one at least is new to the walk for which there is no room, if there is one at all.
        """
        most = self._bounds.nodes + 1
        ends: dict[NodeId, int] = {}
        for nodes in _in_parts(near):
            ends.update([(name, k) for k, name in await self._asked(f"ends_{self._direction}", nodes, most)])
            ends = dict(sorted(ends.items())[:most])
        self.names.update([(k, name) for name, k in ends.items()])
        return list(ends.values())

    async def _level_to(self, near: Sequence[int], ends: Sequence[int]) -> list[Row]:
        """The edges of a level that lead to nodes of the walk, or to ``ends``."""
        wanted = list(self._seen.union(ends))
        return [
            row for nodes in _in_parts(near) for row in await self._asked(f"edges_{self._direction}_to", nodes, wanted)
        ]

    async def _name(self, nodes: Collection[int]) -> None:
        for part in _in_parts(list(nodes)):
            self.names.update([(k, name) for k, name in await self._asked("node_ids", part)])

    async def _asked(self, name: str, *values: object) -> list[Row]:
        return await self._connection.fetch(statement(name), self._tenant_id, *values)

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


def _in_parts(nodes: Sequence[int]) -> Iterator[Sequence[int]]:
    return (nodes[start : start + _AT_ONCE] for start in range(0, len(nodes), _AT_ONCE))
