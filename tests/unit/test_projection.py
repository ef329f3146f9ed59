"""The projector: one mechanism feeds a projection, brings it up to date and makes it anew; being away is no news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import pytest

from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.lineage_projection import MemoryLineageProjection, ProjectedRecords
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import Bounds, Direction, NodeId, Walk
from artifact_plane.domain.use_cases.projection import LineageProjector, ProjectedLineage
from artifact_plane.ports.answers import Lag
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.lineage_feed import FeedPage
from artifact_plane.ports.lineage_graph import LineageGraph
from tests.contracts.graphs import DOWN, UP, WIDE, node
from tests.doubles.clock import NotedClock, SettableClock
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge


class Absentee(MemoryLineageProjection):
    """A projection whose store may be ``away``; counts how often it was ``prepared``, and the ``pages`` applied.

    ``strange`` is what it raises then, where that is something else than an error of the plane.
    """

    away = False
    strange: BaseException | None = None
    pages = 0
    prepared = 0

    async def prepare(self) -> None:
        """Count, where the store is not away."""
        self._look()
        self.prepared += 1

    async def position(self) -> int:
        """The position, where the store is not away."""
        self._look()
        return await super().position()

    async def apply(self, page: FeedPage) -> int:
        """Apply, where the store is not away."""
        self._look()
        self.pages += 1
        return await super().apply(page)

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        """Answer, where the store is not away."""
        self._look()
        return await super().trace(tenant_id, start, direction, bounds, at_least=at_least)

    def _look(self) -> None:
        if self.away:
            if self.strange is not None:
                raise self.strange
            raise Unavailable("it cannot be reached", where="graph", remedy="start it")


@attrs.frozen(kw_only=True)
class Scene:
    """A ledger, its projection, and the projector between them."""

    ledger: Ledger
    own: LineageGraph
    projection: Absentee
    projector: LineageProjector
    lineage: ProjectedLineage
    clock: NotedClock
    projected: ProjectedRecords

    async def grow(self, first: int, last: int) -> int:
        """Commit artifacts of these numbers, each from the one before; the position."""
        position = 0
        for number in range(first, last + 1):
            edges = [an_edge(node(number), node(number - 1))] if number else []
            position = (await self.ledger.commit(a_change(an_artifact(f"n{number}"), edges=edges))).position
        return position

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The projector at work in the background."""
        task = asyncio.create_task(self.projector.run(idle_seconds=1.0, longest_pause=5.0))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for the background to get there."""
        async with asyncio.timeout(60):
            while not reached():
                await asyncio.sleep(0.001)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Nothing committed, nothing projected; pages of three positions."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(MemoryHome.open(MemoryRecordStore()))
        projected = ProjectedRecords()
        projection = Absentee(projected, home.lineage, SettableClock(automatic=True))
        clock = NotedClock()
        projector = LineageProjector(home.feed, projection, clock, page=3)
        yield Scene(
            ledger=home.ledger,
            own=home.lineage,
            projection=projection,
            projector=projector,
            lineage=ProjectedLineage(projection, home.feed, projector),
            clock=clock,
            projected=projected,
        )


# Catching up


async def test_catching_up_applies_what_was_not_seen(scene: Scene) -> None:
    """Page after page to the ledger's end; again it has nothing to do; the lag says how far it is."""
    end = await scene.grow(0, 7)
    assert await scene.projector.lag() == Lag(seen=0, ledger=end)
    told: list[Lag] = []
    assert await scene.projector.catch_up(progress=told.append) == end
    assert told == [Lag(seen=seen, ledger=end) for seen in (3, 6, 8)]
    assert (await scene.projector.lag()).behind == 0
    assert await scene.projector.catch_up() == end
    assert scene.projection.pages == 3
    assert await scene.projection.trace(TENANT, node(7), UP, WIDE) == await scene.own.trace(TENANT, node(7), UP, WIDE)


async def test_catching_up_to_a_position_stops_there(scene: Scene) -> None:
    """At the end of the page that holds it."""
    await scene.grow(0, 7)
    assert await scene.projector.catch_up(4) == 6
    assert await scene.projector.catch_up(2) == 6
    assert (await scene.projector.lag()).behind == 2


async def test_several_projectors_may_catch_up_at_once(scene: Scene) -> None:
    """They do the same work, and it is done once."""
    end = await scene.grow(0, 20)
    assert await asyncio.gather(*(scene.projector.catch_up() for _ in range(4))) == [end] * 4
    assert len(scene.projected.edges) == 20


async def test_a_projection_of_another_ledger_is_not_fed(scene: Scene) -> None:
    """It has seen positions that this ledger never had: only to make it anew helps, and that does."""
    end = await scene.grow(0, 2)
    await scene.projection.apply(FeedPage(after=0, up_to=end + 40))
    with pytest.raises(Unavailable, match="another ledger") as raised:
        await scene.projector.catch_up()
    assert not raised.value.retryable
    assert "ap lineage rebuild" in (raised.value.remedy or "")
    assert await scene.projector.rebuild() == Lag(seen=end, ledger=end)


async def test_a_rebuild_equals_the_original(scene: Scene) -> None:
    """Made anew from position 0, it answers every question as before."""
    end = await scene.grow(0, 11)
    await scene.projector.catch_up()
    questions = [(node(number), direction) for number in range(12) for direction in Direction]
    before = [await scene.projection.trace(TENANT, start, direction, WIDE) for start, direction in questions]
    await scene.projection.apply(FeedPage(after=50, up_to=60))
    told: list[Lag] = []
    assert await scene.projector.rebuild(progress=told.append) == Lag(seen=end, ledger=end)
    assert [one.seen for one in told] == [3, 6, 9, 12]
    assert [await scene.projection.trace(TENANT, start, direction, WIDE) for start, direction in questions] == before


# In the background


async def test_the_background_looks_again_after_a_pause(scene: Scene) -> None:
    """What was committed meanwhile is applied then, and not before."""
    async with scene.running():
        await scene.until(lambda: scene.clock.sleeps == [1.0])
        await scene.grow(0, 3)
        assert scene.projected.position == 0
        scene.clock.wake()
        await scene.until(lambda: scene.projected.position == 4)
        await scene.until(lambda: scene.clock.sleeps == [1.0, 1.0])
        assert scene.projector.trouble is None


async def test_a_nudge_ends_the_pause(scene: Scene) -> None:
    """Somebody waits for what was just committed."""
    async with scene.running():
        await scene.until(lambda: len(scene.clock.sleeps) == 1)
        await scene.grow(0, 3)
        scene.projector.nudge()
        await scene.until(lambda: scene.projected.position == 4)


async def test_a_nudge_while_it_works_is_not_lost(scene: Scene) -> None:
    """It looks once more then, without a pause."""
    scene.projector.nudge()
    async with scene.running():
        scene.projector.nudge()
        await scene.until(lambda: len(scene.clock.sleeps) >= 1)
        await scene.grow(0, 0)
        scene.projector.nudge()
        await scene.until(lambda: scene.projected.position == 1)


async def test_the_background_backs_off_while_the_store_is_away(scene: Scene) -> None:
    """The pauses double up to the longest, the reason is kept; back again, it goes on from where it was."""
    await scene.grow(0, 3)
    scene.projection.away = True
    async with scene.running():
        for count in range(1, 6):
            await scene.until(lambda count=count: len(scene.clock.sleeps) == count)  # type: ignore[misc]
            scene.clock.wake()
        await scene.until(lambda: len(scene.clock.sleeps) == 6)
        assert scene.clock.sleeps == [2.0, 4.0, 5.0, 5.0, 5.0, 5.0]
        assert isinstance(scene.projector.trouble, Unavailable)
        scene.projection.away = False
        scene.clock.wake()
        await scene.until(lambda: scene.projected.position == 4)
        await scene.until(lambda: scene.clock.sleeps[-1] == 1.0)
        assert scene.projector.trouble is None
        assert scene.projection.prepared == 1


@pytest.mark.parametrize("strange", [KeyError("a bug"), asyncio.CancelledError(), SystemExit(1)], ids=repr)
async def test_whatever_goes_wrong_does_not_end_the_background(scene: Scene, strange: BaseException) -> None:
    """Errors that are not the plane's own, and cancellations that nobody has asked for, are troubles like others."""
    await scene.grow(0, 3)
    scene.projection.away, scene.projection.strange = True, strange
    async with scene.running():
        await scene.until(lambda: scene.clock.sleeps == [2.0])
        assert scene.projector.trouble is not None
        scene.projection.away = False
        scene.clock.wake()
        await scene.until(lambda: scene.projected.position == 4)


async def test_who_waits_is_not_made_to_wait_for_how_long_the_store_was_away(scene: Scene) -> None:
    """After a nudge that came too early the next look follows as soon as if nothing had been wrong."""
    scene.projection.away = True
    async with scene.running():
        for count in range(1, 4):
            await scene.until(lambda count=count: len(scene.clock.sleeps) == count)  # type: ignore[misc]
            scene.clock.wake()
        await scene.until(lambda: len(scene.clock.sleeps) == 4)
        scene.projector.nudge()
        await scene.until(lambda: len(scene.clock.sleeps) == 5)
        assert scene.clock.sleeps[3:] == [5.0, 1.0]
        scene.clock.wake()
        await scene.until(lambda: len(scene.clock.sleeps) == 6)
        assert scene.clock.sleeps[5:] == [2.0]


# The application's lineage


async def test_a_question_that_waits_nudges_the_projector(scene: Scene) -> None:
    """Whoever asks for a position that was just committed does not wait for the pause to end."""
    async with scene.running():
        await scene.until(lambda: len(scene.clock.sleeps) == 1)
        end = await scene.grow(0, 3)
        walked = await scene.lineage.trace(TENANT, node(3), UP, WIDE, at_least=end)
        assert (walked.position, len(walked.nodes)) == (end, 4)


async def test_the_first_question_prepares_what_nobody_has_prepared(scene: Scene) -> None:
    """Nothing is made twice by one process; where it cannot be made, the question says why."""
    await scene.grow(0, 0)
    await scene.projector.catch_up()
    scene.projection.away = True
    with pytest.raises(Unavailable):
        await scene.lineage.trace(TENANT, node(0), UP, WIDE)
    scene.projection.away = False
    for _ in range(2):
        assert (await scene.lineage.trace(TENANT, node(0), UP, WIDE)).nodes == (node(0),)
    assert scene.projection.prepared == 1


async def test_a_node_of_a_moment_ago_is_waited_for(scene: Scene) -> None:
    """ "Not there" is said of everything that was committed, and of nothing less."""
    async with scene.running():
        await scene.until(lambda: len(scene.clock.sleeps) == 1)
        await scene.grow(0, 3)
        assert len((await scene.lineage.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 4
        await scene.grow(4, 5)
        assert (await scene.lineage.path(TENANT, node(5), node(4), WIDE)).nodes == (node(5), node(4))
        for question in (
            scene.lineage.trace(TENANT, node(9), UP, WIDE),
            scene.lineage.path(TENANT, node(9), node(0), WIDE),
        ):
            with pytest.raises(NotFound):
                await question


async def test_a_node_that_may_be_there_is_unavailable_and_not_unknown(scene: Scene) -> None:
    """Nobody feeds the projection, so nobody can know."""
    await scene.grow(0, 0)
    with pytest.raises(Unavailable, match="seen position 0 and not yet 1"):
        await scene.lineage.trace(TENANT, node(0), UP, WIDE)


async def test_while_the_store_is_away_lineage_says_so_and_artifacts_are_created(scene: Scene) -> None:
    """A commit asks nothing of the projection; facts of nodes do not, either."""
    scene.projection.away = True
    await scene.grow(0, 1)
    with pytest.raises(Unavailable):
        await scene.lineage.trace(TENANT, node(1), UP, WIDE)
    (described,) = await scene.lineage.describe(TENANT, (node(1),))
    assert described.facts["type"] == "workflow"
