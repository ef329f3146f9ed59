"""Effect layers that watch, delay, fail or end the process: real classes in the place of the real effects."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from artifact_plane.adapters.filesystem.durable import CREATE, FileEffects
from artifact_plane.adapters.filesystem.durable_folder import locked

T = TypeVar("T")


class WatchedEffects(FileEffects):
    """Every effect goes through ``around``, with its name; here it is only written down."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def around(self, name: str, effect: Callable[[], T]) -> T:
        """Do the effect."""
        self.done.append(name)
        return effect()

    def make_folder(self, parent: int, name: str) -> None:
        self.around("make_folder", lambda: FileEffects.make_folder(self, parent, name))

    def remove_folder(self, parent: int, name: str) -> None:
        self.around("remove_folder", lambda: FileEffects.remove_folder(self, parent, name))

    def create(self, folder: int, name: str, flags: int = CREATE) -> int:
        return self.around("create", lambda: FileEffects.create(self, folder, name, flags))

    def write(self, file: int, data: memoryview) -> None:
        self.around("write", lambda: FileEffects.write(self, file, data))

    def stamp(self, file: int, nanoseconds: int) -> None:
        self.around("stamp", lambda: FileEffects.stamp(self, file, nanoseconds))

    def sync(self, descriptor: int) -> None:
        kind = "sync_folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync_file"
        self.around(kind, lambda: FileEffects.sync(self, descriptor))

    def rename(self, folder: int, name: str, new_folder: int, new_name: str) -> None:
        self.around("rename", lambda: FileEffects.rename(self, folder, name, new_folder, new_name))

    def unlink(self, folder: int, name: str) -> None:
        self.around("unlink", lambda: FileEffects.unlink(self, folder, name))

    def truncate(self, file: int, size: int) -> None:
        self.around("truncate", lambda: FileEffects.truncate(self, file, size))


class FailingEffects(WatchedEffects):
    """The n-th effect after ``arm(n)`` fails.

    It is not done, save that a write has written half; or it is done all the same, where ``answer_lost`` is set.
    """

    def __init__(self, code: int = errno.ENOSPC, *, answer_lost: bool = False) -> None:
        super().__init__()
        self.failed: str | None = None
        self._code = code
        self._answer_lost = answer_lost
        self._left = 0

    def arm(self, number: int) -> None:
        """Let the effect of this number, counted from here, fail."""
        self._left = number
        self.failed = None

    @property
    def fired(self) -> bool:
        """Whether an effect has failed."""
        return self.failed is not None

    def disarmed(self) -> bool:
        """Let nothing fail from here; whether nothing has failed."""
        self._left = 0
        return not self.fired

    def around(self, name: str, effect: Callable[[], T]) -> T:
        self._left -= 1
        if self._left != 0:
            return super().around(name, effect)
        self.failed = name
        if self._answer_lost:
            super().around(name, effect)
        raise OSError(self._code, os.strerror(self._code))

    def write(self, file: int, data: memoryview) -> None:
        if self._left == 1 and not self._answer_lost:
            FileEffects.write(self, file, data[: len(data) // 2])
        super().write(file, data)


class LockWatch(WatchedEffects):
    """Tries, at each effect, to take the lock of a file or folder; writes down at which ones somebody holds it."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.held: list[str] = []
        self._place = place

    def around(self, name: str, effect: Callable[[], T]) -> T:
        if self._place.exists():
            descriptor = os.open(self._place, os.O_RDONLY)
            if not locked(descriptor):
                self.held.append(name)
            os.close(descriptor)
        return super().around(name, effect)


class SlowEffects(WatchedEffects):
    """Every effect takes a while longer: the moments between two effects, where others can come in, grow."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self._pause_s = pause_s

    def around(self, name: str, effect: Callable[[], T]) -> T:
        time.sleep(self._pause_s)
        return super().around(name, effect)


class DeadlyEffects(WatchedEffects):
    """The process ends after the n-th effect, as by a signal: nothing is let go politely."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def around(self, name: str, effect: Callable[[], T]) -> T:
        answer = super().around(name, effect)
        if len(self.done) == self._number:
            self.die()
        return answer

    def die(self) -> None:
        """End the process."""
        os._exit(DEAD)


DEAD = 137


class PowerLoss(DeadlyEffects):
    """The machine loses power after the n-th effect: what was not synced is lost, as far as a file system may lose it.

    Entries of folders that were not synced since go back to what they were, or stay as they are where
    ``entries_stay`` is set; the content of files that were not synced since is cut to half in either case.
    """

    def __init__(self, number: int, *, entries_stay: bool) -> None:
        super().__init__(number)
        self._entries_stay = entries_stay
        self._undo: list[tuple[int, Callable[[], None]]] = []
        self._unsynced: dict[int, int] = {}

    def make_folder(self, parent: int, name: str) -> None:
        held = os.dup(parent)
        self._undo.append((os.fstat(parent).st_ino, lambda: shutil.rmtree(name, ignore_errors=True, dir_fd=held)))
        super().make_folder(parent, name)

    def create(self, folder: int, name: str, flags: int = CREATE) -> int:
        descriptor = FileEffects.create(self, folder, name, flags)
        self._unsynced[os.fstat(descriptor).st_ino] = os.dup(descriptor)
        return self.around("create", lambda: descriptor)

    def sync(self, descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        self._undo = [(folder, undo) for folder, undo in self._undo if folder != inode]
        self._unsynced.pop(inode, None)
        super().sync(descriptor)

    def rename(self, folder: int, name: str, new_folder: int, new_name: str) -> None:
        held = os.dup(new_folder)
        self._undo.append((os.fstat(new_folder).st_ino, lambda: os.unlink(new_name, dir_fd=held)))
        super().rename(folder, name, new_folder, new_name)

    def unlink(self, folder: int, name: str) -> None:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        held = os.dup(folder)
        self._undo.append((os.fstat(folder).st_ino, lambda: _restore(file, held, name)))
        super().unlink(folder, name)

    def die(self) -> None:
        for descriptor in self._unsynced.values():
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        if not self._entries_stay:
            for _, undo in reversed(self._undo):
                undo()
        super().die()


def _restore(file: int, folder: int, name: str) -> None:
    size = os.fstat(file).st_size
    target = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=folder)
    os.write(target, os.pread(file, size, 0))
