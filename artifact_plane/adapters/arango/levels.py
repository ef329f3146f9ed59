"""The edges of one level after another, as ``domain.model.lineage.walk`` asks for them: a query a level."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

import attrs

from artifact_plane.adapters.arango.conversation import Conversation
from artifact_plane.adapters.arango.names import Names, node_key
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageEdge, NodeId, Relation

T = TypeVar("T")

_RELATIONS: Final = {relation.value: relation for relation in Relation}


@attrs.frozen(kw_only=True)
class State:
    """Which generation of the graph is in force, and up to which ledger position it was fed."""

    generation: int
    position: int


class Levels:
    """One walk's way to its edges, in the graph as it was at ``state``; of one tenant."""

    def __init__(
        self,
        conversation: Conversation,
        names: Names,
        state: State,
        tenant_id: str,
        direction: Direction,
        bounds: Bounds,
        *,
        batch: int,
        most: int,
        goal: NodeId | None = None,
    ) -> None:
        """``batch`` is how many nodes a query names, ``most`` how many edges it fetches. With a ``goal`` the walk
        ends at the level that holds it."""
        self._conversation: Final = conversation
        self._names: Final = names
        self._state: Final = state
        self._tenant_id: Final = tenant_id
        self._direction: Final = direction.value
        self._bounds: Final = bounds
        self._batch: Final = batch
        self._most: Final = most
        self._goal: Final = goal
        self._met: Final[dict[NodeId, None]] = {}

    def edges(self, frontier: Collection[NodeId]) -> Iterable[LineageEdge]:
        """The edges of a level that the walk can use: all of them, or those that the answer has room for."""
        if self._goal in frontier:
            return ()
        self._met.update(dict.fromkeys(frontier))
        return [edge for some in batches(frontier, self._batch) for edge in self._edges(self._ids(some))]

    def known(self, *nodes: NodeId) -> Collection[NodeId]:
        """Which of these nodes there are."""
        keys = [node_key(self._state.generation, self._tenant_id, node) for node in nodes]
        rows = self._conversation.rows(
            "known",
            {"nodes": self._names.nodes},
            keys=keys,
            tenant_id=self._tenant_id,
            position=self._state.position,
        )
        return frozenset(map(str, rows))

    def _edges(self, level: list[str]) -> list[LineageEdge]:
        # One more than may be fetched says that there are more.
        rows = self._rows(self._direction, level, most=self._most + 1)
        return [_edge(row) for row in (rows if len(rows) <= self._most else self._with_room(level))]

    def _with_room(self, level: list[str]) -> Iterator[Json]:
        """The edges to nodes that the walk has met, and to as many new ones as it can take and one more.

        ``walk`` takes the first of a level's new nodes by name; the one more tells it that there are others.
        """
        room = self._bounds.nodes - len(self._met)
        new = self._rows(f"{self._direction}_ends", level, met=list(self._met), most=room + 1)
        for ends in batches([*self._met, *map(str, new)], self._batch):
            yield from self._rows(f"{self._direction}_among", level, ends=self._ids(ends))

    def _rows(self, query: str, level: list[str], **binds: int | list[str]) -> list[Json]:
        return self._conversation.rows(
            query,
            {"edges": self._names.edges},
            level=level,
            tenant_id=self._tenant_id,
            position=self._state.position,
            **binds,
        )

    def _ids(self, nodes: Iterable[NodeId]) -> list[str]:
        return [f"{self._names.nodes}/{node_key(self._state.generation, self._tenant_id, node)}" for node in nodes]


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in their order, at most ``size`` at a time."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _edge(row: Json) -> LineageEdge:
    match row:
        case [str(source), str(relation), str(target)] if relation in _RELATIONS:
            return LineageEdge(source, _RELATIONS[relation], target)
    raise Damaged(
        "a document of the projection is no edge",
        where="lineage",
        remedy="make the projection anew with `ap lineage rebuild`",
    )
