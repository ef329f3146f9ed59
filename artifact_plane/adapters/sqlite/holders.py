"""Holders: a file for each, locked for as long as its process lives.

The operating system lets the lock go when the process ends, however it ends: so a death is seen at once. Who asks
takes a shared lock, which fails only against the holder's own; coming and clearing away take turns.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from artifact_plane.adapters.sqlite.opening import make_folder
from artifact_plane.domain.model.errors import Conflict, Unavailable
from artifact_plane.domain.model.identity import IDENTIFIER, check_identifier

_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
_TURN: Final = ".turn"
"""The file whose lock is had by who comes or clears away; no holder can have this name."""


class Holders:
    """The holders of a home, those of this handle among them."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._held: Final[dict[str, int]] = {}

    def hold(self, holder: str) -> None:
        """Announce ``holder``, and clear away what dead ones have left; repeating it has no effect. Blocking.

        Raises:
            Conflict: another handle holds that name.
            InvalidInput: it is not a legal id.
            Unavailable: the folder may not be written.
        """
        check_identifier("holder", holder)
        if holder in self._held:
            return
        with self._explaining():
            make_folder(self._folder)
            with self._turn():
                self._clear_away()
                self._held[holder] = self._come(holder)

    def let_go(self, holder: str) -> None:
        """End ``hold``; repeating it has no effect."""
        handle = self._held.pop(holder, None)
        if handle is not None:
            with suppress(FileNotFoundError):
                (self._folder / holder).unlink()
            os.close(handle)

    def close(self) -> None:
        """Let all of this handle go."""
        for holder in tuple(self._held):
            self.let_go(holder)

    def is_alive(self, holder: str) -> bool:
        """Whether that holder's process lives; takes microseconds and never waits."""
        if holder in self._held:
            return True
        return IDENTIFIER.fullmatch(holder) is not None and self._is_locked(self._folder / holder)

    def _is_locked(self, path: Path) -> bool:
        with self._explaining():
            try:
                handle = os.open(path, _FLAGS)
            except FileNotFoundError:
                return False
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(handle)
            return False

    def _come(self, holder: str) -> int:
        path = self._folder / holder
        if self._is_locked(path):
            raise Conflict("another process goes by that name", where=f"holder {holder}", remedy="take a new name")
        handle = _opened(path)
        # Waits for those at most who are asking whether the holder lives.
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def _clear_away(self) -> None:
        for path in self._folder.iterdir():
            if path.name != _TURN and not path.is_symlink() and not self._is_locked(path):
                path.unlink()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        handle = _opened(self._folder / _TURN)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"the holders' folder cannot be used ({error.strerror})",
                where=str(self._folder),
                remedy="check that this user may write to the home and that it holds no symbolic links",
                retryable=False,
            ) from error


def _opened(path: Path) -> int:
    handle = os.open(path, _FLAGS | os.O_CREAT, 0o600)
    os.fchmod(handle, 0o600)
    return handle
