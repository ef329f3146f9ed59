"""The LineageFeed's law: every node and edge once, by ledger position, and nothing lost between two pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import attrs

from artifact_plane.domain.model.lineage import (
    LineageEdge,
    NodeId,
    Relation,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)
from artifact_plane.ports.lineage_feed import FeedEntry, FeedPage, LineageFeed
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_digest,
    a_tombstone,
    an_artifact,
    an_attachment,
    an_edge,
    an_execution,
    running,
    the_next_version,
)


@attrs.frozen(kw_only=True)
class FeedUnderTest:
    """A record store, empty at first, and the feed of its lineage. ``reopen`` opens the feed as another process."""

    store: RecordStoreUnderTest
    feed: LineageFeed
    reopen: Callable[[], Awaitable[LineageFeed]]


async def everything(feed: LineageFeed, *, limit: int = 1000) -> list[FeedEntry]:
    """All entries, read page after page until the ledger's end."""
    entries: list[FeedEntry] = []
    after = 0
    while (page := await feed.since(after, limit=limit)).up_to > after:
        assert page.after == after
        assert page.up_to <= after + limit
        entries += page.entries
        after = page.up_to
    return entries


def nodes_of(entries: Sequence[FeedEntry], tenant_id: str = TENANT) -> list[NodeId]:
    """The tenant's nodes, sorted; one that came twice is there twice."""
    return sorted(node for entry in entries if entry.tenant_id == tenant_id for node in entry.nodes)


def edges_of(entries: Sequence[FeedEntry], tenant_id: str = TENANT) -> list[LineageEdge]:
    """The tenant's edges, sorted; one that came twice is there twice."""
    found = [edge for entry in entries if entry.tenant_id == tenant_id for edge in entry.edges]
    return sorted(found, key=lambda edge: (edge.source, edge.relation.value, edge.target))


class LineageFeedContract:
    """Subclass it and give the fixture ``fed``."""

    async def test_an_empty_ledger_gives_an_empty_page(self, fed: FeedUnderTest) -> None:
        """The ledger's position is 0 before the first commit."""
        assert await fed.feed.since(0, limit=10) == FeedPage(after=0, up_to=0)
        assert await fed.feed.position() == 0

    async def test_a_commit_is_an_entry_with_its_nodes_and_edges(self, fed: FeedUnderTest) -> None:
        """A new version, an execution, its intent, its attachments and the ends of edges are nodes."""
        run = an_execution(attachments=[an_attachment()])
        made = artifact_node("artifact-1", 1)
        edges = [an_edge(made, execution_node("execution-1"), Relation.WAS_GENERATED_BY)]
        edges.append(an_edge(made, attachment_node(a_digest(b"theirs")), Relation.USED))
        committed = await fed.store.ledger.commit(a_change(an_artifact(), execution=run, edges=edges))
        page = await fed.feed.since(0, limit=10)
        (entry,) = page.entries
        nodes = {made, execution_node("execution-1"), intent_node("intent-1"), edges[1].target}
        nodes.add(attachment_node(run.attachments[0].digest))
        assert (entry.position, entry.tenant_id) == (committed.position, TENANT)
        assert (set(entry.nodes), len(entry.nodes)) == (nodes, len(nodes))
        assert (set(entry.edges), len(entry.edges)) == (set(edges), 2)
        assert (page.after, page.up_to) == (0, committed.position)

    async def test_what_was_there_already_is_not_repeated(self, fed: FeedUnderTest) -> None:
        """Every node and every edge once, at the position of the first commit that wrote or named it."""
        ledger, edge = fed.store.ledger, an_edge(artifact_node("artifact-1", 1), intent_node("theirs"))
        run = an_execution()
        await ledger.commit(a_change(an_artifact(), execution=run, edges=[edge]))
        await ledger.commit(a_change(edges=[edge], attaches_edges=True))
        await ledger.commit(a_change(execution=running(run)))
        further = attrs.evolve(edge, relation=Relation.USED)
        last = await ledger.commit(a_change(edges=[edge, further], attaches_edges=True))
        entries = await everything(fed.feed)
        assert nodes_of(entries) == sorted(set(nodes_of(entries)))
        assert edges_of(entries) == [further, edge]
        assert entries[-1] == FeedEntry(position=last.position, tenant_id=TENANT, edges=(further,))
        assert len(entries) == 2

    async def test_the_same_change_again_adds_nothing(self, fed: FeedUnderTest) -> None:
        """A repeated commit has no second effect here either."""
        change = a_change(an_artifact())
        committed = [await fed.store.ledger.commit(change) for _ in range(2)]
        assert [entry.position for entry in await everything(fed.feed)] == [committed[0].position]

    async def test_a_commit_without_lineage_has_no_entry_but_a_position(self, fed: FeedUnderTest) -> None:
        """A tombstone, or a commit of other things, adds nothing to the lineage: pages pass over it."""
        await fed.store.ledger.commit(a_change(an_artifact()))
        await fed.store.ledger.commit(a_change(a_tombstone(an_artifact())))
        last = await fed.store.ledger.commit(a_change())
        page = await fed.feed.since(0, limit=100)
        assert [entry.nodes for entry in page.entries] == [(artifact_node("artifact-1", 1),)]
        assert page.up_to == last.position == await fed.feed.position()

    async def test_a_refused_change_leaves_no_trace(self, fed: FeedUnderTest) -> None:
        """What was not committed is not in the feed."""
        await fed.store.ledger.commit(a_change(an_artifact()))
        refused = a_change(an_artifact(), an_artifact("other"), edges=[an_edge(artifact_node("other", 1), "intent:x")])
        (outcome,) = await asyncio.gather(fed.store.ledger.commit(refused), return_exceptions=True)
        assert isinstance(outcome, Exception)
        assert nodes_of(await everything(fed.feed)) == [artifact_node("artifact-1", 1)]

    async def test_pages_of_any_size_add_up_to_the_same(self, fed: FeedUnderTest) -> None:
        """At most ``limit`` positions a page, by rising position, a commit whole in one page."""
        first = an_artifact()
        for number in range(3):
            await fed.store.ledger.commit(a_change(*[an_artifact(f"{number}-{one}") for one in range(4)]))
            await fed.store.ledger.commit(a_change())
        for artifact in (first, the_next_version(first)):
            await fed.store.ledger.commit(a_change(artifact))
        whole = await everything(fed.feed)
        positions = [entry.position for entry in whole]
        assert positions == sorted(set(positions))
        assert [len(entry.nodes) for entry in whole] == [4, 4, 4, 1, 1]
        for limit in (1, 2, 3, 7):
            again = await everything(fed.feed, limit=limit)
            assert [(one.position, set(one.nodes)) for one in again] == [
                (one.position, set(one.nodes)) for one in whole
            ]

    async def test_the_end_of_the_ledger_is_an_empty_page(self, fed: FeedUnderTest) -> None:
        """At the ledger's end the page is empty; past it ``up_to`` says that this ledger has never been there."""
        position = (await fed.store.ledger.commit(a_change(an_artifact()))).position
        assert await fed.feed.since(position, limit=5) == FeedPage(after=position, up_to=position)
        beyond = await fed.feed.since(position + 50, limit=5)
        assert (beyond.after, beyond.up_to, beyond.entries) == (position + 50, position, ())

    async def test_all_tenants_are_in_it_each_under_its_own_name(self, fed: FeedUnderTest) -> None:
        """Equal ids of two tenants are two nodes; an entry is of one tenant."""
        for tenant in (TENANT, OTHER_TENANT):
            edge = an_edge(artifact_node("artifact-1", 1), intent_node("intent-1"))
            await fed.store.ledger.commit(a_change(an_artifact(tenant_id=tenant), edges=[edge]))
        entries = await everything(fed.feed)
        assert [entry.tenant_id for entry in entries] == [TENANT, OTHER_TENANT]
        assert nodes_of(entries) == nodes_of(entries, OTHER_TENANT) != []
        assert edges_of(entries) == edges_of(entries, OTHER_TENANT) != []

    async def test_another_process_reads_the_same(self, fed: FeedUnderTest) -> None:
        """What was given once for a position is given again, the same."""
        await fed.store.ledger.commit(a_change(an_artifact()))
        other = await fed.reopen()
        assert await everything(other) == await everything(fed.feed)
        assert await other.position() == await fed.feed.position()

    async def test_nothing_is_lost_while_others_commit(self, fed: FeedUnderTest) -> None:
        """Whatever is committed later has a position after the page's end, also if it began earlier (case O01)."""
        other = await fed.store.reopen()
        names = [f"a{number:02d}" for number in range(40)]
        seen: list[NodeId] = []
        writers = asyncio.gather(
            *[
                (fed.store, other)[number % 2].ledger.commit(a_change(an_artifact(name)))
                for number, name in enumerate(names)
            ]
        )
        after = 0
        while not writers.done() or after < await fed.feed.position():
            page = await fed.feed.since(after, limit=7)
            seen += nodes_of(page.entries)
            after = page.up_to
            await asyncio.sleep(0)
        await writers
        assert sorted(seen) == [artifact_node(name, 1) for name in names]

    async def test_an_edge_comes_no_earlier_than_its_ends(self, fed: FeedUnderTest) -> None:
        """An edge's ends are in no later entry than the edge."""
        await fed.store.ledger.commit(a_change(an_artifact("root")))
        for name in ("one", "two"):
            edges = [an_edge(artifact_node(name, 1), artifact_node("root", 1))]
            edges.append(an_edge(artifact_node(name, 1), execution_node(f"theirs-{name}"), Relation.USED))
            await fed.store.ledger.commit(a_change(an_artifact(name), edges=edges))
        entries = await everything(fed.feed, limit=1)
        assert sum(len(entry.edges) for entry in entries) == 4
        known: set[NodeId] = set()
        for entry in entries:
            known.update(entry.nodes)
            assert {end for edge in entry.edges for end in (edge.source, edge.target)} <= known
