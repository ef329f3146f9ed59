"""Trace lineage: where artifacts came from, and what came of them."""

from __future__ import annotations

from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.lineage import Bounds, Direction, Lineage, NodeId, NodeKind, Walk, artifact_node
from artifact_plane.domain.use_cases.projection import LineageProjector
from artifact_plane.ports.answers import Lag, Progress
from artifact_plane.ports.application import LineageQueries
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.write_ahead_log import WriteAheadLog


class LineageTracer(LineageQueries):
    """See ``LineageQueries``."""

    def __init__(
        self,
        graph: LineageGraph,
        registry: ArtifactRegistry,
        log: WriteAheadLog,
        projector: LineageProjector | None = None,
    ) -> None:
        """``projector`` feeds the graph, where that is a projection."""
        self._graph = graph
        self._registry = registry
        self._log = log
        self._projector = projector

    async def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """See ``LineageQueries``."""
        start = await self._node(tenant_id, artifact_id, version)
        return await self.answer(tenant_id, start, Direction.UPSTREAM, bounds or Bounds(), at_least)

    async def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """See ``LineageQueries``."""
        start = await self._node(tenant_id, artifact_id, version)
        return await self.answer(tenant_id, start, Direction.DOWNSTREAM, bounds or Bounds(), at_least)

    async def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        """See ``LineageQueries``."""
        current = (await self._registry.get(tenant_id, artifact_id, body=False)).artifact
        concerned: dict[str, None] = {}
        for version in range(1, current.version + 1):
            start = artifact_node(artifact_id, version)
            walk = await self._graph.trace(tenant_id, start, Direction.DOWNSTREAM, bounds or Bounds())
            concerned.update(dict.fromkeys(_artifact_ids(walk)))
        concerned.pop(artifact_id, None)
        return await self._registry.current(tenant_id, tuple(concerned))

    async def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        """See ``LineageQueries``."""
        source = await self._node(tenant_id, artifact_id, None)
        target = await self._node(tenant_id, origin, None)
        return await self._described(
            tenant_id, source, await self._graph.path(tenant_id, source, target, bounds or Bounds())
        )

    async def lag(self) -> Lag:
        """See ``LineageQueries``."""
        if self._projector is not None:
            return await self._projector.lag()
        position = await self._log.position()
        return Lag(seen=position, ledger=position)

    async def rebuild(self, progress: Progress | None = None) -> Lag:
        """See ``LineageQueries``."""
        if self._projector is None:
            raise InvalidInput(
                "the ledger answers about lineage itself: there is no projection to make anew",
                where="the setting 'lineage'",
                remedy='this is for lineage = "arango"',
            )
        return await self._projector.rebuild(progress=progress)

    async def answer(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, at_least: int = 0
    ) -> Lineage:
        """The described walk from any node."""
        walk = await self._graph.trace(tenant_id, start, direction, bounds, at_least=at_least)
        return await self._described(tenant_id, start, walk)

    async def _described(self, tenant_id: str, start: NodeId, walk: Walk) -> Lineage:
        nodes = await self._graph.describe(tenant_id, walk.nodes)
        return Lineage(start=start, nodes=nodes, edges=walk.edges, truncated=walk.truncated, position=walk.position)

    async def _node(self, tenant_id: str, artifact_id: str, version: int | None) -> NodeId:
        """The node of a version that is or was there; deleting changes nothing about lineage (law 18)."""
        registered = await self._registry.get(tenant_id, artifact_id, version, body=False)
        return artifact_node(artifact_id, version or registered.artifact.version)


def _artifact_ids(walk: Walk) -> list[str]:
    prefix = f"{NodeKind.ARTIFACT.value}:"
    return [node.removeprefix(prefix).rpartition("@")[0] for node in walk.nodes if node.startswith(prefix)]
