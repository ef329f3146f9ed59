"""Byte sources over files: a user's own file, and what the payload store keeps."""

from __future__ import annotations

import io
import os
import stat
import threading
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

from artifact_plane.adapters.filesystem.durable import Descriptor
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import ByteSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Sight: TypeAlias = tuple[int, int, int, int]

_BUFFER: Final = 128 * 1024
_OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class OpenedFile(ByteSource):
    """A byte source over a plain file: what is common to all that can open one.

    Readers are positioned by themselves, so any number may be open at once.
    """

    @abstractmethod
    def descriptor(self) -> Descriptor:
        """A new descriptor of the file; the caller closes it."""

    @abstractmethod
    def check(self, state: os.stat_result) -> None:
        """Raise ``altered`` if the file in this state is not the one that was seen first."""

    @abstractmethod
    def altered(self) -> ArtifactPlaneError:
        """The error for a file that is not what it was."""

    @abstractmethod
    def refused(self, error: OSError) -> ArtifactPlaneError:
        """The error for a read that the file system refuses."""

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        """A reader over ``[start, stop)``; it raises ``altered`` in the place of the end if the file was changed."""
        descriptor = self.descriptor()
        try:
            self.check(os.fstat(descriptor))
        except ArtifactPlaneError:
            os.close(descriptor)
            raise
        return cast(BinaryIO, io.BufferedReader(_Window(self, descriptor, start, stop), _BUFFER))


class _Window(io.RawIOBase):
    """The bytes ``[start, stop)`` of a file, read by position; owns the descriptor."""

    def __init__(self, source: OpenedFile, descriptor: Descriptor, start: int, stop: int | None) -> None:
        super().__init__()
        self._source: Final = source
        self._descriptor: Descriptor | None = descriptor
        self._size: Final = os.fstat(descriptor).st_size
        self._position, self._stop, _ = slice(start, stop).indices(self._size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._descriptor is None:
            raise ValueError("read of a closed file")
        try:
            return self._read(self._descriptor, memoryview(buffer).cast("B"))
        except OSError as error:
            raise self._source.refused(error) from error

    def _read(self, descriptor: Descriptor, buffer: memoryview) -> int:
        view = buffer[: max(self._stop - self._position, 0)]
        count = os.preadv(descriptor, [view], self._position) if view else 0
        if view and not count:
            raise self._source.altered()
        self._position += count
        if self._position >= self._stop:
            self._check_end(descriptor)
        return count

    def _check_end(self, descriptor: Descriptor) -> None:
        """What was read is the file that was seen first, and nothing follows its end."""
        self._source.check(os.fstat(descriptor))
        if self._stop == self._size and os.pread(descriptor, 1, self._stop):
            raise self._source.altered()

    def close(self) -> None:
        descriptor, self._descriptor = getattr(self, "_descriptor", None), None
        if descriptor is not None:
            os.close(descriptor)
        super().close()


class FileSource(OpenedFile):
    """A user's file, by its path; links are followed, since the path is the user's own.

    The file is looked at when its size is asked for or it is opened first, and must stay as it was then. Size,
    opening and reading raise ``InvalidInput``, naming the path, where it is missing, not a plain file, not
    readable, or was changed while in use.
    """

    def __init__(self, path: Path) -> None:
        if "\0" in str(path):
            raise InvalidInput(f"{printable(str(path))} is not a path", where="path", remedy="leave the NUL out")
        self._path: Final = path
        self._lock: Final = threading.Lock()
        self._seen: Sight | None = None

    def __repr__(self) -> str:
        return f"FileSource({str(self._path)!r})"

    @property
    def size(self) -> int:
        state = self._state()
        self.check(state)
        return state.st_size

    def descriptor(self) -> Descriptor:
        self._check_plain(self._state())  # before opening: to open a device can have an effect
        try:
            return os.open(self._path, _OPEN)
        except OSError as error:
            raise self.refused(error) from error

    def _state(self) -> os.stat_result:
        try:
            return self._path.stat()
        except OSError as error:
            raise self.refused(error) from error

    def refused(self, error: OSError) -> InvalidInput:
        reason = os.strerror(error.errno) if error.errno else "no reason was given"
        return InvalidInput(
            f"the file cannot be read ({reason})", where=str(self._path), remedy="give a file that can be read"
        )

    def _check_plain(self, state: os.stat_result) -> None:
        if not stat.S_ISREG(state.st_mode):
            raise InvalidInput(
                f"this is {_KINDS.get(stat.S_IFMT(state.st_mode), 'not a plain file')}, not a plain file",
                where=str(self._path),
                remedy="give a plain file (copy what you want to hand in to one)",
            )

    def check(self, state: os.stat_result) -> None:
        self._check_plain(state)
        sight = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        with self._lock:
            self._seen = sight if self._seen is None else self._seen
        if sight != self._seen:
            raise self.altered()

    def altered(self) -> InvalidInput:
        return InvalidInput(
            "the file was changed while in use",
            where=str(self._path),
            remedy="wait until nothing writes to it, then try again",
        )


_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
