"""An open folder: everything below it is reached from it, one name at a time, and no link is followed on the way."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from artifact_plane.adapters.filesystem.durable import OPEN_FOLDER, READ, Descriptor, FileEffects, planted
from artifact_plane.domain.model.errors import Unavailable

_ANY_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_LOCK_TRIES: Final = 10_000
_LOCK_PAUSE_S: Final = 0.001


class Folder:
    """A folder that is held open, and where it lies. Raises ``OSError`` where nothing else is said.

    Since it is reached through its descriptor, nobody can put another folder in its place once it is open.
    """

    def __init__(self, descriptor: Descriptor, place: Path) -> None:
        self._descriptor: Descriptor | None = descriptor
        self.place: Final = place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; a lock on it ends."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __del__(self) -> None:
        if self._descriptor is not None:
            warnings.warn(f"the folder {self.place} was not closed", ResourceWarning, source=self, stacklevel=2)
            self.close()

    @property
    def descriptor(self) -> Descriptor:
        """The open descriptor; ``Unavailable`` once the folder is closed."""
        if self._descriptor is None:
            raise Unavailable(
                "the store is closed", where=str(self.place), remedy="use it while it is open", retryable=False
            )
        return self._descriptor

    def child(self, name: str) -> Folder:
        """Open a folder in this one; ``FileNotFoundError`` where there is none, ``Damaged`` where it is no folder."""
        try:
            return Folder(os.open(name, OPEN_FOLDER, dir_fd=self.descriptor), self.place / name)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise planted(str(self.place / name)) from error
            raise

    def ensured(self, name: str, effects: FileEffects) -> Folder:
        """Open a folder in this one, and make it first where there is none."""
        with suppress(FileNotFoundError):
            return self.child(name)
        with suppress(FileExistsError):  # another process was faster, which is as good
            effects.make_folder(self.descriptor, name)
        return self.child(name)

    def durable_child(self, name: str, effects: FileEffects) -> Folder:
        """As ``ensured``; when it returns, the folder's entry in this one would survive a loss of power."""
        child = self.ensured(name, effects)
        try:
            effects.sync(self.descriptor)
        except OSError:
            child.close()
            raise
        return child

    def descend(self, names: Sequence[str]) -> Folder:
        """Open a folder further down; as ``child``, for each level."""
        folder = self.child(names[0])
        for name in names[1:]:
            with folder:
                folder = folder.child(name)
        return folder

    def names(self) -> list[str]:
        """The names in the folder, sorted."""
        with os.scandir(self.descriptor) as entries:
            return sorted(entry.name for entry in entries)

    def file(self, name: str) -> os.stat_result | None:
        """The state of a file, None where there is none; ``Damaged`` where it is not a plain file."""
        try:
            state = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(state.st_mode):
            raise planted(str(self.place / name))
        return state

    def open_file(self, name: str) -> Descriptor:
        """Open a plain file for reading; the caller closes it. ``Damaged`` where it is not a plain file."""
        try:
            descriptor = os.open(name, READ, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise planted(str(self.place / name)) from error
            raise
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise planted(str(self.place / name))

    @contextmanager
    def opened(self, name: str) -> Iterator[Descriptor]:
        """As ``open_file``, closed at the end."""
        descriptor = self.open_file(name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def exclusive(descriptor: Descriptor, place: Path) -> Iterator[None]:
    """Hold an open file or folder against every other thread and process; the kernel ends it when a process dies.

    Raises:
        Unavailable: somebody else has held it for ten seconds.
    """
    for _ in range(_LOCK_TRIES):
        if locked(descriptor):
            break
        time.sleep(_LOCK_PAUSE_S)
    else:
        raise Unavailable("another process holds it locked", where=str(place), remedy="let that process end")
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def locked(descriptor: Descriptor) -> bool:
    """Take the lock if nobody has it; False, at once, if somebody has."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_above(path: Path) -> Folder:
    """Open the folder that ``path`` lies in. Links on the way there are their owner's and are followed."""
    return Folder(os.open(path.absolute().parent, _ANY_FOLDER), path.absolute().parent)


def open_path(path: Path) -> Folder | None:
    """Open the folder at ``path``, None where there is none; ``Damaged`` where it is a link or no folder."""
    try:
        with open_above(path) as parent:
            return parent.child(path.name)
    except FileNotFoundError:
        return None


def ensure_path(path: Path, effects: FileEffects) -> Folder:
    """Open the folder at ``path``; it and whatever is missing above it are made first, 0700 and durable."""
    place = path.absolute()
    above = place.parent
    while not above.exists():
        above = above.parent
    folder = Folder(os.open(above, _ANY_FOLDER), above)
    for name in place.relative_to(above).parts:
        with folder:
            folder = folder.durable_child(name, effects)
    return folder
