"""``domain.model.lineage.walk`` over the tables: one statement a level, which gives its edges and the ids at their far
ends. Inside, nodes are numbers; their ids give the order in which a level is gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.postgres.connections import Connection, Row
from artifact_plane.adapters.postgres.rows import RELATIONS
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.adapters.postgres.thawing import thawed
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, NodeId, Walk

_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_new_edge: Final = thawed(LineageEdge)
_AT_ONCE: Final = 10_000
"""How many nodes one statement asks about at most."""


class NumberedWalk:
    """One walk from the node numbered ``start`` on, inside a transaction of its tenant; ``seen`` are the nodes that
    were met, by distance."""

    def __init__(
        self,
        connection: Connection,
        tenant_id: str,
        start: tuple[NodeId, int],
        direction: Direction,
        bounds: Bounds,
    ) -> None:
        self._connection: Final = connection
        self._tenant_id: Final = tenant_id
        self._upstream: Final = direction is Direction.UPSTREAM
        self._query: Final = statement("edges_upstream" if self._upstream else "edges_downstream")
        self._bounds: Final = bounds
        start_id, number = start
        self._names: Final[dict[int, NodeId]] = {number: start_id}
        self._edges: Final[list[LineageEdge]] = []
        self._frontier: Sequence[int] = [number]
        self.seen: Final[dict[NodeId, None]] = {start_id: None}
        self.truncated = False

    async def run(self, goal: NodeId | None = None) -> None:
        """Go as far as the bounds allow, or until ``goal`` is met."""
        for _ in range(self._bounds.depth):
            if not self._frontier or self.truncated or goal in self.seen:
                break
            await self._advance()
        if self._frontier and goal not in self.seen:
            await self._look_beyond()

    def result(self, position: int) -> Walk:
        """The walk as a value."""
        return Walk(nodes=tuple(self.seen), edges=tuple(self._edges), truncated=self.truncated, position=position)

    def steps(self, goal: NodeId) -> tuple[LineageEdge, ...]:
        """One shortest way to ``goal``, which was met: the first edge to enter a node comes from the level before."""
        entering: dict[NodeId, LineageEdge] = {}
        for edge in self._edges:
            entering.setdefault(edge.target, edge)
        steps: list[LineageEdge] = []
        start = next(iter(self.seen))
        while goal != start:
            steps.append(entering[goal])
            goal = entering[goal].source
        return tuple(reversed(steps))

    async def _advance(self) -> None:
        """Go one level further, to as many of its nodes as there is room for, in the order of their ids."""
        edges, new = await self._level()
        room = self._bounds.nodes - len(self.seen)
        ends = sorted(new)
        self.truncated = len(ends) > room
        del ends[room:]
        self._frontier = [k for _, k in ends]
        self.seen.update(dict.fromkeys([name for name, _ in ends]))
        self._edges.extend(self._inside(edges) if self.truncated else edges)

    async def _look_beyond(self) -> None:
        """The edges of the last level: those among nodes that were met belong to the walk, others mark it as cut."""
        edges, new = await self._level()
        self.truncated = self.truncated or bool(new)
        self._edges.extend(self._inside(edges))

    def _inside(self, edges: Iterable[LineageEdge]) -> list[LineageEdge]:
        return [edge for edge in edges if edge.source in self.seen and edge.target in self.seen]

    async def _level(self) -> tuple[list[LineageEdge], list[tuple[NodeId, int]]]:
        """The edges of the frontier in their order, and which of the nodes at their far ends are new."""
        names = self._names
        edges: list[Row] = []
        new: dict[int, NodeId] = {}
        for start in range(0, len(self._frontier), _AT_ONCE):
            some = self._frontier[start : start + _AT_ONCE]
            for row in await self._connection.fetch(self._query, self._tenant_id, some):
                if row[3] is None:
                    edges.append(row)
                elif row[2] not in names:
                    new[row[2]] = row[3]
        names.update(new)
        try:
            found = _edges(edges, names) if self._upstream else _edges_reversed(edges, names)
        except KeyError as error:
            raise unreadable("lineage edge", error) from error
        return found, [(name, k) for k, name in new.items()]


def _edges(rows: Iterable[Row], names: dict[int, NodeId]) -> list[LineageEdge]:
    """The edges from near to far, in the order that ``walk`` gives them."""
    return _made(sorted([(names[near], relation, names[far]) for near, relation, far, _ in rows]))


def _edges_reversed(rows: Iterable[Row], names: dict[int, NodeId]) -> list[LineageEdge]:
    """The edges from far to near."""
    return _made(sorted([(names[far], relation, names[near]) for near, relation, far, _ in rows]))


def _made(found: Iterable[tuple[NodeId, int, NodeId]]) -> list[LineageEdge]:
    """The numbers of relations sort as their words do, so what is sorted here is sorted as edges are."""
    edges: list[LineageEdge] = []
    for source, relation, target in found:
        edge = _new_edge()
        edge.source = source
        edge.relation = _RELATIONS[relation]
        edge.target = target
        edge.__class__ = LineageEdge
        edges.append(edge)
    return edges
