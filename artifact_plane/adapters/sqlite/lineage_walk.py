"""``domain.model.lineage.walk`` over the tables: two statements a level, one for its edges, one for the names of new
nodes. Inside, nodes are numbers; their names give the order in which a level is gone through.

A level may have far more edges than the bounds leave room for: what a million runs have read has a million. Then the
database finds the nodes that come first by name, and the edges to them, and no more of the level is held.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import apsw

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import RELATIONS
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, NodeId, Walk

_LEVEL_EDGES: Final = 20_000
_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_new_edge: Final = thawed(LineageEdge)
_Edge: TypeAlias = tuple[NodeId, int, NodeId]
"""Source, relation and target. The numbers of relations sort as their words do, so these sort as edges do."""


class NumberedWalk:
    """One walk from ``start`` on; ``seen`` are the nodes that were met, by distance."""

    def __init__(
        self,
        connection: apsw.Connection,
        start: int,
        start_id: NodeId,
        direction: Direction,
        bounds: Bounds,
        level_edges: int | None = None,
    ) -> None:
        """``level_edges`` as in ``SqliteSettings``."""
        self._connection: Final = connection
        self._upstream: Final = direction is Direction.UPSTREAM
        self._direction: Final = direction.value
        self._bounds: Final = bounds
        self._most: Final = max(_LEVEL_EDGES, 4 * bounds.nodes) if level_edges is None else level_edges
        self._names: Final[dict[int, NodeId]] = {start: start_id}
        self._edges: Final[list[LineageEdge]] = []
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
        return Walk(nodes=tuple(self.seen), edges=tuple(self._edges), truncated=self.truncated, position=position)

    def numbers(self) -> dict[NodeId, int]:
        """The numbers of the nodes that were met."""
        return {name: k for k, name in self._names.items()}

    def _advance(self) -> None:
        """Go one level further, to as many of its nodes as there is room for, in the order of their names."""
        edges, new = self._level()
        room = self._bounds.nodes - len(self.seen)
        ends = sorted([(self._names[k], k) for k in new])
        self.truncated = len(ends) > room
        del ends[room:]
        self._frontier = [k for _, k in ends]
        self.seen.update(dict.fromkeys([name for name, _ in ends]))
        self._edges.extend(self._inside(edges) if self.truncated else edges)

    def _look_beyond(self) -> None:
        """The edges of the last level: those among nodes that were met belong to the walk, others mark it as cut."""
        edges, new = self._level()
        self.truncated = self.truncated or bool(new)
        self._edges.extend(self._inside(edges))

    def _inside(self, edges: Iterable[LineageEdge]) -> list[LineageEdge]:
        return [edge for edge in edges if edge.source in self.seen and edge.target in self.seen]

    def _level(self) -> tuple[list[LineageEdge], set[int]]:
        """The edges of the frontier in their order, and which of the nodes at their far ends are new."""
        names, frontier = self._names, carray(self._frontier)
        rows = select(self._connection, f"edges_{self._direction}", frontier, self._most + 1)
        if len(rows) <= self._most:
            new = {far for _, _, far in rows}.difference(names)
            if new:
                names.update(select(self._connection, "node_ids", carray(new)))
        else:
            # Of so many one at least is new to the walk for which there is no room, if there is one at all.
            ends = select(self._connection, f"ends_{self._direction}", frontier, self._bounds.nodes + 1)
            new = {k for k, _ in ends}.difference(names)
            names.update(ends)
            rows = select(self._connection, f"edges_{self._direction}_to", frontier, carray(names))
            rows.sort(key=lambda row: (names[row[0]], row[1], names[row[2]]))
        try:
            return _edges(rows, names) if self._upstream else _edges_reversed(rows, names), new
        except KeyError as error:
            raise unreadable("lineage edge", error) from error


def carray(numbers: Iterable[int]) -> apsw.CArrayBinding:
    """Numbers as one value of a statement; there must be one at least."""
    return apsw.carray(array("q", numbers))


def _edges(rows: Iterable[Row], names: dict[int, NodeId]) -> list[LineageEdge]:
    """The edges from near to far. They come by source and relation already, and their targets nearly always in the
    order of their names, for names hold the time: only then is there nothing to sort."""
    edges: list[LineageEdge] = []
    in_order, near_before, relation_before, target_before = True, 0, 0, ""
    for near, relation, far in rows:
        target = names[far]
        if target < target_before and near == near_before and relation == relation_before:
            in_order = False
        near_before, relation_before, target_before = near, relation, target
        edge = _new_edge()
        edge.source = names[near]
        edge.relation = _RELATIONS[relation]
        edge.target = target
        edge.__class__ = LineageEdge
        edges.append(edge)
    return edges if in_order else sorted(edges, key=_order)


def _edges_reversed(rows: Iterable[Row], names: dict[int, NodeId]) -> list[LineageEdge]:
    """The edges from far to near."""
    found = sorted([(names[far], relation, names[near]) for near, relation, far in rows])
    return [LineageEdge(source, _RELATIONS[relation], target) for source, relation, target in found]


def _order(edge: LineageEdge) -> _Edge:
    return edge.source, RELATIONS[edge.relation], edge.target
