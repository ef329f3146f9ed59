"""Folding the write-ahead log up into the database, mostly beside the writer, and always within bounds.

A checkpoint beside the writer never gets to the end of a log that is being written, so the log would only grow under
load: past ``FINISH_PAGES`` the writer itself does the little that is left, and the log starts over. Past
``BLOCK_PAGES`` it also waits for readers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.database import Database

SOFT_PAGES: Final = 1_000
FINISH_PAGES: Final = 8_000
BLOCK_PAGES: Final = 16_384
"""64 MiB, in pages of 4 KiB."""

_PATIENCE_MS: Final = 500


class Checkpoints:
    """Watches the log grow. ``consider`` and ``erase_traces`` are called in the writer's thread, between commits."""

    def __init__(self, database: Database, writing: apsw.Connection) -> None:
        self._database: Final = database
        self._writing: Final = writing
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")
        self._beside: apsw.Connection | None = None
        self._pages = 0
        self._due = SOFT_PAGES
        self._traces = False
        writing.set_wal_hook(self._note)

    def close(self) -> None:
        """End the thread; the last connection that closes folds up the rest."""
        self._thread.shutdown()

    def consider(self) -> None:
        """Do, or have done, what the size of the log calls for."""
        if self._traces:
            self._traces = False
            self._thread.submit(self._truncate)
        if self._pages < self._due:
            return
        self._due = self._pages + SOFT_PAGES
        if self._pages < FINISH_PAGES:
            self._thread.submit(self._checkpoint_beside)
        elif self._pages < BLOCK_PAGES:
            self._checkpoint(self._writing, apsw.SQLITE_CHECKPOINT_PASSIVE)
        else:
            self._checkpoint(self._writing, apsw.SQLITE_CHECKPOINT_RESTART)

    def erase_traces(self) -> None:
        """Bytes were deleted: empty the log soon, for it still holds the pages they were on."""
        self._traces = True

    def _note(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages < self._pages:
            self._due = SOFT_PAGES
        self._pages = pages
        return 0

    def _checkpoint_beside(self) -> None:
        if self._beside is None:
            self._beside = self._database.connect()
            self._beside.set_busy_timeout(_PATIENCE_MS)
        self._checkpoint(self._beside, apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _truncate(self) -> None:
        self._checkpoint_beside()
        if self._beside is not None and not self._checkpoint(self._beside, apsw.SQLITE_CHECKPOINT_TRUNCATE):
            self._traces = True

    def _checkpoint(self, connection: apsw.Connection, mode: int) -> bool:
        """Whether it could be done. The log keeps what could not be folded up, and the next commit tries again; a
        full disk or a damaged file shows itself there."""
        try:
            connection.wal_checkpoint(mode=mode)
        except apsw.Error:
            return False
        return True
