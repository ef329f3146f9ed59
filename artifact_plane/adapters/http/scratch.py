"""Scratch: where uploads lie while a request needs them, in nameless files that vanish with their last user.

A file is opened without a name in the system's folder for temporary files (``TMPDIR`` names another), readable by this
process alone. Neither a crash nor a forgotten call leaves one behind: it goes when the source over it and all that
read from it are gone. A run that goes on after its request was answered keeps what it was given while it needs it.
"""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.rendering import ByteSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER: Final = 128 * 1024


class ScratchFile(ByteSource):
    """A nameless file: written from its beginning to its end, then read as often as anybody wants. Its calls block."""

    def __init__(self) -> None:
        """Make an empty file. Raises Unavailable where the file system refuses."""
        try:
            with tempfile.TemporaryFile(buffering=0) as file:
                self._descriptor: Final = os.dup(file.fileno())
        except OSError as error:
            raise _refused(error) from error
        weakref.finalize(self, os.close, self._descriptor)
        self._size = 0

    @property
    def size(self) -> int:
        return self._size

    def write(self, data: bytes | bytearray) -> None:
        """Add ``data`` at the end. Raises Unavailable where the file system refuses."""
        rest = memoryview(data)
        try:
            while rest:
                written = os.pwrite(self._descriptor, rest, self._size)
                self._size += written
                rest = rest[written:]
        except OSError as error:
            raise _refused(error) from error

    def read_at(self, buffer: memoryview, position: int) -> int:
        """Fill ``buffer`` from ``position`` on, and say with how many bytes. Raises Unavailable."""
        try:
            return os.preadv(self._descriptor, [buffer], position)
        except OSError as error:
            raise _refused(error) from error

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Window(self, start, stop), _BUFFER))


class _Window(io.RawIOBase):
    """The bytes ``[start, stop)`` of a scratch file, which lives as long as this does."""

    def __init__(self, file: ScratchFile, start: int, stop: int | None) -> None:
        super().__init__()
        self._file: Final = file
        self._position, self._stop, _ = slice(start, stop).indices(file.size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")[: max(self._stop - self._position, 0)]
        count = self._file.read_at(view, self._position) if view else 0
        self._position += count
        return count


def _refused(error: OSError) -> Unavailable:
    reason = os.strerror(error.errno) if error.errno else "no reason was given"
    return Unavailable(
        f"an upload cannot be kept for the time of its request ({reason})",
        where="the folder for temporary files",
        remedy="make room there, or have TMPDIR name another, then send it again",
    )
