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
import pytest

from artifact_plane.adapters.sqlite.database import SqliteSettings
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from tests.adapters.sqlite.homes import made, refusal
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import TENANT, a_change, a_write, an_artifact

IMPATIENT = SqliteSettings(busy_budget=0.05)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The record store's file, held by another writer."""
    other = apsw.Connection(str(folder / RECORDS_FILE))
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


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
