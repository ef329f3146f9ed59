"""The LineageGraph's law: the answers of ``domain.model.lineage.walk``, bounded, and of one tenant."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    LineageNode,
    NodeKind,
    Relation,
    Walk,
    artifact_node,
    attachment_node,
    execution_node,
    intent_node,
)
from tests.contracts.graphs import (
    DOWN,
    UP,
    WIDE,
    bounds_of_all_sizes,
    distance,
    graphs,
    grown,
    many_graphs,
    new_tenant,
    node,
    reference,
    traced,
)
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

__all__ = ["DOWN", "UP", "WIDE", "LineageGraphContract", "node", "reference"]


class LineageGraphContract:
    """Subclass it and give the fixture ``store``."""

    chain_length: ClassVar[int] = 10_000
    fan_out: ClassVar[int] = 5_000
    inputs_each: ClassVar[int] = 9

    # trace

    @given(graph=graphs(), data=st.data(), direction=st.sampled_from(Direction), bounds=bounds_of_all_sizes)
    @many_graphs
    async def test_trace_equals_the_reference(
        self,
        store: RecordStoreUnderTest,
        graph: tuple[int, list[LineageEdge]],
        data: st.DataObject,
        direction: Direction,
        bounds: Bounds,
    ) -> None:
        """Equal to ``walk``: same nodes, same edges, same mark when it was cut, both ways, within any bounds."""
        count, edges = graph
        tenant = new_tenant()
        await grown(store, edges, count, tenant)
        start = node(data.draw(st.integers(0, count - 1)))
        assert await traced(store, start, direction, bounds, tenant) == reference(edges, start, direction, bounds)

    @given(graph=graphs(), data=st.data())
    @many_graphs
    async def test_the_order_in_which_edges_come_does_not_matter(
        self, store: RecordStoreUnderTest, graph: tuple[int, list[LineageEdge]], data: st.DataObject
    ) -> None:
        """The same edges twice, in other orders and other commits, give the same graph (law 21, case O05)."""
        count, edges = graph
        tenant = new_tenant()
        await grown(store, [], count, tenant)
        for edge in data.draw(st.permutations(edges + edges[:5])):
            await store.ledger.commit(a_change(edges=[edge], tenant_id=tenant, attaches_edges=True))
        assert await store.backdoor.edges(tenant) == frozenset(edges)
        start = node(count - 1)
        assert await traced(store, start, UP, WIDE, tenant) == reference(edges, start, UP, WIDE)

    async def test_a_node_without_edges_is_its_own_lineage(self, store: RecordStoreUnderTest) -> None:
        """A walk begins with its start."""
        position = await grown(store, [], 1)
        walked = await store.lineage.trace(TENANT, node(0), UP, WIDE)
        assert walked == Walk(nodes=(node(0),), edges=(), truncated=False, position=position)

    async def test_every_kind_of_node_is_in_the_graph(self, store: RecordStoreUnderTest) -> None:
        """An execution, its intent and its attachments are nodes when the execution is committed."""
        run = an_execution(attachments=[an_attachment()])
        await store.ledger.commit(a_change(execution=run))
        digest = run.attachments[0].digest
        for start in (execution_node("execution-1"), intent_node("intent-1"), attachment_node(digest)):
            assert (await traced(store, start, UP)).nodes == (start,)

    async def test_the_run_of_another_runtime_is_a_node_when_an_edge_names_it(
        self, store: RecordStoreUnderTest
    ) -> None:
        """An execution, intent or attachment that the plane did not run is there once something came from it."""
        foreign = [execution_node("theirs"), intent_node("theirs"), attachment_node(a_digest(b"theirs"))]
        edges = [an_edge(node(0), target, Relation.USED) for target in foreign]
        await store.ledger.commit(a_change(an_artifact("n0"), edges=edges))
        for start in foreign:
            assert (await traced(store, start, DOWN)).nodes == (start, node(0))

    async def test_an_unknown_node_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: the tenant's graph has no such node, be it a version or a kind that nobody wrote."""
        await grown(store, [], 1)
        for start in (node(1), artifact_node("n0", 2), execution_node("n0"), "artifact:n0", "nonsense", ""):
            with pytest.raises(NotFound):
                await store.lineage.trace(TENANT, start, UP, WIDE)

    async def test_lineage_stays_in_its_tenant(self, store: RecordStoreUnderTest) -> None:
        """Equal ids of two tenants have lineages of their own, and another tenant's node is not there."""
        await grown(store, [an_edge(node(2), node(1))], 3)
        await grown(store, [an_edge(node(2), node(0))], 4, OTHER_TENANT)
        assert (await traced(store, node(2), UP)).nodes == (node(2), node(1))
        assert (await traced(store, node(2), UP, tenant_id=OTHER_TENANT)).nodes == (node(2), node(0))
        with pytest.raises(NotFound):
            await store.lineage.trace(TENANT, node(3), UP, WIDE)

    async def test_nothing_of_a_refused_change_is_in_the_graph(self, store: RecordStoreUnderTest) -> None:
        """A node exists when it is committed, and not before."""
        edges = [an_edge(node(0), execution_node("theirs")), an_edge(node(0), node("absent"))]
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(an_artifact("n0"), edges=edges))
        for start in (node(0), execution_node("theirs")):
            with pytest.raises(NotFound):
                await store.lineage.trace(TENANT, start, UP, WIDE)

    async def test_a_deletion_does_not_change_lineage(self, store: RecordStoreUnderTest) -> None:
        """Lineage answers the same before and after (law 18)."""
        await grown(store, [an_edge(node(2), node(1)), an_edge(node(1), node(0))], 3)
        before = await traced(store, node(2), UP)
        await store.ledger.commit(a_change(a_tombstone(an_artifact("n1"))))
        assert await traced(store, node(2), UP) == before

    async def test_an_answer_names_the_position_it_has_seen(self, store: RecordStoreUnderTest) -> None:
        """``at_least`` waits until the graph has seen that position (law 19), in another process too."""
        await grown(store, [], 1)
        other = await store.reopen()
        position = (await store.ledger.commit(a_change())).position
        walked = await other.lineage.trace(TENANT, node(0), UP, WIDE, at_least=position)
        assert walked.position >= position

    async def test_a_position_that_does_not_come_is_unavailable(self, store: RecordStoreUnderTest) -> None:
        """Unavailable: the position was not reached in time."""
        position = await grown(store, [], 1)
        with pytest.raises(Unavailable):
            await store.lineage.trace(TENANT, node(0), UP, WIDE, at_least=position + 1000)

    async def test_a_cut_answer_says_so(self, store: RecordStoreUnderTest) -> None:
        """Bounded by depth and by nodes, and marked when it was cut; not marked when it only just fits."""
        await grown(store, [an_edge(node(number), node(number - 1)) for number in range(1, 6)], 6)
        cuts = [(Bounds(depth=4), 5, True), (Bounds(depth=5), 6, False), (Bounds(nodes=5), 5, True)]
        for bounds, size, truncated in [*cuts, (Bounds(nodes=6), 6, False)]:
            walked = await traced(store, node(5), UP, bounds)
            assert (len(walked.nodes), walked.truncated) == (size, truncated)

    # path

    @given(graph=graphs(), data=st.data(), bounds=bounds_of_all_sizes)
    @many_graphs
    async def test_a_path_is_a_shortest_one_within_the_bounds(
        self,
        store: RecordStoreUnderTest,
        graph: tuple[int, list[LineageEdge]],
        data: st.DataObject,
        bounds: Bounds,
    ) -> None:
        """There is a path exactly where ``walk`` upstream meets the target, as long as the target is far away."""
        count, edges = graph
        tenant = new_tenant()
        await grown(store, edges, count, tenant)
        source, target = (
            node(data.draw(st.integers(count // 2, count - 1))),
            node(data.draw(st.integers(0, count // 2))),
        )
        found = await store.lineage.path(tenant, source, target, bounds)
        walked = reference(edges, source, UP, bounds)
        if target not in walked.nodes:
            assert (found.nodes, found.edges, found.truncated) == ((), (), walked.truncated)
            return
        assert (found.nodes[0], found.nodes[-1], found.truncated) == (source, target, False)
        assert [(edge.source, edge.target) for edge in found.edges] == list(itertools.pairwise(found.nodes))
        assert set(found.edges) <= set(edges)
        assert len(found.nodes) == distance(edges, source, target) + 1
        assert await store.lineage.path(tenant, source, target, bounds) == found

    async def test_the_path_to_oneself_is_one_node(self, store: RecordStoreUnderTest) -> None:
        """Nothing lies between."""
        position = await grown(store, [], 1)
        path = await store.lineage.path(TENANT, node(0), node(0), WIDE)
        assert path == Walk(nodes=(node(0),), edges=(), truncated=False, position=position)

    async def test_a_path_takes_the_shortcut(self, store: RecordStoreUnderTest) -> None:
        """One shortest path, though a longer one leads to the same node."""
        edges = [an_edge(node(number), node(number - 1)) for number in range(1, 5)] + [an_edge(node(3), node(0))]
        await grown(store, edges, 5)
        assert (await store.lineage.path(TENANT, node(4), node(0), WIDE)).nodes == (node(4), node(3), node(0))

    async def test_a_path_leads_upstream_only(self, store: RecordStoreUnderTest) -> None:
        """From what came later to what it came from."""
        await grown(store, [an_edge(node(1), node(0))], 2)
        assert (await store.lineage.path(TENANT, node(1), node(0), WIDE)).nodes == (node(1), node(0))
        backwards = await store.lineage.path(TENANT, node(0), node(1), WIDE)
        assert (backwards.nodes, backwards.truncated) == ((), False)

    async def test_a_path_between_unknown_nodes_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: no node ``source`` or no node ``target``."""
        await grown(store, [], 1)
        for ends in ((node(0), node(1)), (node(1), node(0))):
            with pytest.raises(NotFound):
                await store.lineage.path(TENANT, *ends, WIDE)

    # describe

    async def test_nodes_are_described_in_their_order(self, store: RecordStoreUnderTest) -> None:
        """An artifact's type, state and decision, an attachment's name and size, an execution's intent and state."""
        run = an_execution(attachments=[an_attachment("sop", b"12345")])
        artifact = an_artifact(decision=MaterializationDecision.CACHE, artifact_type="visual")
        await store.ledger.commit(a_change(artifact, execution=run))
        await store.ledger.commit(a_change(execution=running(run)))
        attachment = attachment_node(a_digest(b"12345"))
        asked = (attachment, artifact_node("artifact-1", 1), execution_node("execution-1"), attachment)
        name = LineageNode(id=attachment, kind=NodeKind.ATTACHMENT, facts={"name": "sop", "size": 5})
        assert await store.lineage.describe(TENANT, asked) == (
            name,
            LineageNode(
                id=asked[1],
                kind=NodeKind.ARTIFACT,
                facts={"type": "visual", "state": "active", "decision": "cache"},
            ),
            LineageNode(
                id=asked[2],
                kind=NodeKind.EXECUTION,
                facts={"intent_type": "create_workflow", "state": "running"},
            ),
            name,
        )

    async def test_each_version_is_described_as_it_was_written(self, store: RecordStoreUnderTest) -> None:
        """Nodes are versions; a deletion shows in the state of each."""
        first = an_artifact()
        second = attrs.evolve(the_next_version(first), artifact_type="blueprint")
        for artifact in (first, second, a_tombstone(second)):
            await store.ledger.commit(a_change(artifact))
        nodes = tuple(artifact_node("artifact-1", version) for version in (1, 2))
        described = await store.lineage.describe(TENANT, nodes)
        assert [one.facts["type"] for one in described] == ["workflow", "blueprint"]
        assert [one.facts["state"] for one in described] == ["deleted", "deleted"]

    async def test_unknown_facts_are_left_out(self, store: RecordStoreUnderTest) -> None:
        """What another runtime ran, and what another tenant has, is named and not described."""
        await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT)))
        await store.ledger.commit(a_change(an_artifact("n0"), edges=[an_edge(node(0), execution_node("theirs"))]))
        asked = (execution_node("theirs"), artifact_node("artifact-1", 1))
        described = await store.lineage.describe(TENANT, asked)
        assert [(one.id, dict(one.facts)) for one in described] == [(asked[0], {}), (asked[1], {})]

    # Size

    async def test_a_graph_of_a_hundred_thousand_nodes_is_answered_within_bounds(
        self, store: RecordStoreUnderTest
    ) -> None:
        """A chain of 10,000, a fan-out of 5,000, 100,000 nodes: cut where asked, whole where asked (case L04)."""
        length, inputs = self.chain_length, self.inputs_each
        everything = length * (1 + inputs)
        await self._grow_large(store)
        tip, hub = node(length - 1), node(0)
        cut = await traced(store, tip, UP, Bounds(depth=50, nodes=100))
        assert (len(cut.nodes), cut.truncated) == (100, True)
        whole = await traced(store, tip, UP, Bounds(depth=length + 1, nodes=everything))
        assert (len(whole.nodes), whole.truncated) == (everything, False)
        spread = await traced(store, hub, DOWN, Bounds(depth=1, nodes=self.fan_out + 1))
        assert len(spread.nodes) == self.fan_out + 1
        assert (await traced(store, hub, DOWN, Bounds(depth=1, nodes=50))).truncated
        path = await store.lineage.path(TENANT, tip, node(1), Bounds(depth=length, nodes=everything))
        assert len(path.nodes) == length - 1

    async def _grow_large(self, store: RecordStoreUnderTest) -> None:
        """A chain in which the first ``fan_out`` also come from its root, each with inputs of its own."""
        for start in range(0, self.chain_length, 1000):
            numbers = range(start, min(start + 1000, self.chain_length))
            artifacts = [an_artifact(f"n{number}") for number in numbers]
            edges = [edge for number in numbers for edge in self._edges(number)]
            await store.ledger.commit(a_change(*artifacts, edges=edges))

    def _edges(self, number: int) -> Sequence[LineageEdge]:
        inputs = [
            an_edge(node(number), execution_node(f"e{number}-{one}"), Relation.USED) for one in range(self.inputs_each)
        ]
        chain = [an_edge(node(number), node(number - 1))] if number else []
        hub = [an_edge(node(number), node(0), Relation.USED)] if 0 < number <= self.fan_out else []
        return [*inputs, *chain, *hub]
