"""A payload in the making: copied into scratch in one pass with its digest, then made durable."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import BinaryIO, Final, Protocol, runtime_checkable

from artifact_plane.adapters.filesystem.durable import Descriptor, FileEffects
from artifact_plane.adapters.filesystem.durable_scratch import Scratch
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.codec import Hasher

CHUNK: Final = 1024 * 1024


class Abandoned(Exception):
    """Nobody waits for the draft any more. Never leaves the store: who waited has been cancelled."""


@runtime_checkable
class _ReadsInto(Protocol):
    """A reader that fills a buffer of ours instead of making one of its own for each chunk."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Draft:
    """The copy of a source on its way into the store. One thread at a time; ``abandon`` from any."""

    def __init__(self, source: ByteSource) -> None:
        self._source: Final = source
        self._abandoned: Final = threading.Event()
        self._scratch: Scratch | None = None
        self.name: str = ""
        self.digest: Digest = Digest("")
        self.size: int = 0
        self.settled: os.stat_result | None = None
        """The file's state once it would survive a loss of power, None before."""

    @property
    def in_scratch(self) -> bool:
        """Whether there may be something to discard."""
        return self._scratch is not None

    def abandon(self) -> None:
        """Say that nobody waits any more: whatever is under way ends soon with ``Abandoned``."""
        self._abandoned.set()

    def check_wanted(self) -> None:
        """Raise ``Abandoned`` if nobody waits any more."""
        if self._abandoned.is_set():
            raise Abandoned

    def fill(self, scratch: Scratch, hasher: Hasher, effects: FileEffects) -> None:
        """Copy the source to a file in ``scratch``, in bounded memory, and learn its size and digest.

        Raises:
            InvalidInput: the source cannot be read, or does not yield as many bytes as it says.
            Abandoned: nobody waits any more.
            OSError: scratch cannot be written.
        """
        self.check_wanted()
        self.name, self._scratch = scratch.new_name(), scratch
        descriptor = effects.create(scratch.descriptor, self.name)
        try:
            self._copy(descriptor, hasher, effects)
        finally:
            os.close(descriptor)
        self.digest = hasher.digest()

    def _copy(self, descriptor: Descriptor, hasher: Hasher, effects: FileEffects) -> None:
        expected = _size(self._source)
        with closing(_chunks(self._source, expected)) as chunks:
            for chunk in chunks:
                self.check_wanted()
                hasher.update(chunk)
                effects.write(descriptor, chunk)
                self.size += len(chunk)
                if expected is not None and self.size > expected:
                    break
        if expected is not None and self.size != expected:
            raise InvalidInput(
                f"the source said {expected} bytes and yielded {'more' if self.size > expected else self.size}",
                where="byte source",
                remedy="hand in a source that does not change while it is in use",
            )

    def settle(self, stamp: int, effects: FileEffects) -> None:
        """Give the file its time stamp and make it durable. Raises ``OSError``."""
        self.check_wanted()
        if self._scratch is not None:
            with self._scratch.folder.opened(self.name) as descriptor:
                effects.stamp(descriptor, stamp)
                effects.sync(descriptor)
                self.settled = os.fstat(descriptor)

    def move(self, folder: Descriptor, name: str, effects: FileEffects) -> None:
        """Move the file to where it becomes visible. Raises ``OSError``."""
        if self._scratch is not None:
            effects.rename(self._scratch.descriptor, self.name, folder, name)
            self._scratch = None

    def discard(self, effects: FileEffects) -> None:
        """Remove the file from scratch, if it is there."""
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            with suppress(OSError):  # what cannot be removed now is removed when the store is closed or opened again
                effects.unlink(scratch.descriptor, self.name)


def _size(source: ByteSource) -> int | None:
    try:
        return source.size
    except OSError as error:
        raise _unreadable(error) from error


def _chunks(source: ByteSource, expected: int | None) -> Generator[memoryview, None, None]:
    """The source's bytes; each chunk is valid until the next one is asked for."""
    try:
        with source.open() as reader:
            if isinstance(reader, _ReadsInto):
                yield from _filled(reader, CHUNK if expected is None else min(CHUNK, expected + 1))
            else:
                yield from _read(reader)
    except OSError as error:
        raise _unreadable(error) from error


def _filled(reader: _ReadsInto, room: int) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(room))
    while count := reader.readinto(buffer):
        yield buffer[:count]


def _read(reader: BinaryIO) -> Iterator[memoryview]:
    while chunk := reader.read(CHUNK):
        yield memoryview(chunk)


def _unreadable(error: OSError) -> InvalidInput:
    reason = os.strerror(error.errno) if error.errno else "no reason was given"
    return InvalidInput(
        f"the source cannot be read ({reason})", where="byte source", remedy="hand in a source that can be read"
    )
