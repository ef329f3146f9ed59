"""The pages' own files: style sheet, script, icon. Read once; their addresses change when they do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import attrs
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.identity import printable

STATIC: Final = "/static/{name:str}"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


@attrs.frozen
class Asset:
    """One file: its bytes, and a mark that changes with them."""

    data: bytes
    mark: str


@cache
def asset(name: str) -> Asset:
    """The file of that name. Raises NotFound for any other name than those listed here."""
    if name not in MEDIA_TYPES:
        raise NotFound("there is no such file", where=f"static file {printable(name)}", remedy="see the page’s source")
    data = (files("artifact_plane.adapters.web") / "static" / name).read_bytes()
    return Asset(data, hashlib.sha256(data).hexdigest()[:12])


def asset_address(name: str) -> str:
    """Where a page finds the file, its mark included, so that it may be kept for ever."""
    return f"/static/{name}?v={asset(name).mark}"


@get(STATIC, include_in_schema=False)
async def static_file(name: FromPath[str], v: FromQuery[str] = "") -> Response[bytes]:
    """A file of the pages' own; it may be kept for ever under the address that the pages name."""
    found = asset(name)
    return Response(
        content=found.data,
        headers={
            "content-type": MEDIA_TYPES[name],
            "cache-control": _FOREVER if v == found.mark else "no-cache",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )
