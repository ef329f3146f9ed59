"""The Ledger's law: edges lead to what is there, and never round in a circle."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.errors import InvalidInput, LineageCycle, NotFound
from artifact_plane.domain.model.lineage import artifact_node
from tests.contracts.ledger.changes import outcomes
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import OTHER_TENANT, TENANT, a_change, a_tombstone, an_artifact, an_edge


class Edges:
    """What a change says of lineage."""

    async def test_an_edge_to_another_tenants_artifact_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: an edge points to an artifact version of which this tenant has none."""
        await store.ledger.commit(a_change(an_artifact("theirs", tenant_id=OTHER_TENANT)))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("theirs", 1))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(an_artifact(), edges=[edge]))

    async def test_an_edge_to_a_version_that_is_not_there_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """The version counts, not only the artifact."""
        await store.ledger.commit(a_change(an_artifact("source")))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("source", 2))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(an_artifact(), edges=[edge]))

    async def test_an_edge_may_point_to_a_deleted_artifact(self, store: RecordStoreUnderTest) -> None:
        """Lineage answers the same before and after a deletion, so a tombstone can be an origin."""
        source = an_artifact("source")
        await store.ledger.commit(a_change(source))
        await store.ledger.commit(a_change(a_tombstone(source)))
        edge = an_edge(artifact_node("artifact-1", 1), artifact_node("source", 1))
        await store.ledger.commit(a_change(an_artifact(), edges=[edge]))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_an_edge_may_point_to_what_the_same_change_writes(self, store: RecordStoreUnderTest) -> None:
        """Outputs of one run may be derived from one another."""
        edge = an_edge(artifact_node("b", 1), artifact_node("a", 1))
        await store.ledger.commit(a_change(an_artifact("b"), an_artifact("a"), edges=[edge]))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_an_edge_leaves_only_what_the_change_writes(self, store: RecordStoreUnderTest) -> None:
        """InvalidInput: an edge leaves a node that the change does not write, and ``attaches_edges`` is not set."""
        await store.ledger.commit(a_change(an_artifact("old"), an_artifact("older")))
        edge = an_edge(artifact_node("old", 1), artifact_node("older", 1))
        with pytest.raises(InvalidInput, match="does not write"):
            await store.ledger.commit(a_change(an_artifact("new"), edges=[edge]))
        await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_a_tombstone_writes_no_node(self, store: RecordStoreUnderTest) -> None:
        """A deletion cannot smuggle in new origins."""
        old, older = an_artifact("old"), an_artifact("older")
        await store.ledger.commit(a_change(old, older))
        edge = an_edge(artifact_node("old", 1), artifact_node("older", 1))
        with pytest.raises(InvalidInput, match="does not write"):
            await store.ledger.commit(a_change(a_tombstone(old), edges=[edge]))

    async def test_an_attached_edge_must_leave_something_that_is_there(self, store: RecordStoreUnderTest) -> None:
        """NotFound: both ends of an attached edge exist, if they are artifacts."""
        await store.ledger.commit(a_change(an_artifact("older")))
        edge = an_edge(artifact_node("absent", 1), artifact_node("older", 1))
        with pytest.raises(NotFound):
            await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))

    async def test_an_attached_edge_that_closes_a_cycle_is_refused_by_name(self, store: RecordStoreUnderTest) -> None:
        """LineageCycle: A→B→C→A is refused, and the message names every node of it (case L01)."""
        for name, origin in (("c", None), ("b", "c"), ("a", "b")):
            edges = [an_edge(artifact_node(name, 1), artifact_node(origin, 1))] if origin else []
            await store.ledger.commit(a_change(an_artifact(name), edges=edges))
        before = await store.backdoor.edges(TENANT)
        closing = an_edge(artifact_node("c", 1), artifact_node("a", 1))
        with pytest.raises(LineageCycle) as caught:
            await store.ledger.commit(a_change(edges=[closing], attaches_edges=True))
        assert all(artifact_node(name, 1) in str(caught.value) for name in "abc")
        assert await store.backdoor.edges(TENANT) == before

    async def test_an_attached_edge_from_a_node_to_itself_is_a_cycle(self, store: RecordStoreUnderTest) -> None:
        """The shortest cycle there is."""
        await store.ledger.commit(a_change(an_artifact("a")))
        edge = an_edge(artifact_node("a", 1), artifact_node("a", 1))
        with pytest.raises(LineageCycle, match="artifact:a@1"):
            await store.ledger.commit(a_change(edges=[edge], attaches_edges=True))

    async def test_a_cycle_among_the_attached_edges_themselves_is_refused(self, store: RecordStoreUnderTest) -> None:
        """Two edges of one change may close a cycle that neither closes alone."""
        await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b")))
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(edges=[an_edge(a, b), an_edge(b, a)], attaches_edges=True))
        assert not await store.backdoor.edges(TENANT)

    async def test_a_cycle_among_the_nodes_that_a_change_writes_is_refused(self, store: RecordStoreUnderTest) -> None:
        """LineageCycle: new nodes may not be each other's origin either; nothing of the change is recorded."""
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        edges = [an_edge(a, b), an_edge(b, a)]
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b"), edges=edges))
        assert await store.registry.history(TENANT, "a") == ()
        assert (await store.backdoor.census())["edges"] == 0

    async def test_two_who_close_a_cycle_together_do_not_both_succeed(self, store: RecordStoreUnderTest) -> None:
        """The check and the edge are one step: concurrent halves of a cycle cannot both be attached."""
        await store.ledger.commit(a_change(an_artifact("a"), an_artifact("b")))
        a, b = artifact_node("a", 1), artifact_node("b", 1)
        halves = [a_change(edges=[edge], attaches_edges=True) for edge in (an_edge(a, b), an_edge(b, a))]
        answers = await outcomes(store, halves)
        assert sorted(type(answer).__name__ for answer in answers) == ["Committed", "LineageCycle"]

    async def test_a_deep_chain_is_checked_without_recursion(self, store: RecordStoreUnderTest) -> None:
        """A cycle through 2,000 nodes is found."""
        names = [f"n{number:04d}" for number in range(2000)]
        chain = [an_edge(artifact_node(a, 1), artifact_node(b, 1)) for a, b in zip(names[1:], names, strict=False)]
        await store.ledger.commit(a_change(*map(an_artifact, names), edges=chain))
        closing = an_edge(artifact_node(names[0], 1), artifact_node(names[-1], 1))
        with pytest.raises(LineageCycle):
            await store.ledger.commit(a_change(edges=[closing], attaches_edges=True))
