"""``multipart/form-data``: one JSON document and files, streamed, never held in memory as a whole.

A small file stays in memory, a larger one goes to a scratch file as it arrives. The document may come before, between
or after the files. Each part has its own name; numbers and sizes are bounded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Final, NoReturn, Protocol, TypeAlias, cast

import attrs
import multipart  # type: ignore[import-untyped]

from artifact_plane.adapters.codec.digests import DigestHasher
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.spool import Spool
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_name, printable
from artifact_plane.domain.model.rendering import ByteSource, Digest

MEDIA_TYPE: Final = "multipart/form-data"
UNKNOWN: Final = "application/octet-stream"

_LONGEST_BOUNDARY: Final = 70


@attrs.frozen(kw_only=True)
class FormLimits:
    """The most of everything: ``files`` in number, and bytes of the ``document`` and of each ``file``."""

    files: int = 100
    document: int = 32 * 1024 * 1024
    file: int = 4 * 1024 * 1024 * 1024


@attrs.frozen(kw_only=True)
class FormFile:
    """A file part: its bytes, what they are said to be, and their digest."""

    name: str
    media_type: str
    source: ByteSource
    digest: Digest


@attrs.frozen(kw_only=True)
class Form:
    """What a form held: the JSON text of its document, and its files by name."""

    document: bytes
    files: Mapping[str, FormFile]


def boundary_of(content_type: str) -> str:
    """The boundary that a ``Content-Type`` names. Raises InvalidInput where it names none."""
    boundary = multipart.parse_options_header(content_type)[1].get("boundary", "")
    if not (boundary.isascii() and boundary.isprintable() and 0 < len(boundary) <= _LONGEST_BOUNDARY):
        raise InvalidInput(
            "the boundary of the form is missing or not legal",
            where="header Content-Type",
            remedy="let a library write the form, and its Content-Type with it",
        )
    return str(boundary)


class _Segment(Protocol):
    name: str
    content_type: str | None


class _Parser(Protocol):
    def parse(self, chunk: bytes) -> Iterator[_Segment | bytes | None]: ...

    def close(self) -> None: ...


Room: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits until so many bytes may be held in memory."""


async def _any_room(_: int) -> None:
    """There is enough."""


async def read_form(
    chunks: AsyncIterator[bytes], *, boundary: str, document: str, limits: FormLimits, room: Room = _any_room
) -> Form:
    """Read a form whose part ``document`` is the JSON document and whose other parts are files.

    ``room`` is asked before the document is in memory, once all of the form is there: nobody's slowness holds it.

    Raises:
        InvalidInput: it is no such form, a name is not legal or comes twice, or there is no document.
        RequestProblem: 413, for there are more parts, or larger ones, than ``limits`` allow.
        Unavailable: there is no room for what has to be kept meanwhile.
    """
    reading = _Reading(document, limits)
    try:
        parser = _parser(boundary, limits)
        async for chunk in chunks:
            for event in parser.parse(chunk):
                await reading.take(event)
        parser.close()
    except multipart.ParserLimitReached as error:
        raise _too_many(limits) from error
    except multipart.MultipartError as error:
        raise InvalidInput(
            f"this is no multipart form: {error}", where="request body", remedy="let a library write the form"
        ) from error
    return await reading.form(room)


def _parser(boundary: str, limits: FormLimits) -> _Parser:
    most = max(limits.document, limits.file)
    made = multipart.PushMultipartParser(boundary, max_segment_count=limits.files + 1, max_segment_size=most)
    return cast(_Parser, made)


class _Reading:
    """A form as far as it was read."""

    def __init__(self, document: str, limits: FormLimits) -> None:
        self._document = document
        self._limits = limits
        self._part: _Part | None = None
        self._read: dict[str, FormFile] = {}
        self._json: Spool | None = None

    async def take(self, event: _Segment | bytes | None) -> None:
        """The next event of the parser: a part begins, goes on, or ends."""
        if isinstance(event, bytes):
            await self._current().add(event)
        elif event is None:
            await self._end()
        else:
            self._begin(event)

    async def form(self, room: Room) -> Form:
        """Everything that was read. Raises InvalidInput where there is no document, and what ``room`` raises."""
        if self._json is None:
            _refuse("the form has no such part", self._document, "send the JSON document under this name")
        await room(self._json.size)
        return Form(document=await self._json.whole(), files=self._read)

    def _current(self) -> _Part:
        if self._part is None:
            raise AssertionError("the parser gives bytes only inside a part")
        return self._part

    def _begin(self, segment: _Segment) -> None:
        name = check_name("part name", segment.name)
        if name in self._read or (name == self._document and self._json is not None):
            _refuse("the form has two parts of this name", name, "give each part its own name")
        most = self._limits.document if name == self._document else self._limits.file
        self._part = _Part(name, segment.content_type or UNKNOWN, most)

    async def _end(self) -> None:
        part, self._part = self._current(), None
        if part.name == self._document:
            self._json = part.spool
        else:
            self._read[part.name] = await part.file()


class _Part:
    """A part as far as it was read."""

    def __init__(self, name: str, media_type: str, most: int) -> None:
        self.name = name
        self._media_type = media_type
        self._most = most
        self._hasher = DigestHasher("blake3")
        self.spool = Spool(self._hasher.update)

    async def add(self, data: bytes) -> None:
        """More of the part. Raises RequestProblem (413), Unavailable."""
        if self.spool.size + len(data) > self._most:
            raise _too_large(f"larger than {self._most} bytes", f"part {printable(self.name)}", "send less at once")
        await self.spool.add(data)

    async def file(self) -> FormFile:
        """The part as a file."""
        source = await self.spool.source()
        return FormFile(name=self.name, media_type=self._media_type, source=source, digest=self._hasher.digest())


def _too_many(limits: FormLimits) -> RequestProblem:
    return _too_large(
        "the form has more parts, larger ones, or longer headers than are allowed",
        "request body",
        f"send at most {limits.files} files, none larger than {limits.file} bytes",
    )


def _too_large(message: str, where: str, remedy: str) -> RequestProblem:
    return RequestProblem(413, "too_large", message, where=where, remedy=remedy, closes=True)


def _refuse(message: str, part: str, remedy: str) -> NoReturn:
    raise InvalidInput(message, where=f"part {printable(part)}", remedy=remedy)
