"""Opening a home: its files, its version, its locks, and what is said when it cannot be used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import attrs
import pytest

from artifact_plane.adapters.sqlite.database import DEFAULTS, Database, SqliteSettings
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.adapters.sqlite.opening import RECORDS, bring_up_to_date, check_library, make_file
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, InvalidInput, Unavailable
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import TENANT, a_change, a_request, a_write, an_artifact

IMPATIENT = SqliteSettings(busy_budget=0.05)


async def refusal(folder: Path, settings: SqliteSettings = DEFAULTS) -> ArtifactPlaneError:
    """The error with which the home does not open: it names the place, and says what to do."""
    with pytest.raises(ArtifactPlaneError) as caught:
        async with SqliteHome.open(folder, settings):
            pass
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


async def made(folder: Path) -> None:
    """A home with one artifact."""
    async with SqliteHome.open(folder) as home:
        await home.ledger.commit(a_change(an_artifact()))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The record store's file, held by another writer."""
    other = apsw.Connection(str(folder / RECORDS_FILE))
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


# Older files


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


# Files


@pytest.mark.parametrize("umask", [0, 0o777])
async def test_everything_in_a_home_is_the_owners_alone(tmp_path: Path, umask: int) -> None:
    """Folders 0700, files 0600, whatever the umask (case A20)."""
    before = os.umask(umask)
    try:
        async with SqliteHome.open(tmp_path / "home") as home:
            await home.state.hold("holder-1")
            await home.ledger.commit(a_change(an_artifact()))
            entries = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in entries}
    finally:
        os.umask(before)
    assert {name for name, mode in modes.items() if mode == 0o700} == {"home", "holders"}
    assert {name for name, mode in modes.items() if mode == 0o600} == modes.keys() - {"home", "holders"}
    assert {RECORDS_FILE, RECORDS_FILE + "-wal", RECORDS_FILE + "-shm", "holder-1"} <= modes.keys()


async def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    """What the user made is the user's: a home in a shared folder does not lock others out of it."""
    tmp_path.chmod(0o755)
    await made(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / RECORDS_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("dangling", [False, True])
async def test_a_symbolic_link_in_the_place_of_the_file_is_refused(tmp_path: Path, dangling: bool) -> None:
    """A link planted in the home leads nowhere: nothing is read from it or written to it (case A06)."""
    home, elsewhere = planted(tmp_path, RECORDS_FILE, dangling)
    assert isinstance(await refusal(home), Unavailable)
    assert elsewhere.exists() is not dangling
    assert dangling or elsewhere.read_bytes() == b"precious"


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("dangling", [False, True])
@pytest.mark.parametrize("new", [False, True])
async def test_a_symbolic_link_beside_the_file_is_not_followed(
    tmp_path: Path, suffix: str, dangling: bool, new: bool
) -> None:
    """Nor does one in the place of the write-ahead log or its index, be the home new or old."""
    if not new:
        await made(tmp_path / "home")
    home, elsewhere = planted(tmp_path, RECORDS_FILE + suffix, dangling)
    with contextlib.suppress(Unavailable):
        await made_by(home, "artifact-2")
    assert elsewhere.exists() is not dangling
    assert dangling or elsewhere.read_bytes() == b"precious"


def planted(tmp_path: Path, name: str, dangling: bool) -> tuple[Path, Path]:
    """A home with a link of that name to a file elsewhere; both paths."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir(exist_ok=True)
    if not dangling:
        elsewhere.write_bytes(b"precious")
    (home / name).symlink_to(elsewhere)
    return home, elsewhere


async def test_a_symbolic_link_among_the_holders_is_not_followed(tmp_path: Path) -> None:
    """Nobody is alive through a link, and clearing away does not reach through one."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    async with SqliteHome.open(tmp_path / "home") as home:
        await home.state.hold("holder-1")
        (tmp_path / "home" / "holders" / "planted").symlink_to(precious)
        with pytest.raises(Unavailable):
            await home.state.is_alive("planted")
        await home.state.hold("holder-2")
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize("holder", ["", "..", "../x", "a/b", ".turn", "x" * 300, "a\x00b", "/etc/passwd"])
async def test_a_holder_is_an_id(tmp_path: Path, holder: str) -> None:
    """A holder's name is a file's name: only ids are taken, and no other name is alive."""
    async with SqliteHome.open(tmp_path) as home:
        with pytest.raises(InvalidInput):
            await home.state.hold(holder)
        assert not await home.state.is_alive(holder)


async def test_a_home_below_a_file_is_unavailable(tmp_path: Path) -> None:
    """A home that cannot be made: what, where, what to do (case F05)."""
    (tmp_path / "file").write_bytes(b"")
    error = await refusal(tmp_path / "file" / "home")
    assert isinstance(error, Unavailable)
    assert not error.retryable
    assert RECORDS_FILE in (error.where or "")


async def test_the_log_is_gone_when_the_last_one_closes(tmp_path: Path) -> None:
    """A closed home is one file; while somebody has it open, the log is not taken away."""
    async with SqliteHome.open(tmp_path / "home"):
        await made(tmp_path / "home")
        assert (tmp_path / "home" / (RECORDS_FILE + "-wal")).exists()
    assert [path.name for path in (tmp_path / "home").iterdir()] == [RECORDS_FILE]


async def test_many_may_make_a_home_at_once(tmp_path: Path) -> None:
    """The first one makes it, the others find it."""
    await asyncio.gather(*(made_by(tmp_path / "home", f"artifact-{number}") for number in range(8)))
    door = FileBackdoor(tmp_path / "home" / RECORDS_FILE)
    assert (await door.census())["versions"] == 8


async def made_by(folder: Path, artifact_id: str) -> None:
    """Open the home, and commit one artifact."""
    async with SqliteHome.open(folder) as home:
        await home.ledger.commit(a_change(an_artifact(artifact_id)))


async def test_a_closed_home_says_so(tmp_path: Path) -> None:
    """Whoever kept a port of a home that was closed gets an error, not a trace."""
    async with SqliteHome.open(tmp_path) as home:
        pass
    with pytest.raises(Unavailable, match="closed"):
        await home.ledger.commit(a_change(an_artifact()))
    with pytest.raises(Unavailable, match="closed"):
        await home.registry.get(TENANT, "artifact-1")
    with pytest.raises(Unavailable, match="closed"):
        await home.log.replay(0, limit=1)


# Versions


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
    with pytest.raises(ArtifactPlaneError):
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


# Locks and room


async def test_a_lock_that_lasts_is_waited_for_and_then_unavailable(tmp_path: Path) -> None:
    """Up to the budget, then an error; nothing half done, and the same change goes through later (case F16)."""
    async with SqliteHome.open(tmp_path, IMPATIENT) as home:
        change = a_change(an_artifact())
        with locked(tmp_path):
            with pytest.raises(Unavailable, match="locked") as caught:
                await home.ledger.commit(change)
            assert caught.value.retryable
            assert caught.value.remedy
            assert await home.log.position() == 0  # reading goes on meanwhile
        assert not (await home.ledger.commit(change)).repeated


async def test_a_lock_that_is_let_go_in_time_is_no_trouble(tmp_path: Path) -> None:
    """Who waits within the budget notices nothing."""
    async with SqliteHome.open(tmp_path) as home:
        with locked(tmp_path):
            waiting = asyncio.create_task(home.ledger.commit(a_change(an_artifact())))
            await asyncio.sleep(0.05)
            assert not waiting.done()
        assert (await waiting).position == 1


async def test_a_home_that_is_locked_while_it_is_made_is_unavailable(tmp_path: Path) -> None:
    """Opening waits for the lock as well, and no longer."""
    other = apsw.Connection(str(tmp_path / RECORDS_FILE))
    other.execute("BEGIN EXCLUSIVE")
    error = await refusal(tmp_path, IMPATIENT)
    other.close()
    assert isinstance(error, Unavailable)
    await made(tmp_path)


async def test_a_file_that_may_not_grow_is_full(tmp_path: Path) -> None:
    """No room: an error with a remedy, nothing half done, and what fits goes through (case F05)."""
    async with SqliteHome.open(tmp_path, SqliteSettings(max_pages=70)) as home:
        written = 0
        with pytest.raises(Unavailable, match="no room") as caught:
            for written in range(1000):
                await home.ledger.commit(a_change(an_artifact(f"artifact-{written}")))
        assert not caught.value.retryable
        assert caught.value.remedy
        door = FileBackdoor(tmp_path / RECORDS_FILE)
        census = await door.census()
        assert census["versions"] == census["bodies"] == written > 0
        assert (await home.registry.get(TENANT, f"artifact-{written - 1}")).body
    async with SqliteHome.open(tmp_path) as home:
        await home.ledger.commit(a_change(an_artifact(f"artifact-{written}")))
    assert door.rows("PRAGMA integrity_check") == [("ok",)]


async def test_of_a_group_only_those_without_room_fail(tmp_path: Path) -> None:
    """Where one change is too large for the room that is left, the others of its group go through."""
    async with SqliteHome.open(tmp_path, SqliteSettings(max_pages=150)) as home:
        large = a_change(a_write(an_artifact("large"), b"x" * 4096 * 150))
        small = [a_change(an_artifact(f"small-{number}")) for number in range(10)]
        changes = [*small[:5], large, *small[5:]]
        outcomes = await asyncio.gather(*map(home.ledger.commit, changes), return_exceptions=True)
        assert [number for number, one in enumerate(outcomes) if isinstance(one, Unavailable)] == [5]
        assert sum(not isinstance(one, BaseException) for one in outcomes) == 10
