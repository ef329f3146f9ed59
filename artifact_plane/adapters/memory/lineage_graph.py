"""The lineage graph in memory: the ledger's own edges, so it has always seen the last commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from artifact_plane.adapters.memory.records import MemoryRecordStore, TenantRecords
from artifact_plane.adapters.memory.records_lineage import LineageRecords
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageNode,
    NodeId,
    NodeKind,
    Walk,
    no_such_node,
    walk,
)
from artifact_plane.ports.lineage_graph import LineageGraph

Facts: TypeAlias = Mapping[str, str | int | None]


class MemoryLineageGraph(LineageGraph):
    """Walks the edges of a ``MemoryRecordStore``."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        with self._records.lock:
            if self._records.position < at_least:
                raise Unavailable(
                    f"the lineage has not seen position {at_least} yet",
                    where="lineage",
                    remedy="ask again later, or for a position that was committed here",
                )
            lineage = self._lineage(tenant_id, start)
            neighbours = lineage.leaving if direction is Direction.UPSTREAM else lineage.entering
            return walk(start, neighbours, direction, bounds, self._records.position)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        with self._records.lock:
            lineage = self._lineage(tenant_id, source, target)
            found = walk(source, lineage.leaving, Direction.UPSTREAM, bounds, self._records.position)
        return found.way_to(target)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        with self._records.lock:
            tenant = self._records.tenant(tenant_id)
            return tuple(
                LineageNode(id=node, kind=LineageNode.kind_of(node), facts=_facts(tenant, node)) for node in nodes
            )

    def _lineage(self, tenant_id: str, *nodes: NodeId) -> LineageRecords:
        lineage = self._records.tenant(tenant_id).lineage
        for node in nodes:
            if node not in lineage.nodes:
                raise no_such_node(node)
        return lineage


def _facts(tenant: TenantRecords, node: NodeId) -> Facts:
    kind, _, name = node.partition(":")
    if kind == NodeKind.ARTIFACT.value:
        return _artifact_facts(tenant, name)
    if kind == NodeKind.ATTACHMENT.value:
        attachment = tenant.lineage.attachments.get(node)
        return {} if attachment is None else {"name": attachment.name, "size": attachment.size}
    execution = tenant.executions.by_id.get(name) if kind == NodeKind.EXECUTION.value else None
    return {} if execution is None else {"intent_type": execution.intent_type, "state": execution.state.value}


def _artifact_facts(tenant: TenantRecords, name: str) -> Facts:
    artifact_id, _, version = name.rpartition("@")
    line = tenant.artifacts.lines.get(artifact_id)
    found = next((one for one in line.shown() if str(one.version) == version), None) if line else None
    if found is None:
        return {}
    return {"type": found.artifact_type, "state": found.state.value, "decision": found.decision.value}
