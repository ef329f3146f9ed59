"""A database file in use: the connections of this process to it, and how it is read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal, TypeVar

import apsw
import attrs

from artifact_plane.adapters.sqlite.errors import READ_FAILURES, translated, translating
from artifact_plane.adapters.sqlite.opening import FileKind, bring_up_to_date, check_library, make_file
from artifact_plane.domain.model.errors import Unavailable

T = TypeVar("T")
Synchronous = Literal["full", "normal", "off"]

_OPEN: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW
_PATIENCE_ON_THE_LOOP_MS: Final = 2


@attrs.frozen(kw_only=True)
class SqliteSettings:
    """How the file is used.

    ``busy_budget`` is how many seconds a call waits for a lock of another process. ``synchronous`` "full" keeps
    what was committed through a loss of power, "normal" through the death of the process. ``group`` is how many
    changes one transaction takes at most; ``queue_changes`` and ``queue_bytes`` bound what waits for it.
    ``checkpoint_pages`` is the size of the write-ahead log at which it is folded up (pages of 4 KiB); it is bounded
    by 16 times that while no reader lingers. ``max_pages`` bounds the file, None leaves that to the disk.
    ``level_edges`` is how many edges of one level a walk holds, None as many as suits its bounds.
    """

    busy_budget: float = 10.0
    synchronous: Synchronous = "full"
    group: int = 128
    queue_changes: int = 1024
    queue_bytes: int = 32 * 1024 * 1024
    cache_kib: int = 16 * 1024
    checkpoint_pages: int = 1024
    max_pages: int | None = None
    level_edges: int | None = None


DEFAULTS: Final = SqliteSettings()


class Database:
    """A database file in use by this process: point reads on the event loop, longer ones in threads of their own.

    Nothing is opened before ``open``. Readers hold no transaction longer than one call, for a reader that lingers
    would keep the write-ahead log from starting over.
    """

    def __init__(self, path: Path, kind: FileKind, settings: SqliteSettings) -> None:
        self.path: Final = path
        self.settings: Final = settings
        self._kind: Final = kind
        self._local: Final = threading.local()
        self._opened: Final[list[apsw.Connection]] = []
        self._apart: Final = ThreadPoolExecutor(2, thread_name_prefix="sqlite-reader")
        self._on_loop: apsw.Connection | None = None

    @property
    def busy_ms(self) -> int:
        """How long a connection waits for a lock, in milliseconds."""
        return int(self.settings.busy_budget * 1000)

    # Lifetime

    def open(self) -> apsw.Connection:
        """Make the file if there is none, bring it up to date, and return the connection that writes; blocking.

        Raises:
            Unavailable: the folder or the file cannot be made or written, is locked, or SQLite is too old.
            InvalidInput: a newer version of the plane has made it, or something else has.
            Damaged: it is corrupt.
        """
        check_library(apsw.sqlite_lib_version())
        make_file(self.path)
        with translating(self.path):
            connection = self.connect()
            bring_up_to_date(connection, self._kind, self.path, self.settings.busy_budget)
            self._on_loop = self.connect(reader=True)
            self._on_loop.set_busy_timeout(_PATIENCE_ON_THE_LOOP_MS)
            return connection

    def close(self) -> None:
        """Close every connection; the last one of all processes folds the write-ahead log up and removes it."""
        self._on_loop = None
        self._apart.shutdown()
        with translating(self.path):
            for connection in self._opened:
                connection.close()

    def connect(self, *, reader: bool = False) -> apsw.Connection:
        """A further connection, which ``close`` closes too; a ``reader`` cannot write."""
        with translating(self.path):
            connection = apsw.Connection(str(self.path), flags=_OPEN)
            self._opened.append(connection)
            connection.set_busy_timeout(self.busy_ms)
            for pragma, value in self._pragmas(reader):
                connection.pragma(pragma, value)
            connection.wal_autocheckpoint(0)
            # Plans never depend on bound values: else a table with partial indexes is planned anew at every call.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            return connection

    def _pragmas(self, reader: bool) -> Sequence[tuple[str, str | int]]:
        common: list[tuple[str, str | int]] = [("cache_size", -self.settings.cache_kib), ("temp_store", "memory")]
        if reader:
            return [*common, ("query_only", 1)]
        own: list[tuple[str, str | int]] = [("synchronous", self.settings.synchronous), ("secure_delete", 1)]
        if self.settings.max_pages is not None:
            own.append(("max_page_count", self.settings.max_pages))
        return common + own

    # Reading

    async def read(self, question: Callable[[apsw.Connection], T]) -> T:
        """Ask a question that is answered within microseconds, here and now.

        Raises:
            Unavailable, Damaged: as ``translated`` says.
        """
        if self._on_loop is None:
            raise self._not_open()
        try:
            return question(self._on_loop)
        except apsw.BusyError:
            pass  # Another process recovers or folds up the log: wait for it, but not on the event loop.
        except READ_FAILURES as error:
            raise translated(error, self.path) from error
        return await self.read_apart(question)

    async def read_apart(self, question: Callable[[apsw.Connection], T]) -> T:
        """Ask a question that may take long, in a thread of its own.

        Raises:
            Unavailable, Damaged: as ``translated`` says.
        """
        if self._on_loop is None:
            raise self._not_open()
        return await asyncio.get_running_loop().run_in_executor(self._apart, self._ask, question)

    def _not_open(self) -> Unavailable:
        return Unavailable("the record store was closed", where=str(self.path), remedy="open it again", retryable=False)

    def _ask(self, question: Callable[[apsw.Connection], T]) -> T:
        with translating(self.path):
            if not hasattr(self._local, "connection"):
                self._local.connection = self.connect(reader=True)
            return question(self._local.connection)
