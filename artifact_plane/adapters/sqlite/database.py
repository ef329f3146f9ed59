"""The file of a database: made, brought up to date, opened, and read.

A file is made 0600 in a folder made 0700, whatever the umask; no symbolic link is followed to it. Its schema has a
version; an older one is brought up to date in one transaction, a newer one is refused.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Literal, TypeVar

import apsw
import attrs

from artifact_plane.adapters.sqlite.errors import READ_FAILURES, RESTORE, translated, translating
from artifact_plane.adapters.sqlite.statements import schema
from artifact_plane.domain.model.errors import Damaged, InvalidInput, Unavailable

T = TypeVar("T")
Synchronous = Literal["full", "normal", "off"]

OLDEST_SOUND: Final = (3, 51, 3)
"""Up to 3.51.2 two connections in WAL mode could lose a commit (the WAL-reset defect)."""

_OPEN: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW
_PATIENCE_ON_THE_LOOP_MS: Final = 2
_SMALLEST: Final = 512
_making: Final = threading.Lock()


@attrs.frozen(kw_only=True)
class FileKind:
    """What a file of ours holds: how SQLite's header names it, and the steps from an empty file to its schema.

    Each step gives the SQL to carry out; the version of a file is the number of steps it has taken.
    """

    name: str
    application_id: int
    steps: tuple[Callable[[], str], ...]


RECORDS: Final = FileKind(name="record store", application_id=0x41507231, steps=(partial(schema, "schema"),))
MEMORY: Final = FileKind(name="working memory", application_id=0x4150776D, steps=(partial(schema, "working_memory"),))


@attrs.frozen(kw_only=True)
class SqliteSettings:
    """How the file is used.

    ``busy_budget`` is how many seconds a call waits for a lock of another process. ``synchronous`` "full" keeps
    what was committed through a loss of power, "normal" through the death of the process. ``group`` is how many
    changes one transaction takes at most; ``queue_changes`` and ``queue_bytes`` bound what waits for it.
    ``checkpoint_pages`` is the size of the write-ahead log at which it is folded up (pages of 4 KiB); it is bounded
    by 16 times that while no reader lingers. ``max_pages`` bounds the file, None leaves that to the disk.
    """

    busy_budget: float = 10.0
    synchronous: Synchronous = "full"
    group: int = 128
    queue_changes: int = 1024
    queue_bytes: int = 32 * 1024 * 1024
    cache_kib: int = 16 * 1024
    checkpoint_pages: int = 1024
    max_pages: int | None = None


DEFAULTS: Final = SqliteSettings()


def check_library(version: str) -> None:
    """Refuse an SQLite that can lose a commit (case F15).

    Raises:
        Unavailable: it is older than 3.51.3.
    """
    if tuple(map(int, version.split(".")[:3])) < OLDEST_SOUND:
        raise Unavailable(
            f"SQLite {version} can lose a commit when two connections write (the WAL-reset defect, mended in 3.51.3)",
            where="SQLite",
            remedy="install a current apsw: `pip install --upgrade apsw`",
            retryable=False,
        )


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
            _until(monotonic() + self.settings.busy_budget, lambda: _set_up(connection, self._kind, self.path))
            self._on_loop = self.connect(reader=True)
            self._on_loop.set_busy_timeout(_PATIENCE_ON_THE_LOOP_MS)
            return connection

    def close(self) -> None:
        """Close every connection; the last one of all processes folds the write-ahead log up and removes it."""
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
            raise Unavailable("the record store is not open", where=str(self.path), remedy="open it first")
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
        return await asyncio.get_running_loop().run_in_executor(self._apart, self._ask, question)

    def _ask(self, question: Callable[[apsw.Connection], T]) -> T:
        with translating(self.path):
            if not hasattr(self._local, "connection"):
                self._local.connection = self.connect(reader=True)
            return question(self._local.connection)


def make_file(path: Path) -> None:
    """Make the file ``path`` and its folder where they are missing, for the owner alone.

    A file that is there is not opened: closing it again would drop the locks that SQLite has on it in this process.

    Raises:
        Unavailable: they cannot be made, or ``path`` is something else than a file.
        Damaged: the file is too short to be a database.
    """
    remedy = "choose a home that this user may write to; it must not hold symbolic links"
    try:
        make_folder(path.parent)
        with _making:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
                path.chmod(0o600)
            found = path.lstat()
    except OSError as error:
        raise Unavailable(
            f"the file cannot be made ({error.strerror})", where=str(path), remedy=remedy, retryable=False
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise Unavailable(
            "a symbolic link, or something else that is no file, stands in the file's place",
            where=str(path),
            remedy=remedy,
            retryable=False,
        )
    if 0 < found.st_size < _SMALLEST:  # SQLite would take it for a new one
        raise Damaged("the file has lost all but its first bytes", where=str(path), remedy=RESTORE)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are missing; the folder itself for the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)


def _until(deadline: float, attempt: Callable[[], None]) -> None:
    """Repeat what may find the file locked: switching to WAL mode does not wait by itself."""
    while True:
        try:
            return attempt()
        except apsw.BusyError:
            if monotonic() > deadline:
                raise
            sleep(0.01)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that may write: all that is done inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    with ExitStack() as undo:
        undo.callback(roll_back, connection)
        yield
        connection.execute("COMMIT")
        undo.pop_all()


@contextmanager
def snapshot(connection: apsw.Connection) -> Iterator[None]:
    """Several questions to one state of the database; not for long."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        roll_back(connection)


def roll_back(connection: apsw.Connection) -> None:
    """End a transaction that failed; SQLite may have ended it by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _set_up(connection: apsw.Connection, kind: FileKind, path: Path) -> None:
    """Switch to WAL mode and take the steps that are missing, all of them or none."""
    current = _is_current(connection, kind, path)
    connection.pragma("journal_mode", "wal")
    if not current:
        with transaction(connection):
            if not _is_current(connection, kind, path):
                _take_steps(connection, kind)


def _is_current(connection: apsw.Connection, kind: FileKind, path: Path) -> bool:
    """Whether the file is at this version.

    Raises:
        InvalidInput: it is at a newer one, or not ours.
    """
    version = connection.pragma("user_version")
    owner = connection.pragma("application_id")
    if owner not in (0, kind.application_id) or (owner == 0 and connection.pragma("schema_version") != 0):
        raise InvalidInput(
            f"the file is a database of something else, not a {kind.name}",
            where=str(path),
            remedy="choose another home",
        )
    if not isinstance(version, int) or version < 0:
        raise Damaged("the file's version cannot be read", where=str(path), remedy=RESTORE)
    if version > len(kind.steps):
        raise InvalidInput(
            f"the {kind.name} has schema version {version}, and this release knows versions up to {len(kind.steps)}",
            where=str(path),
            remedy="upgrade artifact-plane",
        )
    return version == len(kind.steps)


def _take_steps(connection: apsw.Connection, kind: FileKind) -> None:
    version = connection.pragma("user_version")
    for step in kind.steps[int(version or 0) :]:
        connection.execute(step())
    connection.pragma("application_id", kind.application_id)
    connection.pragma("user_version", len(kind.steps))
