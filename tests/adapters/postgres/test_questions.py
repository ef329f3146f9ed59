"""How questions are answered: along an index, of one state, and also where a name cannot be in the database at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import asyncpg
import attrs
import pytest

from artifact_plane.adapters.postgres.lineage_graph import PostgresLineageGraph
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node
from tests.adapters.postgres.under_test import Handle

# The laws are the same on both databases.
from tests.adapters.sqlite.test_lineage_graph import (  # noqa: F401
    test_ids_that_do_not_follow_time_give_the_same_order,
    test_nor_does_the_order_hang_on_how_much_of_a_level_is_held,
    test_of_what_very_many_have_used_no_more_is_held_than_the_answer_takes,
    test_what_is_known_of_nodes_does_not_hang_on_the_last_walk,
)
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import NOW, TENANT, a_change, an_artifact, an_edge

# Questions, by the index that answers each, in the order in which the planner could mistake one for another.
POINTS: Final = {
    "current_version": ("artifact_tenant_id_artifact_id_version_key", ("t", "a")),
    "named_version": ("artifact_tenant_id_artifact_id_version_key", ("t", "a", 1)),
    "history": ("artifact_tenant_id_artifact_id_version_key", ("t", "a")),
    "matching_ids": ("artifact_tenant_id_artifact_id_version_key", ("t", "a", "b", 5)),
    "execution": ("execution_pkey", ("t", "e")),
    "latest_attempt": ("execution_tenant_id_intent_id_attempt_key", ("t", "i")),
    "journal_about": ("journal_about", ("t", 4, "a")),
    "known_nodes": ("node_tenant_id_id_key", ("t", ["n"])),
    "credential_by_hash": ("credential_secret_hash_key", ("h",)),
}
LISTS: Final = {
    "newest": "artifact_newest",
    "newest_by_type": "artifact_by_type",
    "newest_by_session": "artifact_by_session",
    "newest_by_execution": "artifact_by_execution",
}
LEVELS: Final[Mapping[str, tuple[str, tuple[object, ...]]]] = {
    "edges_upstream": ("edge_pkey", (20_001,)),
    "edges_downstream": ("edge_downstream", (20_001,)),
    "ends_upstream": ("edge_pkey", (1_001,)),
    "ends_downstream": ("edge_downstream", (1_001,)),
    "edges_upstream_to": ("edge_pkey", ([5, 6],)),
    "edges_downstream_to": ("edge_downstream", ([5, 6],)),
    "node_ids": ("node_pkey", ()),
}


@pytest.fixture
def held_in_parts(opened_handle: Handle) -> RecordStoreUnderTest:
    """A database, asked so that nearly every level of a walk has more edges than are held of it."""
    lineage = PostgresLineageGraph(opened_handle.home.database, level_edges=2)
    return attrs.evolve(opened_handle.store, lineage=lineage)


async def plan(connection: asyncpg.Connection[asyncpg.Record], name: str, *values: object) -> str:
    """The plan that a running plane makes of a statement: one for all values."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE {name} AS {statement(name).replace('100 /* page */', '128')}")
    given = ", ".join(_literal(value) for value in values)
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE {name} ({given})"))


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


@pytest.fixture
async def connected(postgres_database: PostgresDatabase) -> asyncpg.Connection[asyncpg.Record]:
    """A connection as the runtime role to a new database, of which no table was analysed since it had rows."""
    fill = """
        SET session_replication_role = replica;
        ALTER TABLE artifact_plane.node SET (autovacuum_enabled = off);
        ALTER TABLE artifact_plane.edge SET (autovacuum_enabled = off);
        ALTER TABLE artifact_plane.artifact SET (autovacuum_enabled = off);
        INSERT INTO artifact_plane.node (tenant_id, id, position)
            SELECT 't', 'n' || i, i FROM generate_series(1, 3000) AS i;
        INSERT INTO artifact_plane.edge SELECT 't', k, 1, k - 1, k FROM artifact_plane.node;
        INSERT INTO artifact_plane.artifact SELECT 't', k, id, 1, 1, k, 'x', 'y', 'z', 'e', 'persist', NULL, ''
            FROM artifact_plane.node;
    """
    owner = await asyncpg.connect(postgres_database.raw)
    await owner.execute(fill)
    await owner.close()
    return await asyncpg.connect(postgres_database.runtime)


async def test_every_question_goes_along_its_index_from_the_first_day(
    connected: asyncpg.Connection[asyncpg.Record],
) -> None:
    """Before the database has statistics of its own: none is answered by reading all of a tenant's rows."""
    async with asyncio.timeout(60):
        for name, (index, values) in POINTS.items():
            assert index in await plan(connected, name, *values), name
        for name, index in LISTS.items():
            found = await plan(connected, name, "t", [1], 2000, 101, "x", "y", "e", None, None, None, True)
            assert f"Index Scan Backward using {index}" in found, name
        for name, (index, more) in LEVELS.items():
            assert index in await plan(connected, name, "t", [7, 8], *more), name
    await connected.close()


async def test_a_walk_is_of_one_state_of_the_ledger(opened_handle: Handle) -> None:
    """What is committed while somebody walks is in the next answer: position, nodes and edges belong together."""
    store = opened_handle.store
    await store.ledger.commit(a_change(an_artifact("n0")))

    async def grow() -> None:
        for number in range(1, 40):
            edge = an_edge(artifact_node(f"n{number}", 1), artifact_node(f"n{number - 1}", 1))
            await store.ledger.commit(a_change(an_artifact(f"n{number}"), edges=[edge]))

    growing = asyncio.create_task(grow())
    while not growing.done():
        walk = await store.lineage.trace(TENANT, artifact_node("n0", 1), Direction.DOWNSTREAM, Bounds(depth=99))
        assert len(walk.nodes) == walk.position
        assert len(walk.edges) == walk.position - 1
    await growing


@pytest.mark.parametrize("name", ["a\x00b", "\x00", "\ud800", "a\udfff"])
async def test_what_the_database_cannot_hold_is_not_there(store: RecordStoreUnderTest, name: str) -> None:
    """A NUL or a lone surrogate in a question is no error of its own: nothing is called so."""
    missing: list[Callable[[], Awaitable[object]]] = [
        lambda: store.registry.get(TENANT, name),
        lambda: store.state.execution(TENANT, name),
        lambda: store.state.policy(name),
        lambda: store.lineage.trace(TENANT, name, Direction.UPSTREAM, Bounds()),
    ]
    for question in missing:
        with pytest.raises(NotFound):
            await question()
    assert await store.registry.history(TENANT, name) == ()
    assert await store.registry.matching(TENANT, name, limit=5) == ()
    assert await store.registry.receipts(TENANT, name) == ()
    assert (await store.registry.find(TENANT, ArtifactFilter(label=name), limit=5)).artifacts == ()
    assert await store.state.latest_attempt(TENANT, name) is None
    assert await store.state.executions(TENANT, session_id=name, limit=5) == ((), None)
    assert await store.state.request(TENANT, name, NOW) is None
    assert await store.log.about(TENANT, RecordKind.INTENT, name) == ()
