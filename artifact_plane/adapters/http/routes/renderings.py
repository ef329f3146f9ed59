"""The bytes of a part: whole, one range, or their headers alone."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.http.answers import HttpAnswer, empty
from artifact_plane.adapters.http.dispositions import ATTACHMENT, INLINE, SAFE_INLINE, disposition, file_name
from artifact_plane.adapters.http.downloads import Piece, download
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.parameters import choice
from artifact_plane.adapters.http.preconditions import check_current, content_tag, not_modified, still_the_same
from artifact_plane.adapters.http.ranges import span_of
from artifact_plane.adapters.http.routes.artifacts import VERSION
from artifact_plane.domain.model.artifact import Part
from artifact_plane.ports.answers import Content

DISPOSITION: Final = choice(
    "disposition", "`inline` shows it in a browser, where its type is safe.", (ATTACHMENT, INLINE), ATTACHMENT
)

DRAWN: Final = "artifact-plane-drawn"
NOTICE: Final = "artifact-plane-notice"
DIGEST: Final = "artifact-plane-digest"
COMPARED: Final = "artifact-plane-compared"

_CONTENT_POLICY: Final = "default-src 'none'; sandbox"


async def get(call: Call) -> HttpAnswer:
    """``GET …/renderings/{name}``; for HEAD nothing is read, and a range means nothing."""
    artifact_id, name, head = call.identifier("artifact_id"), call.name("name"), call.request.method == "HEAD"
    content = await call.application.plane.open_content(
        artifact_id, call.tenant_id, name, version=call.query.get(VERSION)
    )
    tag, headers = content_tag(content.digest), headers_of(content, call.query.get(DISPOSITION))
    check_current(call.header("if-match"), tag)
    if not_modified(call.header("if-none-match"), tag):
        return empty(304, {"etag": tag, "cache-control": headers["cache-control"]})
    span, settings = None, call.service.settings
    if not head and still_the_same(call.header("if-range"), tag):
        span = span_of(call.header("range"), content.size, settings.ranges)
    piece = Piece(source=content.source, size=content.size, span=span, compared_bytes=settings.compared_bytes)
    if span is not None:
        headers |= {"content-range": span.content_range(content.size), COMPARED: "true" if piece.compared else "false"}
    return await download(
        piece, status=200 if span is None else 206, media_type=media_type_of(content.part), headers=headers, head=head
    )


def headers_of(content: Content, wanted: str) -> dict[str, str]:
    """The headers of a part's bytes: nothing in a browser runs them, and they say whether they were drawn just now."""
    inline = wanted == INLINE and media_type_of(content.part).partition(";")[0].strip().lower() in SAFE_INLINE
    headers = {
        "etag": content_tag(content.digest),
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": disposition(INLINE if inline else ATTACHMENT, file_name(content.artifact, content.part)),
        "content-security-policy": _CONTENT_POLICY,
        DIGEST: content.digest,
        DRAWN: "true" if content.drawn else "false",
    }
    return headers if content.notice is None else headers | {NOTICE: _plain(content.notice)}


def media_type_of(part: Part) -> str:
    """The part's media type; text is UTF-8 where it does not say otherwise."""
    kind = part.media_type
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and ";" not in kind else kind


def _plain(text: str) -> str:
    """Text as a header can carry it."""
    return "".join(one if " " <= one <= "~" else "?" for one in text)
