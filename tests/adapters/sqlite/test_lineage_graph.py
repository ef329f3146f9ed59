"""Lineage on SQLite, where the port's suite does not look: ids that do not follow time, and walks one after another."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from artifact_plane.adapters.sqlite.database import SqliteSettings
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    Relation,
    artifact_node,
    attachment_node,
    execution_node,
)
from tests.adapters.sqlite.under_test import opened
from tests.contracts.graphs import WIDE, node, reference, traced
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import OTHER_TENANT, TENANT, a_change, an_artifact, an_attachment, an_edge, an_execution


@pytest.fixture
async def held_in_parts(tmp_path: Path) -> AsyncIterator[RecordStoreUnderTest]:
    """A home in which nearly every level of a walk has more edges than are held of it."""
    async with AsyncExitStack() as stack:
        yield await opened(stack, tmp_path / "parts", SqliteSettings(level_edges=2))


async def test_of_what_very_many_have_used_no_more_is_held_than_the_answer_takes(
    held_in_parts: RecordStoreUnderTest,
) -> None:
    """Cut anywhere, in any direction, with several edges between two nodes: the answer is the reference's."""
    store, edges = held_in_parts, list[LineageEdge]()
    await store.ledger.commit(a_change(*[an_artifact(f"n{number}") for number in (0, 1)]))
    for number in range(2, 30):
        own = [
            an_edge(node(number), node(target), relation)
            for target in (0, 1, number - 1)
            if number > target
            for relation in (Relation.WAS_DERIVED_FROM, Relation.USED)
        ]
        edges += dict.fromkeys(own)
        await store.ledger.commit(a_change(an_artifact(f"n{number}"), edges=list(dict.fromkeys(own))))
    for start in (0, 1, 5, 29):
        for direction in Direction:
            for nodes in (1, 2, 3, 10, 28, 29, 30, 31):
                for depth in (1, 2, 40):
                    bounds = Bounds(depth=depth, nodes=nodes)
                    walked = await traced(store, node(start), direction, bounds)
                    assert walked == reference(edges, node(start), direction, bounds), (start, direction, bounds)


async def test_ids_that_do_not_follow_time_give_the_same_order(store: RecordStoreUnderTest) -> None:
    """The order within a level is that of the names, in whatever order the nodes came about."""
    await _walk_in_any_order(store)


async def test_nor_does_the_order_hang_on_how_much_of_a_level_is_held(held_in_parts: RecordStoreUnderTest) -> None:
    """The same where only a part of each level is."""
    await _walk_in_any_order(held_in_parts)


async def _walk_in_any_order(store: RecordStoreUnderTest) -> None:
    dice = random.Random(5)  # noqa: S311 - any order will do
    numbers = list(range(60))
    dice.shuffle(numbers)
    edges = [
        an_edge(node(source), node(numbers[dice.randrange(place)]), relation)
        for place, source in enumerate(numbers)
        if place
        for relation in (Relation.WAS_DERIVED_FROM, Relation.USED)
        for _ in range(3)
    ]
    edges = list(dict.fromkeys(edges))
    for number in numbers:
        own = [edge for edge in edges if edge.source == node(number)]
        await store.ledger.commit(a_change(an_artifact(f"n{number}"), edges=own))
    for start in numbers[::5]:
        for direction in Direction:
            for bounds in (WIDE, Bounds(depth=2, nodes=9)):
                walked = await traced(store, node(start), direction, bounds)
                assert walked == reference(edges, node(start), direction, bounds)


async def test_what_is_known_of_nodes_does_not_hang_on_the_last_walk(store: RecordStoreUnderTest) -> None:
    """Nodes of the last walk or not, unknown ones, some twice, of this tenant or another: each its own facts."""
    run = an_execution(attachments=[an_attachment("sop", b"12345")])
    origin, later = an_artifact("origin", artifact_type="sop"), an_artifact("later", artifact_type="roadmap")
    edge = an_edge(artifact_node("later", 1), artifact_node("origin", 1))
    await store.ledger.commit(a_change(origin, execution=run))
    await store.ledger.commit(a_change(later, edges=[edge]))
    await store.ledger.commit(a_change(an_artifact("later", tenant_id=OTHER_TENANT, artifact_type="theirs")))
    asked = (
        execution_node("execution-1"),
        artifact_node("later", 1),
        execution_node("nobody's"),
        attachment_node(run.attachments[0].digest),
        artifact_node("origin", 1),
        artifact_node("later", 1),
    )
    first = await store.lineage.describe(TENANT, asked)
    assert [one.id for one in first] == list(asked)
    assert [one.facts.get("type") for one in first] == [None, "roadmap", None, None, "sop", "roadmap"]
    for start in (artifact_node("later", 1), execution_node("execution-1")):
        await store.lineage.trace(TENANT, start, Direction.UPSTREAM, WIDE)
        assert await store.lineage.describe(TENANT, asked) == first
        (theirs,) = await store.lineage.describe(OTHER_TENANT, (artifact_node("later", 1),))
        assert theirs.facts["type"] == "theirs"
    once = (asked[3], asked[1], asked[0], asked[4])
    assert await store.lineage.describe(TENANT, once) == (first[3], first[1], first[0], first[4])
    assert await store.lineage.describe(TENANT, ()) == ()
