"""SqliteWorkingMemory: a file of its own, so that it may be written without waiting for the disk.

It may be lost, and it may be wrong: every value is compared with its digest when it is recalled. Whatever goes wrong
here is a miss.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import apsw
import attrs

from artifact_plane.adapters.codec.verified import has_digest
from artifact_plane.adapters.sqlite.database import Database, SqliteSettings
from artifact_plane.adapters.sqlite.opening import MEMORY
from artifact_plane.adapters.sqlite.rows import microseconds
from artifact_plane.adapters.sqlite.statements import select, transaction
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory

T = TypeVar("T")

MEMORY_FILE: Final = "working_memory.sqlite3"
_QUICKLY_READ: Final = 256 * 1024
_AT_ONCE: Final = 100
_IMPATIENT: Final = SqliteSettings(busy_budget=0.25, synchronous="off", cache_kib=2 * 1024)


@attrs.frozen(kw_only=True)
class MemoryBounds:
    """How many bytes one value, and all of them together, may take."""

    entry: int = 8 * 1024 * 1024
    total: int = 256 * 1024 * 1024


DEFAULT_BOUNDS: Final = MemoryBounds()


class SqliteWorkingMemory(WorkingMemory):
    """The working memory of a home; several processes may share it."""

    def __init__(
        self,
        database: Database,
        connection: apsw.Connection | None,
        hasher: Callable[[str], Hasher],
        bounds: MemoryBounds,
    ) -> None:
        """``connection`` None stands for a memory that is down. Opened by ``open``."""
        self._database: Final = database
        self._connection: Final = connection
        self._hasher: Final = hasher
        self._bounds: Final = bounds
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="sqlite-memory")

    @staticmethod
    @asynccontextmanager
    async def open(
        folder: Path, hasher: Callable[[str], Hasher], bounds: MemoryBounds = DEFAULT_BOUNDS
    ) -> AsyncIterator[SqliteWorkingMemory]:
        """The working memory in ``folder``; one that always misses where the file cannot be used.

        ``hasher`` makes a hasher of the algorithm named, as ``Codec.hasher`` does.
        """
        database = Database(folder.resolve() / MEMORY_FILE, MEMORY, _IMPATIENT)
        connection = await asyncio.to_thread(_opened, database)
        memory = SqliteWorkingMemory(database, connection, hasher, bounds)
        try:
            yield memory
        finally:
            await asyncio.to_thread(memory._close)

    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        fits = expires_at > now and len(value) <= min(self._bounds.entry, self._bounds.total)

        def keep(connection: apsw.Connection) -> bool:
            select(connection, "forget_entry", *_columns(key))
            if fits:
                self._make_room(connection, len(value), microseconds(now))
                row = (*_columns(key), session_id, microseconds(expires_at), len(value), value)
                select(connection, "remember_entry", *row)
            return fits

        return bool(await self._write(keep))

    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        if self._connection is None:
            return None
        values = (*_columns(key), microseconds(now))
        try:
            found = await self._database.read(lambda one: select(one, "recall_entry", *values, _QUICKLY_READ))
            if found and found[0][0] > _QUICKLY_READ:
                return await self._database.read_apart(lambda one: self._recalled(one, values, digest))
        except ArtifactPlaneError:
            return None
        return found[0][1] if found and has_digest(found[0][1], digest, self._hasher) else None

    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        await self._forget("forget_artifact", tenant_id, artifact_id)

    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        await self._forget("forget_session", tenant_id, session_id)

    async def _forget(self, name: str, *values: str) -> None:
        await self._write(lambda connection: select(connection, name, *values))
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, _empty_log, self._connection)

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T | None:
        """What ``work`` answers, or None where the memory is down."""
        connection = self._connection
        if connection is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, _attempted, connection, work)

    def _make_room(self, connection: apsw.Connection, size: int, now: int) -> None:
        """What has expired goes, and while that is not enough, the oldest."""
        select(connection, "forget_expired", now)
        while (excess := _taken(connection) + size - self._bounds.total) > 0:
            last = 0
            for k, freed in select(connection, "oldest_entries", _AT_ONCE):
                last, excess = k, excess - freed
                if excess <= 0:
                    break
            if not last:
                return
            select(connection, "forget_up_to", last)

    def _recalled(self, connection: apsw.Connection, values: tuple[str | int, ...], digest: Digest) -> bytes | None:
        for _, value in select(connection, "recall_entry", *values, self._bounds.entry):
            if value is not None and has_digest(value, digest, self._hasher):
                data: bytes = value
                return data
        return None

    def _close(self) -> None:
        self._thread.shutdown()
        self._database.close()


def _opened(database: Database) -> apsw.Connection | None:
    """The connection that writes. A corrupt file is thrown away: nothing in it is needed."""
    try:
        return _auto_checkpointing(database.open())
    except Damaged:
        for suffix in ("", "-wal", "-shm"):
            database.path.with_name(database.path.name + suffix).unlink(missing_ok=True)
    except ArtifactPlaneError:
        return None
    try:
        return _auto_checkpointing(database.open())
    except ArtifactPlaneError:
        return None


def _auto_checkpointing(connection: apsw.Connection) -> apsw.Connection:
    connection.wal_autocheckpoint(1_000)
    return connection


def _attempted(connection: apsw.Connection, work: Callable[[apsw.Connection], T]) -> T | None:
    try:
        with transaction(connection):
            return work(connection)
    except (apsw.Error, ValueError):
        return None


def _empty_log(connection: apsw.Connection) -> None:
    """The log still holds the pages that the forgotten bytes were on; if a reader is in the way, until later."""
    with suppress(apsw.Error):
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _taken(connection: apsw.Connection) -> int:
    ((total,),) = select(connection, "room_taken")
    return int(total)


def _columns(key: MemoryKey) -> tuple[str, str, int, str]:
    return key.tenant_id, key.artifact_id, key.version, key.part
