"""Folding the write-ahead log up into the database, mostly beside the writer, and always within bounds.

A checkpoint beside the writer never gets to the end of a log that is being written, so under load the log would only
grow: past ``FINISH`` times the first threshold the writer itself does the little that is left, and the log starts
over. Past ``BLOCK`` times it also waits a moment for readers.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.database import Database

FINISH: Final = 8
BLOCK: Final = 16
_PATIENCE_MS: Final = 200


class Checkpoints:
    """Watches the log grow. Apart from ``close``, its calls are made in the writer's thread, between commits."""

    def __init__(self, database: Database, writing: apsw.Connection) -> None:
        self._database: Final = database
        self._writing: Final = writing
        self._step: Final = database.settings.checkpoint_pages
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")
        self._beside: apsw.Connection | None = None
        self._pages = 0
        self._due = self._step
        self._traces = False
        # SQLite does not wait for another checkpoint, whatever patience it was told to have.
        self._one_at_a_time: Final = threading.Lock()
        writing.set_wal_hook(self._note)

    def close(self) -> None:
        """End the thread; the last connection that closes folds up the rest."""
        self._thread.shutdown()

    def consider(self) -> None:
        """Do, or have done, what the size of the log calls for."""
        if self._traces:
            self.erase_traces()
        if self._pages < self._due:
            return
        self._due = self._pages + self._step
        if self._pages < FINISH * self._step:
            self._thread.submit(self._checkpoint_beside)
        elif self._pages < BLOCK * self._step:
            self._checkpoint(self._writing, apsw.SQLITE_CHECKPOINT_PASSIVE)
        else:
            self._checkpoint(self._writing, apsw.SQLITE_CHECKPOINT_RESTART)

    def erase_traces(self) -> None:
        """Bytes were deleted: empty the log, which still holds the pages they were on; later if a reader needs it."""
        self._traces = not self._checkpoint(self._writing, apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _note(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages < self._pages:
            self._due = self._step
        self._pages = pages
        return 0

    def _checkpoint_beside(self) -> None:
        if self._beside is None:
            self._beside = self._database.connect()
        self._checkpoint(self._beside, apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _checkpoint(self, connection: apsw.Connection, mode: int) -> bool:
        """Whether it could be done. The log keeps what could not be folded up, and the next commits try again; a
        full disk or a damaged file shows itself there."""
        with self._one_at_a_time:
            connection.set_busy_timeout(_PATIENCE_MS)
            try:
                connection.wal_checkpoint(mode=mode)
            except apsw.Error:
                return False
            finally:
                connection.set_busy_timeout(self._database.busy_ms)
        return True
