"""How a page is made: a template, the facts it shows, and the headers that every page has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
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
    environment.filters["size"] = words.size
    return environment


_ENVIRONMENT: Final = _environment()
