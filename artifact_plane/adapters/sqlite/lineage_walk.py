"""``domain.model.lineage.walk`` over the tables: two statements a level, one for its edges, one for the names of new
nodes. Inside, nodes are numbers; their names give the order in which a level is gone through.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import apsw

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.sqlite.rows import RELATIONS
from artifact_plane.adapters.sqlite.statements import select
from artifact_plane.adapters.sqlite.thawing import thawed
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, NodeId, Walk

_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_new_edge: Final = thawed(LineageEdge)
_Edge: TypeAlias = tuple[NodeId, int, NodeId]
"""Source, relation and target. The numbers of relations sort as their words do, so these sort as edges do."""


class NumberedWalk:
    """One walk from ``start`` on; ``advance`` goes a level further."""

    def __init__(
        self, connection: apsw.Connection, start: int, start_id: NodeId, direction: Direction, bounds: Bounds
    ) -> None:
        self._connection: Final = connection
        self._upstream: Final = direction is Direction.UPSTREAM
        self._query: Final = "edges_upstream" if self._upstream else "edges_downstream"
        self._bounds: Final = bounds
        self._names: Final[dict[int, NodeId]] = {start: start_id}
        self._edges: Final[list[_Edge]] = []
        self._frontier: Sequence[int] = [start]
        self.seen: Final[dict[NodeId, None]] = {start_id: None}
        self.truncated = False

    def run(self, goal: NodeId | None = None) -> None:
        """Go as far as the bounds allow, or until ``goal`` is met."""
        for _ in range(self._bounds.depth):
            if not self._frontier or self.truncated or goal in self.seen:
                break
            self._advance()
        if self._frontier and goal not in self.seen:
            self._look_beyond()

    def result(self, position: int) -> Walk:
        """The walk as a value."""
        return Walk(nodes=tuple(self.seen), edges=tuple(self.edges()), truncated=self.truncated, position=position)

    def edges(self) -> list[LineageEdge]:
        """The edges that have both ends in the walk, level by level."""
        seen = self.seen
        inside = self._edges
        if self.truncated:
            inside = [edge for edge in inside if edge[0] in seen and edge[2] in seen]
        return _thawed_and_frozen(inside)

    def _advance(self) -> None:
        names, new = self._level()
        room = self._bounds.nodes - len(self.seen)
        ends = sorted([(names[k], k) for k in new])
        self.truncated = len(ends) > room
        del ends[room:]
        self._frontier = [k for _, k in ends]
        self.seen.update(dict.fromkeys([name for name, _ in ends]))

    def _look_beyond(self) -> None:
        """The edges of the last level: those among nodes that were met belong to the walk, others mark it as cut."""
        names, new = self._level()
        self.truncated = self.truncated or any(names[k] not in self.seen for k in new)

    def _level(self) -> tuple[dict[int, NodeId], set[int]]:
        """Take in the edges of the frontier; the names of all nodes so far, and which of them are new."""
        try:
            return self._take_in()
        except KeyError as error:
            raise unreadable("lineage edge", error) from error

    def _take_in(self) -> tuple[dict[int, NodeId], set[int]]:
        names = self._names
        rows = select(self._connection, self._query, _carray(self._frontier))
        new = {far for _, _, far in rows}.difference(names)
        if new:
            names.update(select(self._connection, "node_ids", _carray(new)))
        if self._upstream:
            level = [(names[near], relation, names[far]) for near, relation, far in rows]
        else:
            level = [(names[far], relation, names[near]) for near, relation, far in rows]
        level.sort()
        self._edges.extend(level)
        return names, new


def _thawed_and_frozen(rows: Iterable[_Edge]) -> list[LineageEdge]:
    edges: list[LineageEdge] = []
    for row in rows:
        edge = _new_edge()
        edge.source, relation, edge.target = row
        edge.relation = _RELATIONS[relation]
        edge.__class__ = LineageEdge
        edges.append(edge)
    return edges


def _carray(numbers: Iterable[int]) -> apsw.CArrayBinding:
    return apsw.carray(array("q", numbers))
