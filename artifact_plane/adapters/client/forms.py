"""What requests carry: nothing, a document, or a document and files in a form, streamed as often as it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, Protocol

import attrs

from artifact_plane.domain.model.rendering import ByteSource

JSON: Final = "application/json"
CHUNK: Final = 1 << 20
"""Bytes of a file that are held at a time."""


class Body(Protocol):
    """A body that can be sent again from its beginning."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What says what it is, and how long where that is known."""

    def content(self) -> AsyncGenerator[bytes, None]:
        """Its bytes, from the beginning."""


@attrs.frozen
class Document:
    """One JSON document, or a text of another media type."""

    data: bytes = attrs.field(repr=False)
    media_type: str = JSON

    @property
    def headers(self) -> Mapping[str, str]:
        """The media type and length."""
        return {"content-type": self.media_type, "content-length": str(len(self.data))}

    async def content(self) -> AsyncGenerator[bytes, None]:
        """All of it."""
        yield self.data


@attrs.frozen(kw_only=True)
class FilePart:
    """A file in a form."""

    name: str
    media_type: str
    source: ByteSource


@attrs.frozen(kw_only=True)
class Form:
    """A multipart form: ``document`` is the JSON of the part ``name``; each file is read as it is sent."""

    name: str
    document: bytes = attrs.field(repr=False)
    files: Sequence[FilePart]
    boundary: str

    @property
    def headers(self) -> Mapping[str, str]:
        """The media type; the length where that of every file is known."""
        kind = {"content-type": f"multipart/form-data; boundary={self.boundary}"}
        sizes = [file.source.size for file in self.files]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            return kind
        frame = [self._head(file.name, file.media_type, file=True) for file in self.files]
        whole = sum(map(len, frame)) + sum(known) + len(self._first()) + len(self._end())
        return {**kind, "content-length": str(whole)}

    async def content(self) -> AsyncGenerator[bytes, None]:
        """The whole form. Sources raise what they raise."""
        yield self._first()
        for file in self.files:
            yield self._head(file.name, file.media_type, file=True)
            reader = await asyncio.to_thread(file.source.open)
            try:
                while data := await asyncio.to_thread(reader.read, CHUNK):
                    yield data
            finally:
                await asyncio.to_thread(reader.close)
        yield self._end()

    def _first(self) -> bytes:
        return self._head(self.name, JSON, file=False)[2:] + self.document

    def _head(self, name: str, media_type: str, *, file: bool) -> bytes:
        named = f'; filename="{name}"' if file else ""
        return (
            f"\r\n--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="{name}"{named}\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        ).encode()

    def _end(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
