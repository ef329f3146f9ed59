"""LineageProjection: a lineage graph that is kept beside the ledger, and can be made again from it (laws 19 to 21)."""

from __future__ import annotations

from abc import abstractmethod

from artifact_plane.ports.lineage_feed import FeedPage
from artifact_plane.ports.lineage_graph import LineageGraph


class LineageProjection(LineageGraph):
    """Answers from what it was given. It may be behind the ledger, or away: artifacts are created all the same.

    An answer is that of the graph at the position it names: nothing of a page that is being applied shows in it.
    Facts of nodes are not projected: ``describe`` is answered by the record store's own lineage.

    A question that cannot be answered now raises ``Unavailable``, soon and retryable where waiting may help.
    """

    @abstractmethod
    async def prepare(self) -> None:
        """Make what the projection's store needs where it is missing; repeating it has no effect.

        Raises:
            Unavailable: the store is away, or does not let this be done.
        """

    @abstractmethod
    async def missing(self) -> tuple[str, ...]:
        """What ``prepare`` would make, in words; nothing where all is there.

        Raises:
            Unavailable: the store is away.
        """

    @abstractmethod
    async def position(self) -> int:
        """The ledger position up to which everything has been applied; it falls to 0 when the graph is cleared.

        Raises:
            Unavailable: the projection's store is away, or was never prepared.
        """

    @abstractmethod
    async def wait_for(self, position: int) -> None:
        """Return when ``position`` has been applied, by whichever process; a bounded wait.

        Raises:
            Unavailable: it was not reached in time, or the projection's store is away.
        """

    @abstractmethod
    async def apply(self, page: FeedPage) -> int:
        """Add the page's nodes and edges; the position afterwards.

        Idempotent, never refuses, and pages may come in any order, from several processes at once (law 21). The
        position moves to the page's ``up_to`` where that is further on and everything up to the page's ``after``
        has been applied; otherwise it stays. It never goes back. If the call fails, some of the page may have
        been added, the position has not moved, and the same call again does the rest.

        Raises:
            Unavailable: the projection's store is away, full or never prepared.
        """

    @abstractmethod
    async def clear(self) -> None:
        """Forget everything and stand at position 0, to be fed anew from the beginning.

        Sound while other processes apply pages: what they had begun before shows in no answer afterwards and
        moves no position. If the call fails half way, it has either begun anew or not at all.

        Raises:
            Unavailable: the projection's store is away or was never prepared.
        """
