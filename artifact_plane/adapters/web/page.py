"""How a page is made: a template, the facts it shows, and the headers that every page has."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup, escape

from artifact_plane.adapters.http.callers import HttpRequest, csrf_of, facts_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web import words
from artifact_plane.adapters.web.advice import Advice
from artifact_plane.adapters.web.assets import asset_address
from artifact_plane.adapters.web.sending import PageInParts
from artifact_plane.domain.model.credential import Scope

_HTML: Final = "text/html"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_FRAMES: Final = "; frame-src 'self'"
_MAIN: Final = "<main"
_MOMENT: Final = re.compile(r"(?:\bat )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00)")
"""A moment as errors write it."""

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
        media_type=_HTML,
        headers=page_headers(frames=frames, more=headers),
    )


def page_as_it_comes(request: HttpRequest, template: str, **facts: object) -> PageInParts:
    """The same, sent while it is made: what stands above the main part need not wait for it."""

    async def parts() -> AsyncGenerator[bytes]:
        for part in page_parts(request, template, **facts):
            yield part.encode()

    return PageInParts(parts(), page_headers())


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
        "method": request.method,
        "caller": known.caller,
        "may": known.caller.may if known.caller is not None else _nothing,
        "csrf": csrf_of(request),
        "when": _Clock(service_of(request).clock.now()),
        "advised": Advice.on(request.scope.get("path_params") or {}),
        "request_id": known.request_id,
    }


def _nothing(scope: Scope) -> bool:
    return False


@attrs.frozen
class _Clock:
    """Writes a moment as a ``time`` element: relative to read, exact for machines and on hover."""

    now: datetime

    def within(self, text: str) -> Markup:
        """A text, each moment that it names told in the same way."""
        pieces = _MOMENT.split(text)
        told = [
            self(datetime.fromisoformat(piece)) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
        ]
        return Markup().join(told)

    def __call__(self, at: datetime) -> Markup:
        told = f'<time datetime="{at.isoformat()}" title="{words.exactly(at)}">{words.relatively(at, self.now)}</time>'
        return Markup(told)  # noqa: S704 - digits and words of ours: a long list escapes nothing in vain


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("artifact_plane.adapters.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they are part of the package: nobody looks for each page whether they have changed
    )
    environment.globals.update(asset=asset_address, Scope=Scope, words=words)
    environment.filters.update(size=words.size, sentence=words.sentence)
    return environment


_ENVIRONMENT: Final = _environment()
