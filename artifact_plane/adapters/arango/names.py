"""The names of the collections and of the graph, and the keys of their documents.

A key follows from what a document stands for, so that the same node or edge is the same document, whoever writes it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import attrs

from artifact_plane.domain.model.lineage import LineageEdge, NodeId

STATE_KEY: Final = "lineage"


@attrs.frozen
class Names:
    """What things are called in the database."""

    prefix: str

    @property
    def nodes(self) -> str:
        """The vertex collection."""
        return f"{self.prefix}_nodes"

    @property
    def edges(self) -> str:
        """The edge collection."""
        return f"{self.prefix}_edges"

    @property
    def state(self) -> str:
        """The collection of the one document that says what was fed."""
        return f"{self.prefix}_state"

    @property
    def collections(self) -> tuple[str, str, str]:
        """All of them."""
        return self.nodes, self.edges, self.state

    @property
    def graph(self) -> str:
        """The named graph of both."""
        return f"{self.prefix}_graph"


def node_key(generation: int, tenant_id: str, node: NodeId) -> str:
    """The key of a node's document."""
    return _key(generation, tenant_id, node)


def edge_key(generation: int, tenant_id: str, edge: LineageEdge) -> str:
    """The key of an edge's document."""
    return _key(generation, tenant_id, edge.source, edge.relation.value, edge.target)


def _key(generation: int, *parts: str) -> str:
    # No id holds a NUL, so no two lists of parts run together. A question may name any text, lone surrogates too.
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{generation}:{blake2b(text, digest_size=24).hexdigest()}"
