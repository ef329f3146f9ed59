"""Holders: a file for each, locked for as long as its process lives.

The operating system lets the lock go when the process ends, however it ends: so a death is seen at once. A file that
nobody locks is a dead holder's; whoever removes it has it locked meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from artifact_plane.adapters.sqlite.database import make_folder
from artifact_plane.domain.model.errors import Conflict, Unavailable
from artifact_plane.domain.model.identity import check_identifier

_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
_EXCLUSIVE: Final = fcntl.LOCK_EX | fcntl.LOCK_NB


class Holders:
    """The holders of a home; one per handle. Its calls take microseconds and never wait."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._held: Final[dict[str, int]] = {}

    def hold(self, holder: str) -> None:
        """Announce ``holder``, and clear away what dead ones have left; repeating it has no effect.

        Raises:
            Conflict: another handle holds that name.
            InvalidInput: it is not a legal id.
            Unavailable: the folder may not be written.
        """
        check_identifier("holder", holder)
        if holder in self._held:
            return
        with self._translating():
            make_folder(self._folder)
            self._clear_away()
            handle = self._lock(holder)
        if handle is None:
            raise Conflict("another process goes by that name", where=f"holder {holder}", remedy="take a new name")
        self._held[holder] = handle

    def let_go(self, holder: str) -> None:
        """End ``hold``; repeating it has no effect."""
        handle = self._held.pop(holder, None)
        if handle is not None:
            with suppress(FileNotFoundError):
                self._path(holder).unlink()
            os.close(handle)

    def close(self) -> None:
        """Let all go."""
        for holder in tuple(self._held):
            self.let_go(holder)

    def is_alive(self, holder: str) -> bool:
        """Whether that holder's process lives."""
        if holder in self._held:
            return True
        try:
            check = os.open(self._path(holder), _FLAGS)
        except (FileNotFoundError, ValueError):
            return False
        except OSError as error:
            raise self._unavailable(error) from error
        try:
            return not _try_lock(check, fcntl.LOCK_SH | fcntl.LOCK_NB)
        finally:
            os.close(check)
