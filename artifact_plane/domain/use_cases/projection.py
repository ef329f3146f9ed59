"""Project lineage: feed a projection by ledger position, in the background or from the beginning (laws 19 and 21).

To feed, to catch up and to rebuild are one thing: read the page after what the projection has seen, and apply it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, Walk
from artifact_plane.domain.use_cases.attempting import attempt
from artifact_plane.ports.answers import Lag, Progress
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.lineage_feed import LineageFeed
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.lineage_projection import LineageProjection

PAGE: Final = 500
IDLE_SECONDS: Final = 0.5
LONGEST_PAUSE: Final = 30.0


class LineageProjector:
    """Feeds one projection. Several may feed the same one, from several processes."""

    def __init__(self, feed: LineageFeed, projection: LineageProjection, clock: Clock, *, page: int = PAGE) -> None:
        """``page`` is how many ledger positions are applied at once."""
        self._feed: Final = feed
        self._projection: Final = projection
        self._clock: Final = clock
        self._page: Final = page
        self._nudged: Final = asyncio.Event()
        self._prepared = False
        self._trouble: Exception | None = None

    @property
    def trouble(self) -> Exception | None:
        """What ended the background's last attempt, None where it went well."""
        return self._trouble

    async def prepare(self) -> None:
        """Make what the projection needs, unless this was done before.

        Raises:
            Unavailable: as ``LineageProjection.prepare``.
        """
        if not self._prepared:
            await self._projection.prepare()
            self._prepared = True

    async def lag(self) -> Lag:
        """How far the projection has come.

        Raises:
            Unavailable, Damaged: the ledger or the projection's store cannot be read.
        """
        seen = await self._projection.position()  # first: a ledger only moves on, so nothing seems ahead of it
        return Lag(seen=seen, ledger=await self._feed.position())

    async def catch_up(self, to: int | None = None, *, progress: Progress | None = None) -> int:
        """Apply what the projection has not seen, up to the ledger's end or at least to the position ``to``.

        The position reached. ``progress`` is told after each page.

        Raises:
            Unavailable: the ledger or the projection's store is away; or, not retryable, the projection is further
                on than the ledger.
            Damaged: the record store's file is corrupt.
        """
        seen = await self._projection.position()
        while to is None or seen < to:
            page = await self._feed.since(seen, limit=self._page)
            if page.up_to < seen:
                raise _of_another_ledger(seen, page.up_to)
            if page.up_to == seen:
                break
            seen = await self._projection.apply(page)
            if progress is not None:
                progress(Lag(seen=seen, ledger=await self._feed.position()))
        return seen

    async def rebuild(self, *, progress: Progress | None = None) -> Lag:
        """Clear the projection and feed it anew up to the ledger's position of now.

        Others may go on asking and feeding: answers name the position they have seen.

        Raises:
            Unavailable, Damaged: as for ``catch_up``; what was applied stays, and catching up goes on from there.
        """
        goal = await self._feed.position()
        await self.prepare()
        await self._projection.clear()
        await self.catch_up(goal, progress=progress)
        return await self.lag()

    def nudge(self) -> None:
        """Somebody waits: let the background look now, whatever pause it is in."""
        self._nudged.set()

    async def run(self, *, idle_seconds: float = IDLE_SECONDS, longest_pause: float = LONGEST_PAUSE) -> None:
        """Catch up for ever, looking again after ``idle_seconds``, or at once after a nudge.

        Before it catches up for the first time it makes what the projection needs. While the projection's store or
        the ledger is away, or fails in any other way, the pauses double up to ``longest_pause``, and from the
        beginning after a nudge, for then somebody waits; ``trouble`` says why. Nothing is logged, and nothing but
        cancellation ends it.
        """
        pause = idle_seconds
        while True:
            awaited = self._nudged.is_set()
            self._nudged.clear()
            self._trouble = await attempt(self._prepare_and_catch_up())
            pause = idle_seconds if awaited or self._trouble is None else min(pause * 2, longest_pause)
            await self._rest(pause)

    async def _prepare_and_catch_up(self) -> None:
        await self.prepare()
        await self.catch_up()

    async def _rest(self, seconds: float) -> None:
        waits = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._nudged.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


class ProjectedLineage(LineageGraph):
    """A projection as the application's lineage: whoever waits nudges the projector, and "not there" is said of the
    whole ledger only, for a node that was committed a moment ago may not have been projected yet."""

    def __init__(self, projection: LineageProjection, feed: LineageFeed, projector: LineageProjector) -> None:
        self._projection: Final = projection
        self._feed: Final = feed
        self.projector: Final = projector

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        """See ``LineageGraph``; Unavailable where the node may be among what the projection has not seen."""
        if at_least > 0:
            self.projector.nudge()
        return await self._complete(
            lambda: self._projection.trace(tenant_id, start, direction, bounds, at_least=at_least)
        )

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        """See ``LineageGraph``; Unavailable where a node may be among what the projection has not seen."""
        return await self._complete(lambda: self._projection.path(tenant_id, source, target, bounds))

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        """See ``LineageGraph``."""
        return await self._projection.describe(tenant_id, nodes)

    async def _complete(self, ask: Callable[[], Awaitable[Walk]]) -> Walk:
        """The answer; where a node is not there, the answer after everything that was committed has been seen.

        The first question of a new plane may come before the background has made what the projection needs."""
        await self.projector.prepare()
        try:
            return await ask()
        except NotFound:
            committed = await self._feed.position()
        self.projector.nudge()
        await self._projection.wait_for(committed)
        return await ask()


def _of_another_ledger(seen: int, ledger: int) -> Unavailable:
    return Unavailable(
        f"the projection has seen position {seen}, and the ledger ends at {ledger}: it was fed from another ledger",
        where="lineage",
        remedy="make it anew with `ap lineage rebuild`",
        retryable=False,
    )
