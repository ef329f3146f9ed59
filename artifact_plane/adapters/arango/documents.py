"""The documents that stand for nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator

from artifact_plane.adapters.arango.conversation import Document
from artifact_plane.adapters.arango.names import edge_key, node_key
from artifact_plane.ports.lineage_feed import FeedPage


def node_documents(page: FeedPage, generation: int) -> Iterator[Document]:
    """The documents of the page's nodes."""
    for entry in page.entries:
        for node in entry.nodes:
            yield {
                "_key": node_key(generation, entry.tenant_id, node),
                "tenant_id": entry.tenant_id,
                "generation": generation,
                "position": entry.position,
                "id": node,
            }


def edge_documents(page: FeedPage, generation: int, nodes: str) -> Iterator[Document]:
    """The documents of the page's edges; ``nodes`` is the collection of their ends."""
    for entry in page.entries:
        for edge in entry.edges:
            yield {
                "_key": edge_key(generation, entry.tenant_id, edge),
                "_from": f"{nodes}/{node_key(generation, entry.tenant_id, edge.source)}",
                "_to": f"{nodes}/{node_key(generation, entry.tenant_id, edge.target)}",
                "tenant_id": entry.tenant_id,
                "generation": generation,
                "position": entry.position,
                "source": edge.source,
                "relation": edge.relation.value,
                "target": edge.target,
            }
