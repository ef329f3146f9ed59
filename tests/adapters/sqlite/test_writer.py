"""The one writer: groups without a shared fate, a bounded queue and log, and nothing left of what was deleted."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw
import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.adapters.flow.slots import Slots
from artifact_plane.adapters.sqlite.checkpoints import BLOCK
from artifact_plane.adapters.sqlite.database import SqliteSettings
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.adapters.sqlite.statements import schema, statement, statements
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, Part
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput, LineageCycle
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.lineage import LineageEdge, Relation, artifact_node
from artifact_plane.ports.ledger import Committed
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import (
    TENANT,
    a_change,
    a_tombstone,
    a_write,
    an_artifact,
    an_edge,
    an_entry,
    an_execution,
    the_next_version,
)

PAGE: Final = 4096
LOG: Final = RECORDS_FILE + "-wal"


def bad_text(number: int) -> Change:
    """A change that only the binding of its values refuses: a lone surrogate in an id."""
    return a_change(an_artifact(f"bad-{number}\ud800"))


def bad_number(number: int) -> Change:
    """A change that only the binding of its values refuses: a number beyond 63 bits."""
    return a_change(execution=an_execution(f"bad-{number}", intent_id=f"bad-{number}", attempt=2**63))


def bad_document(number: int) -> Change:
    """A change with something that has no JSON form."""
    return a_change(journal=[an_entry(body={"x": object()})])  # type: ignore[dict-item]


# Groups


@pytest.mark.parametrize("bad", [bad_text, bad_number, bad_document])
async def test_a_value_that_cannot_be_stored_is_its_own_changes_trouble(
    tmp_path: Path, bad: Callable[[int], Change]
) -> None:
    """In a group of fifty the ten that cannot be written are refused, and forty are there."""
    async with SqliteHome.open(tmp_path) as home:
        changes = [bad(number) if number % 5 == 0 else a_change(an_artifact(f"good-{number}")) for number in range(50)]
        outcomes = await asyncio.gather(*map(home.ledger.commit, changes), return_exceptions=True)
        refused = [number for number, one in enumerate(outcomes) if isinstance(one, InvalidInput)]
        assert refused == list(range(0, 50, 5))
        assert sum(isinstance(one, Committed) for one in outcomes) == 40
        assert not any("bad-" in str(one) for one in outcomes if isinstance(one, ArtifactPlaneError))
    door = FileBackdoor(tmp_path / RECORDS_FILE)
    assert (await door.census())["versions"] == 40
    assert door.rows("SELECT count(*) FROM change") == [(40,)]


async def test_text_with_a_nul_is_stored_as_it_is(tmp_path: Path) -> None:
    """NUL ends no text: what stands after it is stored, found and told apart (case A12)."""
    async with SqliteHome.open(tmp_path) as home:
        entries = [an_entry(subject="a\x00b"), an_entry(subject="a\x00c"), an_entry(subject="a")]
        await home.ledger.commit(a_change(an_artifact(metadata={"k\x00": "v\x00w"}), journal=entries))
        for entry in entries:
            (record,) = await home.log.about(TENANT, entry.kind, entry.subject)
            assert record.entry == entry
        assert (await home.registry.get(TENANT, "artifact-1")).artifact.metadata == {"k\x00": "v\x00w"}


async def test_a_group_sees_its_own_changes_in_order(tmp_path: Path) -> None:
    """Created, updated, derived from, deleted, all at once: each finds what those before it have left."""
    async with SqliteHome.open(tmp_path) as home:
        first = an_artifact()
        derived = an_edge(artifact_node("artifact-2", 1), artifact_node("artifact-1", 2))
        run = an_execution()
        changes = [
            a_change(first, execution=run),
            a_change(the_next_version(first)),
            a_change(an_artifact("artifact-2"), edges=[derived]),
            a_change(a_tombstone(the_next_version(first))),
            a_change(an_artifact("artifact-3"), tenant_id=TENANT),
        ]
        committed = await asyncio.gather(*map(home.ledger.commit, changes))
        assert [one.position for one in committed] == [1, 2, 3, 4, 5]
        assert (await home.registry.get(TENANT, "artifact-1")).artifact == a_tombstone(the_next_version(first))
        door = FileBackdoor(tmp_path / RECORDS_FILE)
        assert await door.edges(TENANT) == {derived}
        assert (await door.census())["bodies"] == 2
        assert door.rows("PRAGMA foreign_key_check") == []


async def test_one_change_may_write_several_versions_of_an_artifact(tmp_path: Path) -> None:
    """The second write of an artifact in a change comes on top of the first."""
    async with SqliteHome.open(tmp_path) as home:
        first = an_artifact()
        second = the_next_version(first)
        await home.ledger.commit(a_change(first, second))
        assert await home.registry.history(TENANT, "artifact-1") == (first, second)
        page = await home.registry.find(TENANT, ArtifactFilter(), limit=10)
        assert page.artifacts == (second,)


async def test_new_artifacts_cannot_be_one_anothers_origins(tmp_path: Path) -> None:
    """A change whose own new nodes go round in a circle is refused by name."""
    async with SqliteHome.open(tmp_path) as home:
        a, b, c = (artifact_node(name, 1) for name in "abc")
        edges = [an_edge(a, b), an_edge(b, a), an_edge(c, a)]
        with pytest.raises(LineageCycle, match=r"artifact:(a@1 → artifact:b|b@1 → artifact:a)@1"):
            await home.ledger.commit(a_change(*map(an_artifact, "abc"), edges=edges))
        await home.ledger.commit(a_change(*map(an_artifact, "abc"), edges=[edges[0], edges[2]]))


async def test_what_was_queued_is_written_before_the_home_closes(tmp_path: Path) -> None:
    """Closing waits for the writer: nobody's commit is cut off."""
    async with SqliteHome.open(tmp_path) as home:
        tasks = [asyncio.create_task(home.ledger.commit(a_change(an_artifact(f"a-{n}")))) for n in range(300)]
        await asyncio.sleep(0)
    assert len({committed.position for committed in await asyncio.gather(*tasks)}) == 300


# The queue


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40))
def test_places_are_bounded_and_given_out_in_order(turns: list[tuple[int, bool]]) -> None:
    """Never more places or bytes than there are, whoever waits is served in turn, and a cancelled one costs nothing."""

    async def run() -> None:
        slots = Slots(count=4, size=10)
        inside: list[int] = []
        served: list[int] = []

        async def visit(number: int, weight: int) -> None:
            await slots.take(weight)
            served.append(number)
            inside.append(weight)
            assert len(inside) <= 4
            assert sum(inside) <= 10 or len(inside) == 1
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside.remove(weight)
            slots.give(weight)

        tasks = [asyncio.create_task(visit(number, weight)) for number, (weight, _) in enumerate(turns)]
        await asyncio.sleep(0)
        for task, (_, cancelled) in zip(tasks, turns, strict=True):
            if cancelled and task.get_loop() and not inside:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert served == sorted(served)
        assert not inside
        await asyncio.gather(*(slots.take(2) for _ in range(4)))  # all places are free again

    asyncio.run(run())


async def test_who_is_cancelled_while_waiting_gives_the_turn_on() -> None:
    """A place that was granted to a waiter who is gone goes to the next one."""
    slots = Slots(count=1, size=100)
    await slots.take(1)
    first, second = (asyncio.create_task(slots.take(1)) for _ in range(2))
    await asyncio.sleep(0)
    slots.give(1)  # grants the first, which has not run yet
    first.cancel()
    await second
    assert first.cancelled()


async def test_who_gives_up_before_their_turn_leaves_nothing_in_the_queue(tmp_path: Path) -> None:
    """While another process has the file locked: a place bounds what is held only if nothing stays without one."""
    async with SqliteHome.open(tmp_path, SqliteSettings(group=1)) as home:
        before = await home.ledger.commit(a_change(an_artifact("before")))
        other = apsw.Connection(str(tmp_path / RECORDS_FILE))
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(home.ledger.commit(a_change(an_artifact(f"a-{n}")))) for n in range(20)]
        await asyncio.sleep(0.2)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        other.execute("ROLLBACK")
        other.close()
        after = await home.ledger.commit(a_change(an_artifact("after")))
        assert after.position <= before.position + 2  # the one that the thread had may be recorded


async def test_ten_thousand_commits_at_once_wait_their_turn(tmp_path: Path) -> None:
    """The queue never holds more than its bounds, and everybody gets through."""
    settings = SqliteSettings(synchronous="normal", queue_changes=50)
    async with SqliteHome.open(tmp_path, settings) as home:
        commits = (home.ledger.commit(a_change()) for _ in range(2_000))
        positions = {committed.position for committed in await asyncio.gather(*commits)}
        assert len(positions) == 2_000


# The log


async def fill(home: SqliteHome, start: int, count: int) -> None:
    """So many artifacts with a body of 8 KiB, some at a time."""
    body = b'{"text":"' + b"x" * 8192 + b'"}'
    for begin in range(start, start + count, 20):
        changes = [a_change(a_write(an_artifact(f"a-{number}"), body)) for number in range(begin, begin + 20)]
        await asyncio.gather(*map(home.ledger.commit, changes))


async def test_the_log_is_bounded_under_load_with_a_reader_open(tmp_path: Path) -> None:
    """Many times the log's bound is written while somebody turns pages, and the log stays within it."""
    settings = SqliteSettings(synchronous="normal", checkpoint_pages=64)
    largest = 0
    async with SqliteHome.open(tmp_path, settings) as home, SqliteHome.open(tmp_path, settings) as reader:
        for start in range(0, 2_000, 100):
            await fill(home, start, 100)
            await reader.registry.find(TENANT, ArtifactFilter(label="nobody's"), limit=10)
            largest = max(largest, (tmp_path / LOG).stat().st_size)
        written = FileBackdoor(tmp_path / RECORDS_FILE).rows("PRAGMA page_count")[0][0]
    assert written > 2 * BLOCK * 64
    assert largest < 2 * BLOCK * 64 * PAGE


async def test_a_reader_that_lingers_stops_nobody(tmp_path: Path) -> None:
    """While another program keeps a transaction open, commits go on; when it ends, the log shrinks to its bound."""
    settings = SqliteSettings(synchronous="normal", checkpoint_pages=16)
    async with SqliteHome.open(tmp_path, settings) as home:
        await fill(home, 0, 20)
        lingering = apsw.Connection(str(tmp_path / RECORDS_FILE))
        lingering.execute("BEGIN; SELECT count(*) FROM artifact")
        await fill(home, 20, 100)
        assert (await home.registry.find(TENANT, ArtifactFilter(), limit=1)).artifacts[0].artifact_id == "a-119"
        lingering.close()
        await fill(home, 120, 40)
        await home.ledger.commit(a_change(a_tombstone(an_artifact("a-0"))))
        assert (tmp_path / LOG).stat().st_size < BLOCK * 16 * PAGE


async def test_nothing_is_left_of_a_deleted_meaning(tmp_path: Path) -> None:
    """When the deletion has returned, the bytes are neither in the file nor in its log."""
    marker = bytes(random.Random(1).choices(range(97, 123), k=3000))  # noqa: S311 - any text will do
    async with SqliteHome.open(tmp_path) as home:
        first = an_artifact(metadata={"owner": marker[:100].decode()})
        await home.ledger.commit(a_change(a_write(first, marker)))
        await home.ledger.commit(a_change(an_artifact("another")))
        assert any(marker in file.read_bytes() for file in tmp_path.glob(RECORDS_FILE + "*"))
        await home.ledger.commit(a_change(attrs.evolve(a_tombstone(first), metadata={})))
        for file in tmp_path.glob(RECORDS_FILE + "*"):
            content = file.read_bytes()
            assert not any(marker[start : start + 60] in content for start in range(0, 2900, 60))


# Statements


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("newest", "artifact_newest"),
        ("newest_by_type", "artifact_by_type"),
        ("newest_by_session", "artifact_by_session"),
        ("newest_by_execution", "artifact_by_execution"),
        ("executions", "execution_newest"),
        ("executions_of_session", "execution_by_session"),
        ("unfinished", "execution_unfinished"),
        ("journal_about", "journal_about"),
        ("current_version", "sqlite_autoindex_artifact_1"),
        ("matching_ids", "sqlite_autoindex_artifact_1"),
        ("edges_downstream", "edge_downstream"),
        ("ties", "PRIMARY KEY"),
        ("abandon_claim", "claim_by_id"),
        ("release_claim", "claim_by_id"),
        ("known_heads", "artifact_id=?"),
        ("known_heads", "INTEGER PRIMARY KEY"),
        ("events_set_aside", "event_set_aside"),
        ("acknowledge_event", "event_id=?"),
        ("replay", "INTEGER PRIMARY KEY (rowid>?)"),
        ("erase_bodies", "INTEGER PRIMARY KEY"),
    ],
)
def test_a_list_goes_along_its_index_and_sorts_nothing(name: str, index: str) -> None:
    """No statement of a list scans a table, sorts, or skips rows: its cost follows what it answers."""
    plan = plan_of(name)
    assert any(index in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)
    assert not any(step.startswith("SCAN") and "INDEX" not in step for step in plan)


def plan_of(name: str) -> list[str]:
    """How SQLite carries out a statement, on tables made as ours are."""
    connection = apsw.Connection(":memory:")
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute(schema("schema"))
    sql = statement(name)
    count = max(map(int, re.findall(r"\?(\d)", sql)), default=sql.count("?"))
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (1,) * count)
    steps = [row[3] for row in rows]
    connection.close()
    return steps


def test_no_statement_skips_rows() -> None:
    """OFFSET grows with the page's depth; nothing uses it."""
    assert statements()
    assert not [name for name, sql in statements().items() if "offset" in sql.lower()]


# Thawing


def test_a_thawed_value_is_the_class_itself_once_it_is_frozen() -> None:
    """A value that was made fast cannot be told from one that was made the usual way, and cannot be altered."""
    edge = thawed(LineageEdge)()
    edge.source, edge.relation, edge.target = "a", Relation.USED, "b"
    edge.__class__ = LineageEdge
    usual = LineageEdge("a", Relation.USED, "b")
    assert (edge, hash(edge), repr(edge), type(edge)) == (usual, hash(usual), repr(usual), LineageEdge)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        edge.source = "c"


def test_a_class_that_checks_its_values_is_not_thawed() -> None:
    """Going past a check is refused when the module is loaded, not noticed later."""
    with pytest.raises(TypeError, match="Intent"):
        thawed(Intent)
    for kind in (Artifact, Part):
        thawed(kind)
