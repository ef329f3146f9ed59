"""PostgresLineageFeed: each node and each edge at the position of the commit that brought it.

Positions become visible in order and without gaps, for each commit holds the ledger's position from its beginning to
its end: what lies below a position that was read once is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import RELATIONS
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.lineage import LineageEdge, NodeId
from artifact_plane.ports.lineage_feed import FeedEntry, FeedPage, LineageFeed

_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}


class PostgresLineageFeed(LineageFeed):
    """All tenants' lineage by ledger position."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def since(self, after: int, *, limit: int) -> FeedPage:
        async with self._database.everyone() as connection:
            up_to = min(after + limit, (await connection.fetch(statement("position")))[0][0])
            if up_to <= after:
                return FeedPage(after=after, up_to=up_to)
            nodes = await connection.fetch(statement("nodes_between"), after, up_to)
            edges = await connection.fetch(statement("edges_between"), after, up_to)
        return FeedPage(after=after, up_to=up_to, entries=tuple(_entries(nodes, edges)))

    async def position(self) -> int:
        rows = await self._database.retried(lambda connection: connection.fetch(statement("position")))
        return int(rows[0][0])


@attrs.define(kw_only=True)
class _Draft:
    """What one commit added, as it is gathered."""

    tenant_id: str
    nodes: list[NodeId] = attrs.field(factory=list)
    edges: list[LineageEdge] = attrs.field(factory=list)


def _entries(nodes: list[Row], edges: list[Row]) -> Iterator[FeedEntry]:
    drafts: dict[int, _Draft] = {}
    for position, tenant_id, node in nodes:
        drafts.setdefault(position, _Draft(tenant_id=tenant_id)).nodes.append(node)
    try:
        for position, tenant_id, source, relation, target in edges:
            edge = LineageEdge(source, _RELATIONS[relation], target)
            drafts.setdefault(position, _Draft(tenant_id=tenant_id)).edges.append(edge)
    except KeyError as error:
        raise unreadable("lineage edge", error) from error
    for position, draft in sorted(drafts.items()):
        yield FeedEntry(
            position=position, tenant_id=draft.tenant_id, nodes=tuple(draft.nodes), edges=tuple(draft.edges)
        )
