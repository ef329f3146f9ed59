"""Where somebody wanted to go who has to sign in first.

A cookie remembers it for a little while, so that a pasted token and a link lead there alike. No address names it:
nobody can make up a link that sends people elsewhere once they have signed in. What the cookie says is judged all the
same, for another service of this host could have set it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from litestar.datastructures import Cookie
from litestar.types import HTTPScope

from artifact_plane.adapters.http.authentication import cookie_value
from artifact_plane.adapters.http.service import Service

LOGIN: Final = "/login"
_SECONDS: Final = 600
_LONGEST: Final = 2_000
_HERE: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of this service with its query, in visible ASCII; ``//host`` and ``/\\host`` lead a browser elsewhere."""


def remembering(scope: HTTPScope, service: Service) -> list[Cookie]:
    """The cookie that remembers what was asked for; none for what is no page, as an event stream."""
    headers = dict(scope["headers"])
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    asked = (scope["raw_path"] + query).decode("latin-1")
    page = b"text/html" in headers.get(b"accept", b"") and headers.get(b"sec-fetch-dest", b"document") == b"document"
    return [_cookie(service, quote(asked, safe=""), _SECONDS)] if page and _is_here(asked) else []


def wanted(scope: HTTPScope, service: Service) -> str | None:
    """What is remembered; None where that is nothing, or no page of this service."""
    kept = unquote(cookie_value(scope, _name(service)) or "")
    return kept if _is_here(kept) else None


def forgetting(scope: HTTPScope, service: Service) -> list[Cookie]:
    """What makes the browser forget it, where it remembers something."""
    return [] if cookie_value(scope, _name(service)) is None else [_cookie(service, "", 0)]


def _is_here(asked: str) -> bool:
    return len(asked) <= _LONGEST and _HERE.fullmatch(asked) is not None and not asked.startswith(LOGIN)


def _name(service: Service) -> str:
    return f"ap_wanted_{service.port}"


def _cookie(service: Service, value: str, seconds: int) -> Cookie:
    """Only the page for signing in is sent it."""
    return Cookie(
        key=_name(service),
        value=value,
        max_age=seconds,
        path=LOGIN,
        httponly=True,
        samesite="lax",
        secure=service.settings.scheme == "https",
    )
