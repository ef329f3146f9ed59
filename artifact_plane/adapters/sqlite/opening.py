"""The file of a database: made for the owner alone, and brought up to date.

A file is made 0600 in a folder made 0700, whatever the umask; no symbolic link is followed to it. Its schema has a
version; an older one is brought up to date in one transaction, a newer one is refused.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import apsw
import attrs

from artifact_plane.adapters.sqlite.errors import RESTORE
from artifact_plane.adapters.sqlite.statements import schema, transaction
from artifact_plane.domain.model.errors import Damaged, InvalidInput, Unavailable

OLDEST_SOUND: Final = (3, 51, 3)
"""Up to 3.51.2 two connections in WAL mode could lose a commit (the WAL-reset defect)."""

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


RECORDS: Final = FileKind(
    name="record store",
    application_id=0x41507231,
    steps=tuple(partial(schema, name) for name in ("schema", "schema_2", "schema_3", "schema_4")),
)
MEMORY: Final = FileKind(name="working memory", application_id=0x4150776D, steps=(partial(schema, "working_memory"),))


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


def bring_up_to_date(connection: apsw.Connection, kind: FileKind, path: Path, budget: float) -> None:
    """Make the file of ``connection`` one of that kind, at this release's version; locks are waited for ``budget``
    seconds.

    Raises:
        InvalidInput: a newer release has made it, or another program.
        Damaged: its version cannot be read.
        apsw.Error: as it comes.
    """
    _until(monotonic() + budget, lambda: _set_up(connection, kind, path))


def _until(deadline: float, attempt: Callable[[], None]) -> None:
    """Repeat what may find the file locked: switching to WAL mode does not wait by itself."""
    while True:
        try:
            return attempt()
        except apsw.BusyError:
            if monotonic() > deadline:
                raise
            sleep(0.01)


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
