"""Cycles: nothing may be its own origin (law 20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from artifact_plane.domain.model.errors import LineageCycle
from artifact_plane.domain.model.lineage import NodeId

_SHOWN: Final = 20


def cycle_among(edges: Iterable[tuple[NodeId, NodeId]]) -> Sequence[NodeId]:
    """A cycle of edges from source to target, its first node again at its end; empty where there is none.

    Takes away, again and again, the edges that lead to where none leaves: what never goes leads round in a circle.
    """
    left = list(edges)
    while left:
        sources = {source for source, _ in left}
        leading_on = [(source, target) for source, target in left if target in sources]
        if len(leading_on) == len(left):
            return _circle(dict(left))
        left = leading_on
    return ()


def closes_cycle(nodes: Sequence[NodeId]) -> LineageCycle:
    """The error that names a cycle, as ``cycle_among`` gives it; of a long one its ends."""
    shown = list(nodes)
    if len(shown) > _SHOWN:
        shown[_SHOWN // 2 : -_SHOWN // 2] = [f"({len(nodes) - _SHOWN} more)"]
    return LineageCycle(
        "the edge would close the cycle " + " → ".join(shown),
        where="lineage",
        remedy="leave the edge out, or correct the one that points the other way",
    )


def _circle(successors: dict[NodeId, NodeId]) -> Sequence[NodeId]:
    """A circle that following ``successors`` runs into, which lead on from each of them."""
    met: dict[NodeId, int] = {}
    node = next(iter(successors))
    while node not in met:
        met[node] = len(met)
        node = successors[node]
    return [*list(met)[met[node] :], node]
