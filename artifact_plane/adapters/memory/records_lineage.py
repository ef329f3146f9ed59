"""One tenant's lineage: which nodes there are, and the edges by either end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Final, TypeAlias

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.cycles import closes_cycle
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.execution import AttachmentRecord
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.lineage import (
    LineageEdge,
    LineageNode,
    NodeId,
    NodeKind,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)

Ends: TypeAlias = defaultdict[NodeId, dict[LineageEdge, None]]


class LineageRecords:
    """Nodes exist once a change has written them, or has named them as an edge's end."""

    def __init__(self) -> None:
        self.nodes: Final[set[NodeId]] = set()
        self.attachments: Final[dict[NodeId, AttachmentRecord]] = {}
        self.upstream: Final[Ends] = defaultdict(dict)
        self.downstream: Final[Ends] = defaultdict(dict)

    def check(self, change: Change) -> None:
        """Refuse edges that may not be.

        Raises:
            InvalidInput, NotFound, LineageCycle: as ``Ledger.commit`` says.
        """
        written = frozenset(written_nodes(change))
        for edge in change.edges:
            if edge.source not in written and not change.attaches_edges:
                raise _leaves_another(edge)
            for end in (edge.source, edge.target):
                if _kind(end) is NodeKind.ARTIFACT and end not in written and end not in self.nodes:
                    raise NotFound(f"there is no {end}", where="lineage", remedy="name a version that there is")
        # Edges to older nodes from new ones close no cycle; those among the nodes that a change writes may.
        among = change.edges if change.attaches_edges else [edge for edge in change.edges if edge.target in written]
        self._check_cycles(among)

    def write(self, change: Change) -> tuple[tuple[NodeId, ...], tuple[LineageEdge, ...]]:
        """Record the nodes and edges of a change that was checked; those of them that are new."""
        named = chain(written_nodes(change), *((edge.source, edge.target) for edge in change.edges))
        nodes = tuple(node for node in dict.fromkeys(named) if node not in self.nodes)
        edges = tuple(edge for edge in dict.fromkeys(change.edges) if edge not in self.upstream.get(edge.source, ()))
        self.nodes.update(nodes)
        for record in change.execution.execution.attachments if change.execution else ():
            self.attachments.setdefault(attachment_node(record.digest), record)
        for edge in edges:
            self.upstream[edge.source][edge] = None
            self.downstream[edge.target][edge] = None
        return nodes, edges

    def leaving(self, frontier: Collection[NodeId]) -> Iterator[LineageEdge]:
        """The edges from any of these nodes to what it came from."""
        return chain.from_iterable(self.upstream.get(node, ()) for node in frontier)

    def entering(self, frontier: Collection[NodeId]) -> Iterator[LineageEdge]:
        """The edges to any of these nodes from what came of it."""
        return chain.from_iterable(self.downstream.get(node, ()) for node in frontier)

    def _check_cycles(self, edges: Iterable[LineageEdge]) -> None:
        attached: defaultdict[NodeId, list[NodeId]] = defaultdict(list)
        for edge in edges:
            attached[edge.source].append(edge.target)

        def origins(node: NodeId) -> Iterable[NodeId]:
            return chain((edge.target for edge in self.upstream.get(node, ())), attached.get(node, ()))

        cycle = find_cycle(list(attached), origins)
        if cycle is not None:
            raise closes_cycle(cycle)


def written_nodes(change: Change) -> Iterator[NodeId]:
    """The nodes that a change writes: new versions, and its execution with what that was started by and given."""
    for write in change.artifacts:
        if write.artifact.state is not ArtifactState.DELETED:
            yield artifact_node(write.artifact.artifact_id, write.artifact.version)
    if change.execution is not None:
        execution = change.execution.execution
        yield execution_node(execution.execution_id)
        yield intent_node(execution.intent_id)
        for record in execution.attachments:
            yield attachment_node(record.digest)


def find_cycle(starts: Iterable[NodeId], origins: Callable[[NodeId], Iterable[NodeId]]) -> list[NodeId] | None:
    """A cycle that can be reached from ``starts``, its first node repeated at its end; None where there is none.

    Depth first, without recursion: the path so far is the stack.
    """
    cleared: set[NodeId] = set()
    for start in starts:
        path = {} if start in cleared else {start: iter(origins(start))}
        while path:
            node, rest = next(reversed(path.items()))
            following = next(rest, None)
            if following is None:
                path.popitem()
                cleared.add(node)
            elif following in path:
                names = list(path)
                return [*names[names.index(following) :], following]
            elif following not in cleared:
                path[following] = iter(origins(following))
    return None


def _kind(node: NodeId) -> NodeKind:
    try:
        return LineageNode.kind_of(node)
    except ValueError:
        raise InvalidInput(
            f"{printable(node)} is not a lineage node", where="lineage", remedy="write it as kind:id"
        ) from None


def _leaves_another(edge: LineageEdge) -> InvalidInput:
    return InvalidInput(
        f"an edge leaves {printable(edge.source)}, which the change does not write",
        where="lineage",
        remedy="use register_lineage to add an edge to something that exists already",
    )
