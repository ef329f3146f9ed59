"""Byte sources for the suites: generated ones of any size, and ones that fail or lie."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

import attrs
from blake3 import blake3

from artifact_plane.domain.model.rendering import ByteSource, Digest

BLOCK = 64 * 1024


@attrs.frozen(kw_only=True)
class GeneratedSource(ByteSource):
    """``length`` bytes that are made while they are read, so that nobody holds them all.

    ``announced`` is what ``size`` says; ``fails_after`` bytes the reader raises ``OSError``.
    """

    length: int
    announced: int | None = None
    fails_after: int | None = None

    @property
    def size(self) -> int | None:
        return self.announced

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        end = self.length if stop is None else min(stop, self.length)
        return cast(BinaryIO, io.BufferedReader(_Reader(self, start, end)))

    def block(self, number: int) -> bytes:
        """The block of that number; no two blocks are alike."""
        return number.to_bytes(8, "big") * (BLOCK // 8)

    def blocks(self) -> Iterator[bytes]:
        """All bytes, block by block."""
        for start in range(0, self.length, BLOCK):
            yield self.block(start // BLOCK)[: self.length - start]

    @property
    def digest(self) -> Digest:
        """The digest of all bytes."""
        hasher = blake3()
        for block in self.blocks():
            hasher.update(block)
        return Digest(f"blake3:{hasher.hexdigest()}")


class _Reader(io.RawIOBase):
    """Reads a generated source from ``position`` up to ``end``."""

    def __init__(self, source: GeneratedSource, position: int, end: int) -> None:
        self._source = source
        self._position = position
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        fails_after = self._source.fails_after
        if fails_after is not None and self._position >= fails_after:
            raise OSError("the source was pulled out")
        number, offset = divmod(self._position, BLOCK)
        piece = self._source.block(number)[offset : offset + min(len(buffer), self._end - self._position)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def read_all(source: ByteSource, start: int = 0, stop: int | None = None) -> bytes:
    """What one reader of ``source`` yields."""
    with source.open(start, stop) as reader:
        return reader.read()
