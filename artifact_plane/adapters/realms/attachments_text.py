"""The text of an attachment, streamed: strict UTF-8 in bounded memory, with the place of whatever is wrong."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import BinaryIO, Final, TypeAlias

from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.ports.realm import RefusedInput

CHUNK_BYTES: Final = 64 * 1024
"""How much is read at once; no call over text handles much more, so that other threads get their turn."""

MAX_LINE_CHARACTERS: Final = 512 * 1024
"""How long one line may be where a file is read by lines."""

Checkpoint: TypeAlias = Callable[[], None]

_UTF8_MARK: Final = codecs.BOM_UTF8
_OTHER_MARKS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_REMEDY: Final = "save it as text in UTF-8 and attach it again"


def no_checkpoint() -> None:
    """For work that nobody abandons."""


class Text:
    """The text of one attachment, to be read once, by pieces or by lines, and closed.

    Every read may raise ``RefusedInput`` (larger than the limit, not UTF-8, a NUL byte, a line too long).
    """

    def __init__(self, source: ByteSource, name: str, *, limit: int, checkpoint: Checkpoint = no_checkpoint) -> None:
        self.name = name
        refuse_larger(source, name, limit)
        self._bytes = _CheckedBytes(source.open(), name, limit, checkpoint)

    def __enter__(self) -> Text:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.close()

    @property
    def size(self) -> int:
        """The number of bytes read so far; after the last piece or line, the size of the attachment."""
        return self._bytes.offset

    def pieces(self) -> Iterator[str]:
        """The text in pieces of at most ``CHUNK_BYTES`` characters, line ends as they are."""
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        while chunk := self._bytes.read(CHUNK_BYTES):
            yield decoder.decode(chunk)

    def lines(self) -> Iterator[str]:
        """The lines with their ends as they are (LF, CR LF or CR)."""
        # Wrapped for this loop only: the wrapper would close the bytes at any time otherwise.
        wrapped = io.TextIOWrapper(io.BufferedReader(self._bytes, CHUNK_BYTES), "utf-8", newline="")
        readline = wrapped.readline
        number = 0
        while line := readline(MAX_LINE_CHARACTERS + 1):
            number += 1
            if len(line) > MAX_LINE_CHARACTERS:
                raise RefusedInput(
                    f"the line is longer than {MAX_LINE_CHARACTERS} characters",
                    where=f"attachment '{self.name}', line {number}",
                    remedy="break it into lines",
                )
            yield line


def refuse_larger(source: ByteSource, name: str, limit: int) -> None:
    """Refuse at once an attachment whose size is known to be over ``limit`` bytes.

    Raises:
        RefusedInput: it is larger.
    """
    if source.size is not None and source.size > limit:
        raise _too_large(name, limit)


def first_bytes(source: ByteSource, count: int) -> bytes:
    """At most ``count`` bytes from the beginning; it blocks."""
    with source.open(0, count) as handle:
        return _read_exactly(handle, count)


class _CheckedBytes(io.RawIOBase):
    """The bytes of an attachment without its mark, each chunk checked before anyone sees it."""

    def __init__(self, handle: BinaryIO, name: str, limit: int, checkpoint: Checkpoint) -> None:
        self._handle = handle
        self._name = name
        self._limit = limit
        self._checkpoint = checkpoint
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._pending = b""
        self.offset = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._handle.close()
        super().close()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._checkpoint()
        if not self._pending:
            self._pending = self._next_chunk()
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def _next_chunk(self) -> bytes:
        chunk = _read_exactly(self._handle, CHUNK_BYTES)
        begin = self.offset
        self.offset += len(chunk)
        if self.offset > self._limit:
            raise _too_large(self._name, self._limit)
        if begin == 0:
            _refuse_marks(chunk, self._name)
        self._check(chunk, begin)
        return chunk[len(_UTF8_MARK) :] if begin == 0 and chunk.startswith(_UTF8_MARK) else chunk

    def _check(self, chunk: bytes, begin: int) -> None:
        nul = chunk.find(0)
        waiting = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(chunk if nul < 0 else chunk[:nul], final=len(chunk) < CHUNK_BYTES)
        except UnicodeDecodeError as error:
            raise self._refused("it is not UTF-8 text", begin - waiting + error.start) from None
        if nul >= 0:
            raise self._refused("it holds a NUL byte, as binary files do", begin + nul)

    def _refused(self, message: str, offset: int) -> RefusedInput:
        return RefusedInput(message, where=f"attachment '{self._name}', byte {offset}", remedy=_REMEDY)


def _refuse_marks(chunk: bytes, name: str) -> None:
    for mark, encoding in _OTHER_MARKS.items():
        if chunk.startswith(mark):
            raise RefusedInput(f"it is {encoding} text", where=f"attachment '{name}', byte 0", remedy=_REMEDY)


def _read_exactly(handle: BinaryIO, count: int) -> bytes:
    """``count`` bytes, fewer only at the end; a source may give less than asked at any time."""
    chunk = handle.read(count)
    while chunk and len(chunk) < count:
        more = handle.read(count - len(chunk))
        if not more:
            break
        chunk += more
    return chunk


def _too_large(name: str, limit: int) -> RefusedInput:
    return RefusedInput(
        f"it is larger than the limit of {limit} bytes",
        where=f"attachment '{name}', byte {limit}",
        remedy="attach a smaller file or a part of it",
    )
