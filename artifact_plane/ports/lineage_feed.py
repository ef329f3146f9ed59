"""LineageFeed: the ledger's nodes and edges in the order of their commits, for whoever keeps a projection of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import attrs

from artifact_plane.domain.model.lineage import LineageEdge, NodeId


@attrs.frozen(kw_only=True)
class FeedEntry:
    """What one commit added to one tenant's lineage: the nodes and edges that were not there before it."""

    position: int
    tenant_id: str
    nodes: tuple[NodeId, ...] = ()
    edges: tuple[LineageEdge, ...] = ()


@attrs.frozen(kw_only=True)
class FeedPage:
    """Everything that was committed after ``after``, up to and including ``up_to``.

    A page can be applied alone: to have applied pages that follow on one another from 0 is to have seen the ledger.
    """

    after: int
    up_to: int
    entries: tuple[FeedEntry, ...] = ()


class LineageFeed(ABC):
    """All tenants' lineage by ledger position. What was given once for a position is given again, the same."""

    @abstractmethod
    async def since(self, after: int, *, limit: int) -> FeedPage:
        """The page of at most ``limit`` positions after ``after``; 0 is before the first.

        Entries come by rising position, each greater than ``after`` and none greater than ``up_to``; a commit that
        added nothing to the lineage has no entry. A commit is whole in one page. Every node and every edge is in
        the feed once, at the position of the first commit that wrote or named it; within an entry their order says
        nothing. An edge's ends are in no later entry than the edge.

        Nothing is lost: whatever is committed later, also by another process and also if it began earlier, has a
        position after ``up_to``. At the ledger's end the page is empty, with ``up_to`` the ledger's position; so
        an ``up_to`` below ``after`` says that this ledger has never been where the asker has.

        Raises:
            Unavailable, Damaged: the record store cannot be read.
        """

    @abstractmethod
    async def position(self) -> int:
        """The ledger's position: that of its last commit, of whatever tenant; 0 before the first.

        Raises:
            Unavailable, Damaged: the record store cannot be read.
        """
