"""Opening a home of another release, or what is none: brought up to date, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import apsw
import attrs
import pytest

from artifact_plane.adapters.sqlite.database import DEFAULTS, Database
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.adapters.sqlite.opening import RECORDS, bring_up_to_date, check_library, make_file
from artifact_plane.domain.model.errors import Damaged, InvalidInput, Unavailable
from tests.adapters.sqlite.homes import made, refusal
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import TENANT, a_change, a_request, an_artifact


@pytest.mark.parametrize("version", range(1, len(RECORDS.steps)))
async def test_a_home_of_an_older_release_is_brought_up_to_date_and_keeps_what_it_has(
    tmp_path: Path, version: int
) -> None:
    """An older one is brought up to date in one transaction."""
    older = attrs.evolve(RECORDS, steps=RECORDS.steps[:version])
    path = tmp_path / RECORDS_FILE
    make_file(path)
    connection = apsw.Connection(str(path))
    bring_up_to_date(connection, older, path, 1.0)
    connection.execute("INSERT INTO tenant (tenant_id) VALUES ('kept')")
    connection.close()
    async with SqliteHome.open(tmp_path) as home:
        await home.ledger.commit(a_change(an_artifact(), request=a_request()))
        assert await home.state.request(TENANT, a_request().key, a_change().at) == a_request()
    connection = apsw.Connection(str(path))
    assert connection.pragma("user_version") == len(RECORDS.steps)
    assert connection.execute("SELECT tenant_id FROM tenant ORDER BY k").fetchall() == [("kept",), (TENANT,)]
    connection.close()


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0", "3.51"])
def test_an_sqlite_that_can_lose_a_commit_is_refused(version: str) -> None:
    """Before 3.51.3 two connections in WAL mode could lose a commit: refused with the reason (case F15)."""
    with pytest.raises(Unavailable, match="WAL-reset") as caught:
        check_library(version)
    assert version in caught.value.message
    assert "apsw" in (caught.value.remedy or "")


@pytest.mark.parametrize("version", ["3.51.3", "3.52.0", "4.0.0", apsw.sqlite_lib_version()])
def test_a_sound_sqlite_is_taken(version: str) -> None:
    """Also the one that is here."""
    check_library(version)


async def test_a_home_of_a_newer_release_is_refused_with_both_versions(tmp_path: Path) -> None:
    """Nothing is touched in a home whose schema this release does not know."""
    await made(tmp_path)
    FileBackdoor(tmp_path / RECORDS_FILE).rows("PRAGMA user_version = 7")
    before = (tmp_path / RECORDS_FILE).read_bytes()
    error = await refusal(tmp_path)
    assert isinstance(error, InvalidInput)
    assert "version 7" in error.message
    assert f"up to {len(RECORDS.steps)}" in error.message
    assert "upgrade artifact-plane" in (error.remedy or "")
    assert (tmp_path / RECORDS_FILE).read_bytes() == before


def opened(folder: Path, *further: str) -> Database:
    """The file, by a release that knows further steps."""
    kind = attrs.evolve(RECORDS, steps=(*RECORDS.steps, *[lambda sql=sql: sql for sql in further]))
    database = Database(folder / RECORDS_FILE, kind, DEFAULTS)
    try:
        database.open()
    finally:
        database.close()
    return database


async def test_an_older_home_is_brought_up_to_date(tmp_path: Path) -> None:
    """The steps that are missing are taken, once, and what was there stays."""
    await made(tmp_path)
    steps = ("CREATE TABLE later (x INTEGER) STRICT", "INSERT INTO later VALUES (1)")
    for _ in range(2):
        opened(tmp_path, *steps)
    door = FileBackdoor(tmp_path / RECORDS_FILE)
    assert door.rows("SELECT x FROM later") == [(1,)]
    assert door.rows("PRAGMA user_version") == [(len(RECORDS.steps) + 2,)]
    assert (await door.census())["versions"] == 1


async def test_a_step_that_fails_leaves_the_home_as_it_was(tmp_path: Path) -> None:
    """All the steps are one transaction."""
    await made(tmp_path)
    with pytest.raises(Damaged):
        opened(tmp_path, "CREATE TABLE later (x INTEGER) STRICT", "this is no SQL")
    door = FileBackdoor(tmp_path / RECORDS_FILE)
    assert door.rows("SELECT name FROM sqlite_schema WHERE name = 'later'") == []
    async with SqliteHome.open(tmp_path) as home:
        assert (await home.registry.get(TENANT, "artifact-1")).artifact == an_artifact()


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A file that is a database of something else is refused, unaltered."""
    file = tmp_path / RECORDS_FILE
    FileBackdoor(await_file(file)).rows("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    assert isinstance(await refusal(tmp_path), InvalidInput)
    assert file.read_bytes() == before


def await_file(file: Path) -> Path:
    """The file, made empty."""
    file.touch()
    return file


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough for a header" * 50, b"SQLite format 3\x00"]
)
async def test_what_is_no_database_is_damaged(tmp_path: Path, content: bytes) -> None:
    """A file of ours that holds something else is damage, with a remedy."""
    (tmp_path / RECORDS_FILE).write_bytes(content)
    assert isinstance(await refusal(tmp_path), Damaged)
