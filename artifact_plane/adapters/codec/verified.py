"""Reading with verification: the end of a content is held back until all of it was compared (law 15)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.codec import Hasher

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK: Final = 1024 * 1024
"""Bytes read at a time, and the most held back. Contents up to this size are compared before any byte is given."""


def has_digest(value: bytes, digest: Digest, hasher: Callable[[str], Hasher]) -> bool:
    """Whether a value meets its digest; ``hasher`` makes a hasher of the algorithm named, as ``Codec.hasher`` does."""
    try:
        counted = hasher(digest.partition(":")[0])
    except Damaged:  # a digest that cannot be computed here cannot be met
        return False
    counted.update(value)
    return counted.digest() == digest


class VerifiedSource(ByteSource):
    """A byte source whose whole reads are compared to a digest; ranged ones pass through as they are."""

    __slots__ = ("_digest", "_new_hasher", "_source", "_what")

    def __init__(self, source: ByteSource, digest: Digest, what: str, new_hasher: Callable[[], Hasher]) -> None:
        """Compare ``source`` to ``digest``; ``what`` names the content in the error."""
        self._source = source
        self._digest = digest
        self._what = what
        self._new_hasher = new_hasher

    @property
    def size(self) -> int | None:
        return self._source.size

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        if start or stop is not None:
            return self._source.open(start, stop)
        reader = _VerifyingReader(self._source.open(), self._new_hasher(), self._digest, self._what)
        return cast(BinaryIO, reader)


class _VerifyingReader(io.RawIOBase):
    """Reads one chunk ahead: a chunk is given out when another one follows it, the last one when all compares."""

    def __init__(self, inner: BinaryIO, hasher: Hasher, digest: Digest, what: str) -> None:
        super().__init__()
        self._inner = inner
        self._hasher = hasher
        self._digest = digest
        self._what = what
        self._ready = b""  # may be given out, from _given on
        self._given = 0
        self._held: bytes | None = None  # read, and not yet to be given out; None before the first read

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end; all that is left for a negative ``size`` or None.

        Raises:
            Damaged: the content does not match its digest; raised in place of its end, and again from then on.
        """
        if size is None or size < 0:
            return self.readall()
        piece = self._take(size)
        if len(piece) == size or not piece:
            return piece
        pieces = [piece]
        missing = size - len(piece)
        while missing and (piece := self._take(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def readall(self) -> bytes:
        """All that is left; raises as ``read`` does."""
        return b"".join(iter(lambda: self._take(CHUNK), b""))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer`` as far as there are bytes; raises as ``read`` does."""
        room = memoryview(buffer).cast("B")
        data = self.read(len(room))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        super().close()
        self._inner.close()

    def _take(self, size: int) -> bytes:
        """Up to ``size`` bytes of one chunk; none at the end."""
        if self.closed:
            raise ValueError("read of a closed file")
        if size and self._given == len(self._ready):
            self._advance()
        if not self._given and size >= len(self._ready):
            piece = self._ready
        else:
            piece = self._ready[self._given : self._given + size]
        self._given += len(piece)
        return piece

    def _advance(self) -> None:
        """Let go of the chunk that was held back, once another one was read or everything compares.

        Where it does not compare, the chunk stays held back: whoever reads again meets the same error.
        """
        if self._held is None:
            self._held = self._next_chunk()
        following = self._next_chunk() if self._held else b""
        if not following:
            self._compare()
        self._ready, self._given, self._held = self._held, 0, following

    def _next_chunk(self) -> bytes:
        chunk = self._inner.read(CHUNK)
        if 0 < len(chunk) < CHUNK:
            chunk = self._filled(chunk)
        self._hasher.update(chunk)
        return chunk

    def _filled(self, chunk: bytes) -> bytes:
        """A source may give less than it was asked for before its end."""
        pieces = [chunk]
        missing = CHUNK - len(chunk)
        while missing and (piece := self._inner.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _compare(self) -> None:
        if self._hasher.digest() != self._digest:
            raise Damaged(
                "the content does not match its digest",
                where=self._what,
                remedy="restore it from a backup, or store the same content again, which mends it",
            )
