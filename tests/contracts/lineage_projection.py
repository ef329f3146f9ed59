"""The LineageProjection's law: fed by pages in any order it becomes the ledger's graph, and never claims to be more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    LineageNode,
    NodeId,
    NodeKind,
    Relation,
    Walk,
    artifact_node,
)
from artifact_plane.ports.lineage_feed import FeedEntry, FeedPage
from artifact_plane.ports.lineage_projection import LineageProjection
from tests.contracts.graphs import DOWN, UP, WIDE, new_tenant, node, reference
from tests.doubles.clock import SettableClock
from tests.doubles.samples import OTHER_TENANT, TENANT, an_edge

DESCRIBED: Final = LineageNode(
    id=artifact_node("artifact-1", 1),
    kind=NodeKind.ARTIFACT,
    facts={"type": "workflow", "state": "active", "decision": "persist"},
)
"""What the record store behind a projection under test knows: one artifact, which was never projected."""


@attrs.frozen(kw_only=True)
class ProjectionUnderTest:
    """A projection that was never fed. ``reopen`` opens another on the same store, as another process would.

    ``stored`` counts the documents of nodes and edges that the store holds, past the adapter. ``clock`` is the time
    that waits go by; it stands still until somebody moves it.
    """

    projection: LineageProjection
    reopen: Callable[[], Awaitable[LineageProjection]]
    stored: Callable[[], Awaitable[int]]
    clock: SettableClock

    async def outlast(self, wait: Awaitable[object]) -> None:
        """Let time pass until the wait is over; raises what it raises."""
        task = asyncio.ensure_future(wait)
        while not task.done():
            self.clock.advance(0.5)
            await asyncio.sleep(0.001)
        await task


def an_entry(position: int, *edges: LineageEdge, tenant_id: str = TENANT, nodes: Iterable[NodeId] = ()) -> FeedEntry:
    """What a commit added: the edges, their ends, and the nodes."""
    ends = [end for edge in edges for end in (edge.source, edge.target)]
    return FeedEntry(position=position, tenant_id=tenant_id, nodes=tuple(dict.fromkeys([*nodes, *ends])), edges=edges)


def a_chain(length: int) -> list[FeedEntry]:
    """Node 0 at position 1, and at each position after it one node that comes from the one before."""
    links = [an_edge(node(number), node(number - 1)) for number in range(1, length)]
    later = [
        FeedEntry(position=position, tenant_id=TENANT, nodes=(edge.source,), edges=(edge,))
        for position, edge in enumerate(links, start=2)
    ]
    return [FeedEntry(position=1, tenant_id=TENANT, nodes=(node(0),)), *later]


def a_page(after: int, up_to: int, ledger: Sequence[FeedEntry] = ()) -> FeedPage:
    """The page of a ledger between two positions."""
    return FeedPage(
        after=after, up_to=up_to, entries=tuple(entry for entry in ledger if after < entry.position <= up_to)
    )


async def traced(
    projection: LineageProjection,
    start: NodeId,
    direction: Direction = UP,
    tenant_id: str = TENANT,
    bounds: Bounds = WIDE,
) -> Walk:
    """The answer, its position taken off for comparing."""
    return attrs.evolve(await projection.trace(tenant_id, start, direction, bounds), position=0)


@st.composite
def ledgers(draw: st.DrawFn) -> list[FeedEntry]:
    """Some commits' entries at rising positions, some positions without any: new nodes with edges to older ones."""
    entries: list[FeedEntry] = []
    position = 0
    for number in range(draw(st.integers(1, 7))):
        position += draw(st.integers(1, 3))
        targets = draw(st.lists(st.sampled_from(range(number)), unique=True, max_size=3)) if number else []
        relations = draw(st.lists(st.sampled_from(Relation), min_size=len(targets), max_size=len(targets)))
        edges = [an_edge(node(number), node(one), how) for one, how in zip(targets, relations, strict=True)]
        entries.append(FeedEntry(position=position, tenant_id=TENANT, nodes=(node(number),), edges=tuple(edges)))
    return entries


class LineageProjectionContract:
    """Subclass it and give the fixture ``projected``."""

    async def test_one_that_was_never_fed_knows_nothing(self, projected: ProjectionUnderTest) -> None:
        """It stands at position 0."""
        assert await projected.projection.position() == 0
        with pytest.raises(NotFound):
            await projected.projection.trace(TENANT, node(0), UP, WIDE)

    async def test_pages_in_order_make_the_graph(self, projected: ProjectionUnderTest) -> None:
        """Each moves the position to its end, and answers name it."""
        ledger, projection = a_chain(6), projected.projection
        assert await projection.apply(a_page(0, 4, ledger)) == 4
        assert await projection.apply(a_page(4, 6, ledger)) == 6 == await projection.position()
        edges = [edge for entry in ledger for edge in entry.edges]
        for direction, start in ((UP, node(5)), (DOWN, node(0)), (UP, node(3))):
            walked = await projection.trace(TENANT, start, direction, WIDE)
            assert walked == attrs.evolve(reference(edges, start, direction, WIDE), position=6)
        assert (await projection.path(TENANT, node(5), node(1), WIDE)).nodes == tuple(map(node, (5, 4, 3, 2, 1)))

    async def test_to_prepare_again_changes_nothing(self, projected: ProjectionUnderTest) -> None:
        """What is there stays as it is."""
        await projected.projection.apply(a_page(0, 3, a_chain(3)))
        before = await traced(projected.projection, node(2))
        await projected.projection.prepare()
        assert (await projected.projection.position(), await traced(projected.projection, node(2))) == (3, before)

    async def test_an_empty_page_moves_the_position(self, projected: ProjectionUnderTest) -> None:
        """Commits without lineage are seen, too."""
        assert await projected.projection.apply(a_page(0, 9)) == 9

    async def test_the_same_page_again_changes_nothing(self, projected: ProjectionUnderTest) -> None:
        """Idempotent, by whichever process."""
        ledger = a_chain(5)
        await projected.projection.apply(a_page(0, 5, ledger))
        before = await projected.stored()
        other = await projected.reopen()
        for projection in (projected.projection, other):
            assert await projection.apply(a_page(0, 5, ledger)) == 5
            assert await projection.apply(a_page(2, 4, ledger)) == 5
        assert await projected.stored() == before == 5 + 4

    async def test_a_page_ahead_of_its_turn_waits(self, projected: ProjectionUnderTest) -> None:
        """The position stays, and nothing of the page shows, until what comes before it was applied (case O05)."""
        ledger, projection = a_chain(6), projected.projection
        assert await projection.apply(a_page(3, 6, ledger)) == 0
        for start in (node(4), node(5)):
            with pytest.raises(NotFound):
                await projection.trace(TENANT, start, UP, WIDE)
        assert await projection.apply(a_page(0, 3, ledger)) == 3
        assert (await traced(projection, node(0), DOWN)).nodes == tuple(map(node, range(3)))
        with pytest.raises(NotFound):
            await projection.path(TENANT, node(4), node(0), WIDE)
        assert await projection.apply(a_page(3, 6, ledger)) == 6
        assert (await traced(projection, node(0), DOWN)).nodes == tuple(map(node, range(6)))

    async def test_overlapping_pages_are_as_good(self, projected: ProjectionUnderTest) -> None:
        """The position moves on where everything up to the page's beginning was applied; it never goes back."""
        ledger, projection = a_chain(9), projected.projection
        assert await projection.apply(a_page(0, 5, ledger)) == 5
        assert await projection.apply(a_page(3, 8, ledger)) == 8
        assert await projection.apply(a_page(0, 6, ledger)) == 8
        assert await projection.apply(a_page(8, 9, ledger)) == 9

    @given(ledger=ledgers(), data=st.data())
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    async def test_any_order_of_pages_gives_the_same_graph(
        self, projected: ProjectionUnderTest, ledger: list[FeedEntry], data: st.DataObject
    ) -> None:
        """Duplicates, gaps, overlaps: at each position the answer is that of the ledger up to there (case O05)."""
        tenant = new_tenant()
        own = [attrs.evolve(entry, tenant_id=tenant) for entry in ledger]
        end, projection = own[-1].position, projected.projection
        await projection.clear()
        bounds = st.tuples(st.integers(0, end), st.integers(0, end)).map(sorted)
        for after, up_to in data.draw(st.lists(bounds, max_size=6)):
            before = await projection.position()
            seen = await projection.apply(a_page(after, up_to, own))
            assert seen == (max(before, up_to) if after <= before else before)
            await self._agree(projection, tenant, own, seen)
        assert await projection.apply(a_page(0, end, own)) == end
        await self._agree(projection, tenant, own, end)

    async def _agree(
        self, projection: LineageProjection, tenant: str, ledger: Sequence[FeedEntry], position: int
    ) -> None:
        """The newest node of the ledger up to a position answers as the reference does; the next is not there."""
        seen = [entry for entry in ledger if entry.position <= position]
        edges = [edge for entry in seen for edge in entry.edges]
        if seen:
            for start, direction in ((seen[-1].nodes[0], UP), (seen[0].nodes[0], DOWN)):
                assert await traced(projection, start, direction, tenant) == reference(edges, start, direction, WIDE)
        for entry in ledger[len(seen) : len(seen) + 1]:
            with pytest.raises(NotFound):
                await projection.trace(tenant, entry.nodes[0], UP, WIDE)

    async def test_tenants_stay_apart(self, projected: ProjectionUnderTest) -> None:
        """Equal ids of two tenants are two nodes, and another tenant's node is not there."""
        same = an_edge(node(5), node(4))
        ours = an_entry(1, an_edge(node(2), node(1)), same)
        theirs = an_entry(2, an_edge(node(2), node(0)), an_edge(node(3), node(2)), same, tenant_id=OTHER_TENANT)
        await projected.projection.apply(a_page(0, 2, [ours, theirs]))
        assert (await traced(projected.projection, node(2))).nodes == (node(2), node(1))
        assert (await traced(projected.projection, node(2), DOWN)).nodes == (node(2),)
        assert (await traced(projected.projection, node(2), tenant_id=OTHER_TENANT)).nodes == (node(2), node(0))
        for tenant in (TENANT, OTHER_TENANT):
            assert (await traced(projected.projection, node(5), tenant_id=tenant)).edges == (same,)
        with pytest.raises(NotFound):
            await projected.projection.trace(TENANT, node(3), UP, WIDE)

    async def test_several_processes_may_feed_at_once(self, projected: ProjectionUnderTest) -> None:
        """The same pages, and parts of them, from several at a time: the graph is the same, no position is lost."""
        ledger = a_chain(40)
        feeders = [projected.projection, *[await projected.reopen() for _ in range(3)]]

        async def feed(projection: LineageProjection, step: int) -> None:
            while (seen := await projection.position()) < 40:
                await projection.apply(a_page(seen, min(seen + step, 40), ledger))

        await asyncio.gather(*(feed(one, step) for one, step in zip(feeders, (40, 7, 3, 11), strict=True)))
        assert [await one.position() for one in feeders] == [40] * 4
        assert len((await traced(projected.projection, node(39))).nodes) == 40
        assert await projected.stored() == 40 + 39

    # Clearing and rebuilding

    async def test_cleared_it_knows_nothing(self, projected: ProjectionUnderTest) -> None:
        """Position 0, for every process, and nothing is kept."""
        other = await projected.reopen()
        await projected.projection.apply(a_page(0, 5, a_chain(5)))
        await projected.projection.clear()
        assert (await other.position(), await projected.stored()) == (0, 0)
        with pytest.raises(NotFound):
            await other.trace(TENANT, node(0), UP, WIDE)

    async def test_rebuilt_it_is_the_same(self, projected: ProjectionUnderTest) -> None:
        """Fed anew from the beginning, in pages of another size, it answers as before."""
        ledger, projection = a_chain(9), projected.projection
        await projection.apply(a_page(0, 9, ledger))
        before = await traced(projection, node(8)), await projected.stored()
        for _ in range(2):
            await projection.clear()
            for after in range(0, 9, 2):
                await projection.apply(a_page(after, min(after + 2, 9), ledger))
            assert (await traced(projection, node(8)), await projected.stored()) == before

    async def test_clearing_is_sound_while_others_apply(self, projected: ProjectionUnderTest) -> None:
        """What was begun before moves no position afterwards that its nodes and edges are not there for."""
        ledger, other = a_chain(30), await projected.reopen()
        for pause in range(12):
            page = a_page(0, 30, ledger)

            async def cleared(pause: int = pause) -> None:
                for _ in range(pause):
                    await asyncio.sleep(0.001)
                await projected.projection.clear()

            await asyncio.gather(other.apply(page), cleared())
            if await other.position():
                assert len((await traced(other, node(29))).nodes) == 30
            else:
                with pytest.raises(NotFound):
                    await other.trace(TENANT, node(29), UP, WIDE)
        assert await other.apply(a_page(0, 30, ledger)) == 30
        assert len((await traced(projected.projection, node(0), DOWN)).nodes) == 30

    # Waiting

    async def test_a_question_waits_for_a_position(self, projected: ProjectionUnderTest) -> None:
        """It is answered as soon as some process has applied that position."""
        ledger, other = a_chain(4), await projected.reopen()
        await projected.projection.apply(a_page(0, 2, ledger))
        question = asyncio.create_task(projected.projection.trace(TENANT, node(3), UP, WIDE, at_least=4))
        await asyncio.sleep(0.02)
        assert not question.done()
        await other.apply(a_page(2, 4, ledger))
        await projected.outlast(question)
        walked = await question
        assert (walked.position, len(walked.nodes)) == (4, 4)

    async def test_a_wait_is_bounded(self, projected: ProjectionUnderTest) -> None:
        """Unavailable, and worth asking again, where a position is not reached in time."""
        await projected.projection.apply(a_page(0, 2, a_chain(2)))
        await projected.projection.wait_for(2)
        for wait in (
            projected.projection.wait_for(3),
            projected.projection.trace(TENANT, node(0), UP, WIDE, at_least=3),
        ):
            with pytest.raises(Unavailable, match="seen position 2 and not yet 3") as late:
                await projected.outlast(wait)
            assert late.value.retryable
            assert late.value.remedy

    async def test_nodes_are_described_by_the_record_store(self, projected: ProjectionUnderTest) -> None:
        """Facts are not projected: the record store knows them, whatever the projection has seen."""
        assert await projected.projection.describe(TENANT, (DESCRIBED.id,)) == (DESCRIBED,)
