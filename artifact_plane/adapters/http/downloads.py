"""Downloads: the bytes of a part, streamed and verified, whole or one range of them.

A reader fetches the next piece while the last one is on its way, off the event loop. What turns out damaged never
becomes a complete answer: a small content is compared before the first byte is sent, of a larger one the end is held
back, and the connection is cut in its place. A range is cut out of a content that was compared as a whole, up to
a size that is set; of larger ones it comes as it is stored, and the answer says that it was not compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import BinaryIO, Final

import attrs
from litestar import Response
from litestar.types import Receive, Scope, Send

from artifact_plane.adapters.http.answers import HttpAnswer
from artifact_plane.adapters.http.ranges import Span
from artifact_plane.adapters.http.troubles import noted
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged
from artifact_plane.domain.model.rendering import ByteSource, BytesSource

CHUNK: Final = 1 << 20
"""Bytes on their way at a time."""


@attrs.frozen(kw_only=True)
class Piece:
    """What is to be sent of a content of ``size`` bytes: all of it, or ``span``.

    A range is cut out of a content that is compared as a whole, up to ``compared_bytes``.
    """

    source: ByteSource
    size: int
    span: Span | None = None
    compared_bytes: int = 64 * 1024 * 1024

    @property
    def length(self) -> int:
        """Bytes to be sent."""
        return self.size if self.span is None else len(self.span)

    @property
    def compared(self) -> bool:
        """Whether the content is compared to its digest before the last byte is sent."""
        return self.span is None or self.size <= self.compared_bytes


async def download(
    piece: Piece, *, status: int, media_type: str, headers: Mapping[str, str], head: bool = False
) -> HttpAnswer:
    """The answer that streams ``piece``; with ``head``, its headers alone.

    Raises:
        Damaged: the content does not compare, and that is known before anything was sent.
        Unavailable: the store cannot be read.
    """
    length = {"content-length": str(piece.length)}
    if head:
        return _Download(None, status, media_type, {**headers, **length})
    reading = _Reading(piece)
    await reading.begin()
    return _Download(reading, status, media_type, {**headers, **length})


class _Reading:
    """Reads one piece ahead of what is being sent."""

    def __init__(self, piece: Piece) -> None:
        self._piece: Final = piece
        self._left = piece.length
        self._reader: BinaryIO | None = None
        self._next: asyncio.Task[bytes] | None = None
        self._first = b""

    async def begin(self) -> None:
        """Read the first bytes, so that what fails at once is an error and no broken answer."""
        source, span = self._piece.source, self._piece.span
        if isinstance(source, BytesSource) and self._piece.size <= CHUNK:
            self._first = source.data if span is None else source.data[span.start : span.stop]
            return
        try:
            self._first = await asyncio.to_thread(self._begun)
        except ArtifactPlaneError:
            await self.close()
            raise

    async def pieces(self) -> AsyncIterator[bytes]:
        """All bytes in order. Raises Damaged, Unavailable in place of their end."""
        data, self._first = self._first, b""
        while data:
            self._left -= len(data)
            self._next = asyncio.create_task(asyncio.to_thread(self._read)) if self._left else None
            yield data
            data = b"" if self._next is None else await self._next
        if self._left:
            raise Damaged("the content ends before its size", remedy=_RESTORE)

    async def close(self) -> None:
        """Let go of the reader, once nobody reads any more."""
        if self._next is not None:
            await asyncio.gather(self._next, return_exceptions=True)
        if self._reader is not None:
            await asyncio.to_thread(self._reader.close)

    def _begun(self) -> bytes:
        piece = self._piece
        if piece.span is None:
            self._reader = piece.source.open()
        else:
            if piece.compared:
                _compare(piece.source)
            self._reader = piece.source.open(piece.span.start, piece.span.stop)
        return self._read()

    def _read(self) -> bytes:
        """The next bytes. A verified source gives the last of them once all compared."""
        if self._reader is None:
            raise RuntimeError("a reading that did not begin has no bytes")
        return self._reader.read(min(CHUNK, self._left))


_RESTORE: Final = "restore it from a backup, or store the same content again, which mends it"


def _compare(source: ByteSource) -> None:
    with source.open() as reader:
        while reader.read(CHUNK):
            pass


class _Download(Response[bytes]):
    """A streamed answer of known length; where the bytes do not arrive whole, it ends without its end."""

    def __init__(self, reading: _Reading | None, status: int, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(content=b"", status_code=status, media_type=media_type, headers=dict(headers))
        self._reading = reading

    def to_asgi_response(self, *_: object, **__: object) -> _Sending:  # type: ignore[override]
        """What the server calls; neither the framework's cookies nor its headers are wanted here."""
        return _Sending(self._reading, self.status_code or 200, {"content-type": self.media_type, **self.headers})


class _Sending:
    """Sends a download, as an ASGI application."""

    def __init__(self, reading: _Reading | None, status: int, headers: Mapping[str, object]) -> None:
        self._reading: Final = reading
        self._status: Final = status
        self._headers: Final = [(name.encode(), str(value).encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        if self._reading is None or await self._sent(self._reading, scope, receive, send):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _sent(self, reading: _Reading, scope: Scope, receive: Receive, send: Send) -> bool:
        """Send all bytes; False where they end before their end, or nobody is there to take them.

        Without the answer's end, the server cuts the connection, and nobody takes what was sent for whole.
        """
        watch = asyncio.create_task(_gone(receive))
        try:
            async for data in reading.pieces():
                if watch.done():
                    return False
                await send({"type": "http.response.body", "body": data, "more_body": True})
        except ArtifactPlaneError as error:
            noted(scope, "download cut", error)
            return False
        finally:
            watch.cancel()
            await reading.close()
        return True


async def _gone(receive: Receive) -> None:
    """Waits until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
