"""The pages of one part: its preview, its bytes for the preview to embed, and its download."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import attrs
from litestar import Response, get
from litestar.params import FromPath

from artifact_plane.adapters.codec.json_gate import parse_json
from artifact_plane.adapters.http.answers import HttpAnswer
from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.dispositions import ATTACHMENT, INLINE, disposition, file_name
from artifact_plane.adapters.http.downloads import Piece, download
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.meaning import tree_of
from artifact_plane.adapters.web.page import page
from artifact_plane.adapters.web.previews.head import Head, head_of
from artifact_plane.adapters.web.previews.images import MOST_PIXELS, pixels
from artifact_plane.adapters.web.previews.kinds import (
    DOWNLOAD_POLICY,
    EMBEDDED,
    Kind,
    frame_policy,
    kind_of,
    plain_type,
    readable,
)
from artifact_plane.adapters.web.previews.markdown import markdown_of
from artifact_plane.adapters.web.previews.tables import table_of
from artifact_plane.adapters.web.words import size
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson
from artifact_plane.ports.answers import Content

PART: Final = "/artifacts/{artifact_id:str}/parts/{name:str}"
_EMBEDDING: Final = frozenset({"iframe", "image", "embed", "object"})
"""What a browser says it fetches something for where a page of ours embeds it (``Sec-Fetch-Dest``)."""

_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
"""Bytes among which browsers look for that."""


@attrs.frozen(kw_only=True)
class Shown:
    """What a preview shows: its kind, the facts its template needs, why it shows less than all or something else, and
    why nothing."""

    kind: Kind
    facts: Mapping[str, object] = attrs.field(factory=dict)
    remark: str | None = None
    refusal: str | None = None


@get(PART, include_in_schema=False)
async def part_preview(request: HttpRequest, artifact_id: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A part as far as it can be shown."""
    asked = Asked.of(request)
    content = await _opened(request, artifact_id, name)
    head = await head_of(content)
    shown = await asyncio.to_thread(_shown, content, head, as_text=asked.text("as") == "text")
    return page(
        request,
        "part.html",
        frames=shown.kind in (Kind.FRAME, Kind.PDF),
        content=content,
        artifact=content.artifact,
        head=head,
        shown=shown,
        plain=asked.text("as") == "text",
        readable=readable(kind_of(content.part.media_type)) and kind_of(content.part.media_type) is not Kind.TEXT,
        links=links_of(content.artifact, name),
    )


@get(f"{PART}/content", include_in_schema=False)
async def part_content(request: HttpRequest, artifact_id: FromPath[str], name: FromPath[str]) -> HttpAnswer:
    """The bytes for a preview to embed. Opened on its own, it is a download: nothing of it runs here (case X03)."""
    content = await _opened(request, artifact_id, name)
    kind = kind_of(content.part.media_type)
    if kind not in EMBEDDED or content.size > EMBEDDED[kind]:
        raise InvalidInput(
            "the browser is not given this to draw", where=f"part {name}", remedy="open its page, or download it"
        )
    embedded = request.headers.get("sec-fetch-dest") in _EMBEDDING
    return await _sent(content, inline=embedded, policy=frame_policy(kind))


@get(f"{PART}/download", include_in_schema=False)
async def part_download(request: HttpRequest, artifact_id: FromPath[str], name: FromPath[str]) -> HttpAnswer:
    """The bytes as a file."""
    return await _sent(await _opened(request, artifact_id, name), inline=False, policy=DOWNLOAD_POLICY)


def links_of(artifact: Artifact, name: str) -> dict[str, str]:
    """The addresses of a part's pages, at this version of the artifact."""
    base = f"/artifacts/{artifact.artifact_id}/parts/{name}"
    version = [("version", artifact.version)]
    return {
        "preview": address(base, version),
        "text": address(base, [*version, ("as", "text")]),
        "content": address(f"{base}/content", version),
        "download": address(f"{base}/download", version),
    }


async def _opened(request: HttpRequest, artifact_id: str, name: str) -> Content:
    version = Asked.of(request).number("version", 1, 2**31)
    plane = service_of(request).application.plane
    return await plane.open_content(artifact_id, caller_of(request).tenant_id, name, version=version)


async def _sent(content: Content, *, inline: bool, policy: str) -> HttpAnswer:
    name = file_name(content.artifact, content.part)
    headers = {
        "content-disposition": disposition(INLINE if inline else ATTACHMENT, name),
        "content-security-policy": policy,
        "x-dns-prefetch-control": "off",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "cache-control": "private, no-store",
    }
    piece = Piece(source=content.source, size=content.size)
    return await download(piece, status=200, media_type=content.part.media_type, headers=headers)


def _shown(content: Content, head: Head, *, as_text: bool) -> Shown:
    kind = kind_of(content.part.media_type)
    if kind in EMBEDDED and not (as_text and readable(kind)):
        return _embedded(kind, content, head)
    if as_text and readable(kind):
        return Shown(kind=Kind.TEXT, facts={"text": head.text})
    return _READERS.get(kind, _nothing)(content, head)


def _embedded(kind: Kind, content: Content, head: Head) -> Shown:
    if content.size > EMBEDDED[kind]:
        told = f"It is larger than the {size(EMBEDDED[kind])} that a preview draws."
        return Shown(kind=Kind.TEXT if readable(kind) else Kind.NOTHING, facts={"text": head.text}, refusal=told)
    if kind is Kind.PDF and _PDF not in head.data[:_PDF_WITHIN]:
        return Shown(kind=Kind.NOTHING, refusal="It does not begin as a PDF does.")
    if kind is not Kind.IMAGE:
        return Shown(kind=kind)
    found = pixels(head.data)
    if found is None:
        return Shown(kind=Kind.NOTHING, refusal="Its first bytes do not say how large the image is.")
    width, height = found
    if width * height > MOST_PIXELS:
        told = f"It has {width:,} × {height:,} pixels, more than the {MOST_PIXELS:,} that a preview draws."
        return Shown(kind=Kind.NOTHING, refusal=told)
    return Shown(kind=kind, facts={"width": width, "height": height})


def _json(content: Content, head: Head) -> Shown:
    if not head.whole:
        return _text(content, head)
    try:
        return Shown(kind=Kind.JSON, facts={"tree": tree_of(parse_json(head.data, what=content.part.name))})
    except InvalidJson as error:
        place = f" ({error.where})" if error.where else ""
        return attrs.evolve(_text(content, head), remark=f"It cannot be read as JSON: {error.message}{place}.")


def _table(content: Content, head: Head) -> Shown:
    found = table_of(head, tabs=plain_type(content.part.media_type) == "text/tab-separated-values")
    if found is None:
        remark = "It cannot be read as a table." if head.data else None
        return attrs.evolve(_text(content, head), remark=remark)
    return Shown(kind=Kind.TABLE, facts={"table": found})


def _markdown(content: Content, head: Head) -> Shown:
    if not head.text.strip():
        return _text(content, head)
    return Shown(kind=Kind.MARKDOWN, facts={"document": markdown_of(head.text)})


def _text(content: Content, head: Head) -> Shown:
    return Shown(kind=Kind.TEXT, facts={"text": head.text})


def _nothing(content: Content, head: Head) -> Shown:
    return Shown(kind=Kind.NOTHING, refusal="There is no preview for this media type.")


_READERS: Final = {Kind.JSON: _json, Kind.TABLE: _table, Kind.MARKDOWN: _markdown, Kind.TEXT: _text}
