"""LineageGraph: bounded questions over the committed edges (laws 19 to 22)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, Walk


class LineageGraph(ABC):
    """Every answer names the ledger position it has seen. ``domain.model.lineage.walk`` is the reference."""

    @abstractmethod
    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        """Everything that ``start`` came from (upstream), or that came of it (downstream), within ``bounds``.

        Equal to ``walk``: same nodes, same edges, same mark when it was cut. ``at_least`` waits until the graph
        has seen that ledger position.

        Raises:
            NotFound: the tenant's graph has no such node.
            Unavailable: the position was not reached in time.
        """

    @abstractmethod
    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        """One shortest path from ``source`` upstream to ``target``; no nodes where there is none within ``bounds``.

        ``truncated`` says that the bounds ended the search.

        Raises:
            NotFound: the tenant's graph has no node ``source`` or no node ``target``.
        """

    @abstractmethod
    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        """What is known of these nodes, in their order: an artifact's type, state and decision, an attachment's
        name and size, an execution's intent type and state. Facts that are unknown are left out."""
