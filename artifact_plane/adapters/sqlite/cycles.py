"""Cycles: an edge may not make anything its own origin (law 20). Breadth first, without recursion, bounded."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.change_rows import EdgeRow
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.domain.model.cycles import closes_cycle, cycle_among
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.lineage import MAX_NODES, NodeId


def check_written(edges: Iterable[EdgeRow], written: Collection[NodeId]) -> None:
    """Look for a cycle among the nodes that one change writes; from others no edge leads back to them.

    Raises:
        LineageCycle: there is one.
    """
    found = cycle_among([(source, target) for source, _, target in edges if target in written])
    if found:
        raise closes_cycle(found)


def check_attached(edges: Iterable[EdgeRow], tenant: int, draft: Draft) -> None:
    """Look whether any of ``edges`` closes a cycle with what is recorded, or with those before it.

    Raises:
        LineageCycle: one does; the message names the cycle.
        InvalidInput: more nodes lie upstream than can be searched.
    """
    search = _Search(tenant, draft)
    for source, _, target in edges:
        search.attach(source, target)


class _Search:
    """The recorded edges, and the attached ones on top of them; nodes that are new have numbers below zero."""

    def __init__(self, tenant: int, draft: Draft) -> None:
        self._tenant: Final = tenant
        self._draft: Final = draft
        self._numbers: Final[dict[NodeId, int]] = {}
        self._attached: Final[defaultdict[int, list[int]]] = defaultdict(list)

    def attach(self, source: NodeId, target: NodeId) -> None:
        """Take the edge in if it closes no cycle."""
        start, goal = self._number(target), self._number(source)
        trail = self._trail(start, goal)
        if trail:
            raise closes_cycle([source, *self._names(trail)])
        self._attached[goal].append(start)

    def _number(self, node: NodeId) -> int:
        known = self._draft.known.nodes.get((self._tenant, node))
        return self._numbers.setdefault(node, -len(self._numbers) - 1 if known is None else known)

    def _trail(self, start: int, goal: int) -> Sequence[int]:
        """A shortest way upstream from ``start`` to ``goal``, both included; empty where there is none."""
        came_from = {start: start}
        frontier = [start]
        while frontier and goal not in came_from:
            found = [(near, far) for near, far in self._upstream(frontier) if far not in came_from]
            frontier = list({far: None for _, far in found})
            came_from.update((far, near) for near, far in found)
            if len(came_from) > MAX_NODES:
                raise InvalidInput(
                    f"more than {MAX_NODES} nodes lie upstream: too many to make sure that no cycle arises",
                    where="lineage",
                    remedy="give the origins when the artifact is created",
                )
        return _back(came_from, goal) if goal in came_from else ()

    def _upstream(self, frontier: Sequence[int]) -> Iterable[tuple[int, int]]:
        recorded = array("q", [k for k in frontier if k > 0])
        if recorded:
            for near, _, far in self._draft.now("edges_upstream", apsw.carray(recorded), -1):
                yield near, far
        for near in frontier:
            for far in self._attached.get(near, ()):
                yield near, far

    def _names(self, trail: Sequence[int]) -> list[NodeId]:
        names = {number: node for node, number in self._numbers.items()}
        unnamed = array("q", [k for k in trail if k not in names])
        if unnamed:
            names.update(self._draft.now("node_ids", apsw.carray(unnamed)))
        return [names[k] for k in trail]


def _back(came_from: dict[int, int], goal: int) -> Sequence[int]:
    trail = [goal]
    while came_from[trail[-1]] != trail[-1]:
        trail.append(came_from[trail[-1]])
    return trail[::-1]
