"""The working memory on SQLite keeps its port's law and its own bounds, and is never a reason to fail."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import apsw
import attrs
import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.sqlite.statements import Row
from artifact_plane.adapters.sqlite.working_memory import MEMORY_FILE, MemoryBounds, SqliteWorkingMemory
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory
from tests.contracts.under_test import MemoryBackdoor, WorkingMemoryUnderTest
from tests.contracts.working_memory import KEY, WorkingMemoryContract, recall, remember
from tests.doubles.samples import NOW, SESSION, TENANT, a_digest, at

HASHER = JsonCodec().hasher
_KEY = "tenant_id = ? AND artifact_id = ? AND version = ? AND part = ?"


@attrs.frozen
class EntryBackdoor(MemoryBackdoor):
    """The file, opened past the adapter."""

    file: Path

    async def read(self, key: MemoryKey) -> bytes | None:
        connection = apsw.Connection(str(self.file))
        sql = f"SELECT value FROM entry WHERE {_KEY}"  # noqa: S608
        rows: list[Row] = connection.execute(sql, attrs.astuple(key)).fetchall()
        connection.close()
        return rows[0][0] if rows else None

    async def write(self, key: MemoryKey, data: bytes) -> None:
        connection = apsw.Connection(str(self.file))
        connection.execute(f"UPDATE entry SET value = ? WHERE {_KEY}", (data, *attrs.astuple(key)))  # noqa: S608
        assert connection.changes() == 1
        connection.close()


class TestSqliteWorkingMemory(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says."""

    @pytest.fixture
    async def memory(self, tmp_path: Path) -> AsyncIterator[WorkingMemoryUnderTest]:
        async with AsyncExitStack() as stack:

            async def reopen() -> WorkingMemory:
                return await stack.enter_async_context(SqliteWorkingMemory.open(tmp_path, HASHER))

            yield WorkingMemoryUnderTest(
                memory=await reopen(), reopen=reopen, backdoor=EntryBackdoor(tmp_path / MEMORY_FILE)
            )


def key(number: int) -> MemoryKey:
    """One key of many."""
    return attrs.evolve(KEY, artifact_id=f"artifact-{number}")


async def test_what_was_remembered_first_makes_room_for_what_comes(tmp_path: Path) -> None:
    """The bytes of all entries together are bounded; the oldest go first."""
    async with SqliteWorkingMemory.open(tmp_path, HASHER, MemoryBounds(entry=10, total=25)) as memory:
        for number in range(4):
            assert await remember(memory, key(number), b"x" * 10)
        kept = [await recall(memory, key(number), b"x" * 10) is not None for number in range(4)]
        assert kept == [False, False, True, True]


async def test_what_has_expired_makes_room_before_what_has_not(tmp_path: Path) -> None:
    """A value that is still good is not dropped while there are dead ones."""
    async with SqliteWorkingMemory.open(tmp_path, HASHER, MemoryBounds(entry=10, total=20)) as memory:
        await remember(memory, key(0), b"good", expires_at=at(100))
        await remember(memory, key(1), b"x" * 10, expires_at=at(1))
        value = b"y" * 10
        assert await memory.remember(key(2), value, a_digest(value), now=at(2), expires_at=at(60), session_id=SESSION)
        assert await recall(memory, key(0), b"good", at(2)) == b"good"


async def test_room_that_was_given_back_is_room_again(tmp_path: Path) -> None:
    """Replacing and forgetting are counted, however often it happens."""
    async with SqliteWorkingMemory.open(tmp_path, HASHER, MemoryBounds(entry=10, total=20)) as memory:
        await remember(memory, key(0), b"kept")
        for _ in range(10):
            assert await remember(memory, key(1), b"x" * 10)
            await remember(memory, key(2), b"x" * 6)
            await memory.forget(TENANT, "artifact-2")
        assert await recall(memory, key(0), b"kept", NOW) == b"kept"


async def test_what_was_remembered_outlives_the_process(tmp_path: Path) -> None:
    """A value is still there when the home is opened again."""
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        await remember(memory)
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        assert await recall(memory) == b"a chart"


async def test_a_corrupt_file_is_thrown_away(tmp_path: Path) -> None:
    """Nothing in the memory is needed: one that cannot be read begins anew."""
    (tmp_path / MEMORY_FILE).write_bytes(b"this is no database at all" * 1000)
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        assert await recall(memory) is None
        assert await remember(memory)
        assert await recall(memory) == b"a chart"


@pytest.mark.parametrize("obstacle", ["a folder", "a symbolic link", "a newer file"])
async def test_a_memory_that_cannot_be_used_misses(tmp_path: Path, obstacle: str) -> None:
    """That the store is down is a miss, never an error; and nothing of others is touched."""
    file = tmp_path / MEMORY_FILE
    if obstacle == "a folder":
        file.mkdir()
    elif obstacle == "a symbolic link":
        (tmp_path / "elsewhere").write_bytes(b"")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        async with SqliteWorkingMemory.open(tmp_path, HASHER):
            connection = apsw.Connection(str(file))
            connection.pragma("user_version", 1000)
            connection.close()
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        assert not await remember(memory)
        assert await recall(memory) is None
        await memory.forget(TENANT, "artifact-1")
        await memory.forget_session(TENANT, SESSION)
    if obstacle == "a symbolic link":
        assert (tmp_path / "elsewhere").read_bytes() == b""


async def test_a_locked_memory_misses_and_does_not_wait_for_long(tmp_path: Path) -> None:
    """That the store is slow is a miss: what is kept meanwhile is not kept, what is there is read."""
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        await remember(memory)
        locker = apsw.Connection(str(tmp_path / MEMORY_FILE))
        locker.execute("BEGIN IMMEDIATE")
        assert not await remember(memory, key(1))
        assert await recall(memory) == b"a chart"
        locker.execute("ROLLBACK")
        locker.close()
        assert await remember(memory, key(1))


async def test_forgotten_bytes_are_nowhere_in_the_files(tmp_path: Path) -> None:
    """What was forgotten can be found neither in the file nor in its log (case P10)."""
    marker = b"a very secret marker " * 10
    async with SqliteWorkingMemory.open(tmp_path, HASHER) as memory:
        await remember(memory, value=marker)
        assert any(marker[:40] in file.read_bytes() for file in tmp_path.iterdir())
        await memory.forget(TENANT, "artifact-1")
        assert not any(marker[:40] in file.read_bytes() for file in tmp_path.iterdir())


async def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    """0600 in a folder 0700 (case A20)."""
    folder = tmp_path / "home"
    async with SqliteWorkingMemory.open(folder, HASHER) as memory:
        await remember(memory)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
