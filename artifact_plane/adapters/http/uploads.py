"""What a request brings: a JSON document, alone or as one part of a multipart form with files."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, Generic, TypeVar

import attrs

from artifact_plane.adapters.codec.json_gate import ReadJson, read_json
from artifact_plane.adapters.http.answers import JSON
from artifact_plane.adapters.http.gate import SMALL, body_of, check_media_type, shaped, too_large
from artifact_plane.adapters.http.multipart import MEDIA_TYPE as FORM
from artifact_plane.adapters.http.multipart import FormFile, FormLimits, boundary_of, read_form
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.spool import Spool
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.json import JsonLimits
from artifact_plane.ports.answers import Payload

T = TypeVar("T")
M = TypeVar("M")
_SHA_256: Final = re.compile(r"(?:^|[ ,])sha-256=:([A-Za-z0-9+/=]+):", re.ASCII)


@attrs.frozen(kw_only=True)
class Upload(Generic[T]):
    """The body as a value, the document that says it, the files beside it, and what stands for all in a fingerprint."""

    body: T
    document: ReadJson
    files: Mapping[str, FormFile]
    content: tuple[bytes, ...]

    async def made(self, make: Callable[[], M]) -> M:
        """What ``make`` makes of it; where the document is a large one, off the event loop."""
        return await _by_size(len(self.content[0]), make)

    def admitted(self, payload: Payload) -> Payload:
        """A payload whose meaning stands in the document: it is not walked again."""
        return attrs.evolve(payload, semantic_payload=self.document.admitted(payload.semantic_payload))


async def upload(call: Call, kind: type[T], part: str) -> Upload[T]:
    """The body as a ``kind``: JSON, or a multipart form whose ``part`` is that JSON and whose other parts are files.

    Raises:
        RequestProblem: 415, 413, 408: another media type, too large, too slow.
        InvalidJson, InvalidInput: it is not JSON, no such form, or a field is not legal; or the content is not what
            ``Content-Digest`` says.
    """
    if check_media_type(call.request, (JSON, FORM)) == JSON:
        data = await whole_body(call)
        body, read = await document(call, data, kind)
        return Upload(body=body, document=read, files={}, content=(data,))
    return await _form(call, kind, part)


async def json_body(call: Call, kind: type[T]) -> Upload[T]:
    """As ``upload``, for what takes no files."""
    check_media_type(call.request, (JSON,))
    data = await whole_body(call)
    body, read = await document(call, data, kind)
    return Upload(body=body, document=read, files={}, content=(data,))


async def whole_body(call: Call) -> bytes:
    """The body of bounded size, compared to its ``Content-Digest`` where it has one."""
    most = call.service.settings.body_bytes
    length = call.request.headers.get("content-length", "")
    small = length.isdigit() and int(length) <= SMALL
    data = await body_of(call.request, max_bytes=most) if small else await _large_body(call, length, most)
    declared = _declared_digest(call)
    if declared is not None and await asyncio.to_thread(_sha_256, data) != declared:
        raise _another_content()
    return data


async def _large_body(call: Call, length: str, most: int) -> bytes:
    """A body that lies in scratch until all of it is there: nobody's slowness holds the room that others wait for."""
    if length.isdigit() and int(length) > most:
        raise too_large(most)
    spool = Spool()
    async for chunk in call.request.stream():
        if spool.size + len(chunk) > most:
            raise too_large(most)
        await spool.add(chunk)
    await _make_room(call, spool.size)
    return await spool.whole()


async def _make_room(call: Call, size: int) -> None:
    """Wait for room for a document that is not small."""
    if size > SMALL:
        await call.make_room(size)


async def document(call: Call, data: bytes, kind: type[T], part: str | None = None) -> tuple[T, ReadJson]:
    """The JSON that ``data`` says, as a ``kind`` and as it was read; it is the body, or that ``part`` of it.

    Raises:
        InvalidJson, InvalidInput: as ``upload``.
    """
    settings = call.service.settings
    limits = JsonLimits(max_bytes=settings.body_bytes, max_depth=settings.depth)
    what, where = ("body", "body") if part is None else (f"part {part}", part)

    def made() -> tuple[T, ReadJson]:
        read = read_json(data, limits=limits, what=what)
        return shaped(read.value, kind, where), read

    return await _by_size(len(data), made)


async def _by_size(size: int, make: Callable[[], M]) -> M:
    """What ``make`` makes of a document of that size; of a large one it takes long, so it is not done on the loop."""
    return make() if size <= SMALL else await asyncio.to_thread(make)


async def _form(call: Call, kind: type[T], part: str) -> Upload[T]:
    settings = call.service.settings
    limits = FormLimits(files=settings.parts - 1, document=settings.body_bytes, file=settings.upload_bytes)
    boundary = boundary_of(call.request.headers.get("content-type", ""))
    form = await read_form(
        _chunks(call), boundary=boundary, document=part, limits=limits, room=lambda size: _make_room(call, size)
    )
    body, read = await document(call, form.document, kind, part)
    files = [
        piece.encode() for name, file in sorted(form.files.items()) for piece in (name, file.media_type, file.digest)
    ]
    return Upload(body=body, document=read, files=form.files, content=(form.document, *files))


async def _chunks(call: Call) -> AsyncIterator[bytes]:
    """The body in pieces, compared to its ``Content-Digest`` at its end."""
    declared = _declared_digest(call)
    if declared is None:
        async for chunk in call.request.stream():
            yield chunk
        return
    running = hashlib.sha256()
    async for chunk in call.request.stream():
        running.update(chunk)
        yield chunk
    if running.digest() != declared:
        raise _another_content()


def _declared_digest(call: Call) -> bytes | None:
    """The SHA-256 that ``Content-Digest`` (RFC 9530) declares; other algorithms are passed over, as it says."""
    header = call.header("content-digest")
    found = None if header is None else _SHA_256.search(header)
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return b""


def _sha_256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _another_content() -> InvalidInput:
    return InvalidInput(
        "the content is not what its digest says",
        where="header Content-Digest",
        remedy="send the content again; the digest is the SHA-256 of the body as it is sent",
    )
