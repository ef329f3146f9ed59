"""A payload on its way into the bucket: read once for its digest, and once more while it is sent.

The digest is part of the name, so it must be known before anything is sent. Whether the second reading gave the same
bytes is looked at before the last of them go out: until then nothing is visible.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from artifact_plane.adapters.gcs.checksums import Crc32c
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.codec import Hasher

PIECE: Final = 1024 * 1024
SMALL: Final = 2 * 1024 * 1024
"""Up to this size a payload is kept in memory between its readings and is sent in one request."""


class Abandoned(Exception):
    """Nobody waits for the payload any more. Never leaves the store: who waited has been cancelled."""


class Checksums:
    """The digest and the crc32c of the same bytes, in the making."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher: Final = hasher
        self._crc: Final = Crc32c()
        self.size = 0

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._hasher.update(data)
        self._crc.update(data)
        self.size += len(data)

    @property
    def digest(self) -> Digest:
        return self._hasher.digest()

    @property
    def crc32c(self) -> str:
        return self._crc.text()


class Draft:
    """What is to be put. One thread at a time; ``abandon`` from any."""

    def __init__(self, source: ByteSource, hasher: Callable[[], Hasher]) -> None:
        self._source = source
        self._hasher: Final = hasher
        self._abandoned: Final = threading.Event()
        self.digest = Digest("")
        self.crc32c = ""
        self.size = 0

    @property
    def small(self) -> bool:
        """Whether it is sent in one request."""
        return self.size <= SMALL

    @property
    def wanted(self) -> bool:
        """Whether somebody still waits for it."""
        return not self._abandoned.is_set()

    def abandon(self) -> None:
        """Say that nobody waits any more: whatever is under way ends soon with ``Abandoned``."""
        self._abandoned.set()

    def check_wanted(self) -> None:
        """Raise ``Abandoned`` if nobody waits any more."""
        if self._abandoned.is_set():
            raise Abandoned

    def measure(self) -> None:
        """Read the source for its digest, its size and its checksum.

        Raises:
            InvalidInput: it cannot be read, or does not yield as many bytes as it says.
            Abandoned: nobody waits any more.
        """
        sums, kept = Checksums(self._hasher()), bytearray()
        with _opened(self._source) as reader:
            expected = self._source.size
            while piece := _read(reader, PIECE):
                self.check_wanted()
                sums.update(piece)
                kept += piece if sums.size <= SMALL else b""
                if expected is not None and sums.size > expected:
                    raise _changed()
        if expected is not None and sums.size != expected:
            raise _changed()
        self.digest, self.crc32c, self.size = sums.digest, sums.crc32c, sums.size
        if self.small:
            self._source = BytesSource(bytes(kept))

    def again(self) -> Callable[[int], Iterator[bytes]]:
        """The bytes to be sent, from any place on and any number of times.

        The last of them are given only when all of them compare to those that were measured; ``InvalidInput`` is
        raised in their place. ``Abandoned`` is raised too.
        """
        return _Again(self, Checksums(self._hasher())).blocks

    def open(self, start: int) -> BinaryIO:
        """A reader over the bytes from ``start`` on. Raises ``InvalidInput``."""
        return _opened(self._source, start)


class _Again:
    """The second reading. What is read a third time, because it has to be sent again, is not summed up again."""

    def __init__(self, draft: Draft, sums: Checksums) -> None:
        self._draft: Final = draft
        self._sums: Final = sums

    def blocks(self, start: int) -> Iterator[bytes]:
        """The bytes from ``start`` on, which is not beyond what was read before."""
        position, size = start, self._draft.size
        with self._draft.open(start) as reader:
            while position < size:
                self._draft.check_wanted()
                piece = _read(reader, min(PIECE, size - position))
                self._sums.update(piece[max(0, self._sums.size - position) :])
                position += len(piece)
                if not piece or (position == size and not self._compares(reader)):
                    raise _changed()
                yield piece

    def _compares(self, reader: BinaryIO) -> bool:
        at_end = not _read(reader, 1)
        return at_end and (self._sums.digest, self._sums.crc32c) == (self._draft.digest, self._draft.crc32c)


def _opened(source: ByteSource, start: int = 0) -> BinaryIO:
    try:
        return source.open(start)
    except OSError as error:
        raise _unreadable(error) from error


def _read(reader: BinaryIO, size: int) -> bytes:
    try:
        return reader.read(size)
    except OSError as error:
        raise _unreadable(error) from error


def _changed() -> InvalidInput:
    return InvalidInput(
        "the source does not yield the bytes that it announced, or not the same ones again",
        where="byte source",
        remedy="hand in a source that does not change while it is in use",
    )


def _unreadable(error: OSError) -> InvalidInput:
    reason = os.strerror(error.errno) if error.errno else "no reason was given"
    return InvalidInput(
        f"the source cannot be read ({reason})", where="byte source", remedy="hand in a source that can be read"
    )
