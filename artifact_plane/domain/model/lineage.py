"""Lineage: edges from what came later to what it came from, and bounded walks along them.

Relations follow W3C PROV-DM. Nodes are intents, executions, attachments and artifact *versions*; versions, because
an update must not change where anything came from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.identity import printable


class NodeKind(Enum):
    """What a node of the lineage is."""

    INTENT = "intent"
    EXECUTION = "execution"
    ATTACHMENT = "attachment"
    ARTIFACT = "artifact"


class Relation(Enum):
    """How the later thing depends on the earlier one (W3C PROV)."""

    WAS_GENERATED_BY = "was_generated_by"
    USED = "used"
    WAS_DERIVED_FROM = "was_derived_from"
    WAS_STARTED_BY = "was_started_by"
    WAS_REVISION_OF = "was_revision_of"


class Direction(Enum):
    """UPSTREAM asks what it came from, DOWNSTREAM what came of it."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


NodeId: TypeAlias = str
"""``kind:id``, for an artifact ``artifact:id@version``; unique in a tenant, for ids hold no separator."""


def artifact_node(artifact_id: str, version: int) -> NodeId:
    """The node of one version of an artifact."""
    return f"artifact:{artifact_id}@{version}"


def execution_node(execution_id: str) -> NodeId:
    """The node of an execution."""
    return f"execution:{execution_id}"


def intent_node(intent_id: str) -> NodeId:
    """The node of an intent."""
    return f"intent:{intent_id}"


def attachment_node(digest: str) -> NodeId:
    """The node of an attachment's content: the same bytes are the same node."""
    return f"attachment:{digest}"


@attrs.frozen
class LineageEdge:
    """``source`` came later and depends on ``target``, inside one tenant."""

    source: NodeId
    relation: Relation
    target: NodeId


@attrs.frozen(kw_only=True)
class LineageNode:
    """A node and what is known of it; ``facts`` are for showing (type, name, state, decision, size)."""

    id: NodeId
    kind: NodeKind
    facts: Mapping[str, str | int | None] = attrs.field(factory=dict)

    @staticmethod
    def kind_of(node_id: NodeId) -> NodeKind:
        """The kind that a node id names. Raises ValueError where it names none."""
        kind = node_id.partition(":")[0]
        return _KINDS.get(kind) or NodeKind(kind)


_KINDS: Final = {kind.value: kind for kind in NodeKind}
"""To call the Enum costs four times as much, and an answer may have a hundred thousand nodes."""


MAX_DEPTH: Final = 1_000_000
MAX_NODES: Final = 100_000


@attrs.frozen(kw_only=True)
class Bounds:
    """How far a walk may go (law 22): ``depth`` in steps, ``nodes`` including the start."""

    depth: int = 50
    nodes: int = 1_000

    def __attrs_post_init__(self) -> None:
        for field, most in (("depth", MAX_DEPTH), ("nodes", MAX_NODES)):
            if not 0 < getattr(self, field) <= most:
                raise InvalidInput(f"{field} must be between 1 and {most}", where=field, remedy="give a smaller bound")


@attrs.frozen(kw_only=True)
class Walk:
    """What a traversal found: node ids by distance from the start, edges among them, and whether it was cut.

    ``position`` is the ledger position that the graph had seen (law 19).
    """

    nodes: tuple[NodeId, ...]
    edges: tuple[LineageEdge, ...]
    truncated: bool
    position: int

    def way_to(self, target: NodeId) -> Walk:
        """One shortest way of this upstream walk from its start to ``target``; empty where it has not met that.

        Edges come level by level, so the first one that enters a node comes from the level before it.
        """
        if target not in self.nodes:
            return attrs.evolve(self, nodes=(), edges=())
        entering: dict[NodeId, LineageEdge] = {}
        for edge in self.edges:
            entering.setdefault(edge.target, edge)
        steps: list[LineageEdge] = []
        while target != self.nodes[0]:
            steps.append(entering[target])
            target = entering[target].source
        steps.reverse()
        nodes = (target, *[edge.target for edge in steps])
        return Walk(nodes=nodes, edges=tuple(steps), truncated=False, position=self.position)


@attrs.frozen(kw_only=True)
class Lineage:
    """The answer to a lineage question: as a ``Walk``, its nodes described."""

    start: NodeId
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    truncated: bool
    position: int


def no_such_node(node: NodeId) -> NotFound:
    """The error for a node that the tenant's lineage does not have."""
    return NotFound(
        f"the lineage has no node {printable(node)}",
        where="lineage",
        remedy="name an intent, execution, attachment or artifact version that there is",
    )


Neighbours: TypeAlias = Callable[[Collection[NodeId]], Iterable[LineageEdge]]


def walk(start: NodeId, neighbours: Neighbours, direction: Direction, bounds: Bounds, position: int) -> Walk:
    """Breadth first by level, without recursion: the reference that every adapter must equal.

    ``neighbours`` gives the edges that leave (upstream) or enter (downstream) any of a level's nodes. An edge is
    in the answer when both its ends are. Within a level nodes are taken in the order of their ids, so that a cut
    answer is deterministic too.
    """
    seen: dict[NodeId, None] = {start: None}
    edges: list[LineageEdge] = []
    frontier = [start]
    truncated = False
    for _ in range(bounds.depth):
        if not frontier:
            break
        found = sorted(set(neighbours(frontier)), key=_edge_order)
        edges += found
        ends = {end for edge in found if (end := _far_end(edge, direction)) not in seen}
        room = bounds.nodes - len(seen)
        frontier = sorted(ends)[:room]
        truncated = truncated or len(ends) > room
        seen.update(dict.fromkeys(frontier))
        if truncated:
            break
    last = sorted(set(neighbours(frontier)), key=_edge_order) if frontier else []
    edges += last
    truncated = truncated or any(_far_end(edge, direction) not in seen for edge in last)
    kept = tuple(edge for edge in dict.fromkeys(edges) if edge.source in seen and edge.target in seen)
    return Walk(nodes=tuple(seen), edges=kept, truncated=truncated, position=position)


def _far_end(edge: LineageEdge, direction: Direction) -> NodeId:
    return edge.target if direction is Direction.UPSTREAM else edge.source


def _edge_order(edge: LineageEdge) -> tuple[str, str, str]:
    return edge.source, edge.relation.value, edge.target
