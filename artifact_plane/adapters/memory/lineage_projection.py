"""A lineage projection in memory: the reference for those in graph servers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from threading import Lock
from typing import Final

from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    LineageNode,
    NodeId,
    Walk,
    no_such_node,
    walk,
)
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.lineage_feed import FeedPage
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.lineage_projection import LineageProjection


class ProjectedRecords:
    """What was applied, with the position of each node and edge; several projections may share it as processes do."""

    def __init__(self) -> None:
        self.lock: Final = Lock()
        self.position = 0
        self.nodes: Final[dict[tuple[str, NodeId], int]] = {}
        self.edges: Final[dict[tuple[str, LineageEdge], int]] = {}
        self.ends: Final[dict[Direction, defaultdict[tuple[str, NodeId], list[LineageEdge]]]] = {
            direction: defaultdict(list) for direction in Direction
        }

    def apply(self, page: FeedPage) -> int:
        """See ``LineageProjection``."""
        for entry in page.entries:
            for node in entry.nodes:
                self.nodes.setdefault((entry.tenant_id, node), entry.position)
            for edge in entry.edges:
                self._add(entry.tenant_id, edge, entry.position)
        if page.after <= self.position:
            self.position = max(self.position, page.up_to)
        return self.position

    def clear(self) -> None:
        """See ``LineageProjection``."""
        self.position = 0
        self.nodes.clear()
        self.edges.clear()
        for ends in self.ends.values():
            ends.clear()

    def knows(self, tenant_id: str, node: NodeId) -> bool:
        """Whether the tenant's graph has the node, up to the position."""
        return self.nodes.get((tenant_id, node), self.position + 1) <= self.position

    def neighbours(self, tenant_id: str, direction: Direction) -> Callable[[Collection[NodeId]], Iterable[LineageEdge]]:
        """The edges of a level, up to the position."""
        ends = self.ends[direction]

        def edges(frontier: Collection[NodeId]) -> Iterator[LineageEdge]:
            for node in frontier:
                for edge in ends.get((tenant_id, node), ()):
                    if self.edges[tenant_id, edge] <= self.position:
                        yield edge

        return edges

    def _add(self, tenant_id: str, edge: LineageEdge, position: int) -> None:
        if (tenant_id, edge) not in self.edges:
            self.edges[tenant_id, edge] = position
            self.ends[Direction.UPSTREAM][tenant_id, edge.source].append(edge)
            self.ends[Direction.DOWNSTREAM][tenant_id, edge.target].append(edge)


class MemoryLineageProjection(LineageProjection):
    """Answers from ``ProjectedRecords``; a wait looks every ``poll_seconds``, for ``wait_seconds`` at most."""

    def __init__(
        self,
        records: ProjectedRecords,
        descriptions: LineageGraph,
        clock: Clock,
        *,
        wait_seconds: float = 10.0,
        poll_seconds: float = 0.05,
    ) -> None:
        """``descriptions`` is the record store's own lineage: it says what is known of nodes."""
        self._records: Final = records
        self._descriptions: Final = descriptions
        self._clock: Final = clock
        self._wait: Final = timedelta(seconds=wait_seconds)
        self._poll_seconds: Final = poll_seconds

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        await self.wait_for(at_least)
        with self._records.lock:
            self._check(tenant_id, start)
            neighbours = self._records.neighbours(tenant_id, direction)
            return walk(start, neighbours, direction, bounds, self._records.position)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        with self._records.lock:
            self._check(tenant_id, source, target)
            neighbours = self._records.neighbours(tenant_id, Direction.UPSTREAM)
            found = walk(source, neighbours, Direction.UPSTREAM, bounds, self._records.position)
        return found.way_to(target)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        return await self._descriptions.describe(tenant_id, nodes)

    async def prepare(self) -> None:
        """There is nothing to make."""

    async def missing(self) -> tuple[str, ...]:
        return ()

    async def position(self) -> int:
        return self._records.position

    async def wait_for(self, position: int) -> None:
        until = self._clock.now() + self._wait
        while (seen := self._records.position) < position:
            if self._clock.now() >= until:
                raise Unavailable(
                    f"the lineage has seen position {seen} and not yet {position}",
                    where="lineage",
                    remedy="ask again later, or for a position that was committed here",
                )
            await self._clock.sleep(self._poll_seconds)

    async def apply(self, page: FeedPage) -> int:
        with self._records.lock:
            return self._records.apply(page)

    async def clear(self) -> None:
        with self._records.lock:
            self._records.clear()

    def _check(self, tenant_id: str, *nodes: NodeId) -> None:
        for node in nodes:
            if not self._records.knows(tenant_id, node):
                raise no_such_node(node)
