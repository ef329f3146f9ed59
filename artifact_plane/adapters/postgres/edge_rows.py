"""The ends of a change's edges: which nodes it writes itself, which come into being, and which must be there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.cycles import closes_cycle, cycle_among
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.lineage import (
    LineageEdge,
    NodeId,
    NodeKind,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)

NodeRow: TypeAlias = tuple[NodeId, str | None, int | None]
_ARTIFACT: Final = f"{NodeKind.ARTIFACT.value}:"
_FOREIGN: Final = tuple(f"{kind.value}:" for kind in NodeKind if kind is not NodeKind.ARTIFACT)
"""What another runtime may have run: nodes that come into being when an edge points to them."""


@attrs.frozen
class EdgeEnds:
    """Nodes that a change's edges name and the change does not write: those made for it, those that must be there."""

    made: tuple[NodeId, ...]
    needed: tuple[NodeId, ...]


def ends_of(change: Change) -> EdgeEnds:
    """The ends of the change's edges.

    Raises:
        InvalidInput: an end is no node, or an edge leaves what the change does not write and may not leave.
        LineageCycle: the edges among the nodes that the change writes would close a cycle.
    """
    if not change.edges:
        return EdgeEnds((), ())
    written = {node for node, _, _ in written_nodes(change)}
    others = dict.fromkeys(end for edge in change.edges for end in (edge.source, edge.target) if end not in written)
    if not change.attaches_edges:
        _check_sources(change.edges, written)
        _check_written(change.edges, written)
    for node in others:
        if not node.startswith((_ARTIFACT, *_FOREIGN)):
            raise InvalidInput(
                f"{printable(node)} is not a lineage node", where="lineage", remedy="write it as kind:id"
            )
    return EdgeEnds(
        made=tuple([node for node in others if node.startswith(_FOREIGN)]),
        needed=tuple([node for node in others if node.startswith(_ARTIFACT)]),
    )


def written_nodes(change: Change) -> Iterator[NodeRow]:
    """The nodes that a change writes: new versions, and its execution with what that was started by and given."""
    for write in change.artifacts:
        if write.artifact.state is ArtifactState.ACTIVE:
            yield artifact_node(write.artifact.artifact_id, write.artifact.version), None, None
    if change.execution is not None:
        execution = change.execution.execution
        yield execution_node(execution.execution_id), None, None
        yield intent_node(execution.intent_id), None, None
        for one in execution.attachments:
            yield attachment_node(one.digest), one.name, one.size


def _check_sources(edges: Iterable[LineageEdge], written: Collection[NodeId]) -> None:
    for edge in edges:
        if edge.source not in written:
            raise InvalidInput(
                f"an edge leaves {printable(edge.source)}, which the change does not write",
                where="lineage",
                remedy="register lineage of what exists already with register_lineage",
            )


def _check_written(edges: Iterable[LineageEdge], written: Collection[NodeId]) -> None:
    """Look for a cycle among the nodes that one change writes; from others no edge leads back to them."""
    found = cycle_among([(edge.source, edge.target) for edge in edges if edge.target in written])
    if found:
        raise closes_cycle(found)
