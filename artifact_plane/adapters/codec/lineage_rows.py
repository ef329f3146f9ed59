"""What rows of a record store say of the nodes of its lineage, the same in every database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from artifact_plane.adapters.codec.tables import STATE_WORDS
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.lineage import LineageNode, NodeId, NodeKind

Facts: TypeAlias = Mapping[str, str | int | None]

_KINDS: Final = {kind.value: kind for kind in NodeKind}
_new_node: Final = thawed(LineageNode)


def described(node: NodeId, facts: Facts) -> LineageNode:
    """The node with what is known of it."""
    described = _new_node()
    described.id = node
    described.kind = _KINDS.get(node.partition(":")[0]) or LineageNode.kind_of(node)
    described.facts = facts
    described.__class__ = LineageNode
    frozen: LineageNode = described
    return frozen


def facts_of(
    _: int,
    artifact_type: str | None,
    standing: int,
    decision: str | None,
    intent_type: str | None,
    state: str | None,
    name: str | None,
    size: int | None,
) -> Facts:
    """What a row of the statement ``describe`` says; its columns come in this order, the node's number first."""
    if artifact_type is not None:
        return {"type": artifact_type, "state": STATE_WORDS[standing], "decision": decision}
    if intent_type is not None:
        return {"intent_type": intent_type, "state": state}
    return {} if name is None else {"name": name, "size": size}


def not_committed_yet(position: int) -> Unavailable:
    """The error of a lineage that sees whatever is committed at once, so there is nothing to wait for."""
    return Unavailable(
        f"nothing was committed at position {position} yet", where="lineage", remedy="ask again after the commit"
    )
