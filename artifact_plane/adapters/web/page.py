"""How a page is made: a template, the facts it shows, and the headers that every page has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.response import Stream
from markupsafe import Markup

from artifact_plane.adapters.http.callers import HttpRequest, csrf_of, facts_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web import words
from artifact_plane.adapters.web.assets import asset_address
from artifact_plane.domain.model.credential import Scope

HTML: Final = "text/html"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_FRAMES: Final = "; frame-src 'self'"
_MAIN: Final = "<main"
_PART: Final = 32 * 1024
_HEADERS: Final = {
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def page(
    request: HttpRequest,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    frames: bool = False,
    **facts: object,
) -> Response[bytes]:
    """The page that ``template`` makes of ``facts``; ``frames`` where it shows a preview in a frame."""
    return Response(
        content=page_text(request, template, **facts).encode(),
        status_code=status,
        media_type=HTML,
        headers=page_headers(frames=frames, more=headers),
    )


def page_as_it_comes(request: HttpRequest, template: str, **facts: object) -> Stream:
    """The same, sent while it is made: what stands above the main part need not wait for it."""

    async def parts() -> AsyncIterator[bytes]:
        for part in page_parts(request, template, **facts):
            yield part.encode()

    return Stream(parts, media_type=HTML, headers=page_headers())


def page_parts(request: HttpRequest, template: str, **facts: object) -> Iterator[str]:
    """The page in parts: the first ends where its main part begins. Facts that are iterators are asked in turn."""
    gathered, size, most = [], 0, 0
    for piece in _ENVIRONMENT.get_template(template).generate(**_frame(request), **facts):
        gathered.append(piece)
        size += len(piece)
        if size >= most and (most or _MAIN in piece):
            yield "".join(gathered)
            gathered, size, most = [], 0, _PART
    yield "".join(gathered)


def page_headers(*, frames: bool = False, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers that every page has."""
    return {**_HEADERS, "content-security-policy": _POLICY + _FRAMES if frames else _POLICY, **(more or {})}


def page_text(request: HttpRequest, template: str, **facts: object) -> str:
    """The page as text, without an answer round it."""
    return _ENVIRONMENT.get_template(template).render(**_frame(request), **facts)


def _frame(request: HttpRequest) -> dict[str, object]:
    """What the frame of every page shows: where it is, who looks at it, and what they may do."""
    known = facts_of(request.scope)
    return {
        "path": request.url.path,
        "caller": known.caller,
        "may": known.caller.may if known.caller is not None else _nothing,
        "csrf": csrf_of(request),
        "when": _Clock(service_of(request).clock.now()),
        "request_id": known.request_id,
    }


def _nothing(scope: Scope) -> bool:
    return False


@attrs.frozen
class _Clock:
    """Writes a moment as a ``time`` element: relative to read, exact for machines and on hover."""

    now: datetime

    def __call__(self, at: datetime) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(), words.exactly(at), words.relatively(at, self.now)
        )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("artifact_plane.adapters.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=asset_address, Scope=Scope, words=words)
    environment.filters.update(size=words.size, sentence=words.sentence)
    return environment


_ENVIRONMENT: Final = _environment()
