"""How a part is previewed, by its media type; a preview never costs more than its bounds say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

FIRST: Final = 64 * 1024
"""Bytes of a text that a page shows."""

_MIB: Final = 1024 * 1024


class Kind(StrEnum):
    """What a preview looks like."""

    TEXT = "text"
    JSON = "json"
    TABLE = "table"
    MARKDOWN = "markdown"
    IMAGE = "image"
    PDF = "pdf"
    FRAME = "frame"
    """HTML and SVG: in a frame of their own that runs no scripts and loads nothing."""
    NOTHING = "nothing"


EMBEDDED: Final[Mapping[Kind, int]] = {Kind.IMAGE: 16 * _MIB, Kind.PDF: 64 * _MIB, Kind.FRAME: 4 * _MIB}
"""The kinds that the browser draws itself, and the most bytes that it is given to draw."""

_KINDS: Final = {
    "application/json": Kind.JSON,
    "application/ld+json": Kind.JSON,
    "text/csv": Kind.TABLE,
    "text/tab-separated-values": Kind.TABLE,
    "text/markdown": Kind.MARKDOWN,
    "image/png": Kind.IMAGE,
    "image/jpeg": Kind.IMAGE,
    "image/gif": Kind.IMAGE,
    "image/webp": Kind.IMAGE,
    "application/pdf": Kind.PDF,
    "text/html": Kind.FRAME,
    "application/xhtml+xml": Kind.FRAME,
    "image/svg+xml": Kind.FRAME,
    "application/xml": Kind.TEXT,
    "application/yaml": Kind.TEXT,
    "application/x-yaml": Kind.TEXT,
    "application/toml": Kind.TEXT,
    "application/javascript": Kind.TEXT,
    "application/sql": Kind.TEXT,
    "application/x-ndjson": Kind.TEXT,
}
_POLICIES: Final[Mapping[Kind, str]] = {
    Kind.IMAGE: "default-src 'none'; sandbox; frame-ancestors 'none'",
    # The browser's own viewer shows a PDF; it does not start inside a sandbox.
    Kind.PDF: "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
    Kind.FRAME: (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
}
DOWNLOAD_POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"


def plain_type(media_type: str) -> str:
    """The media type in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


def kind_of(media_type: str) -> Kind:
    """How contents of that media type are previewed."""
    plain = plain_type(media_type)
    found = _KINDS.get(plain)
    if found is not None:
        return found
    if plain.startswith("text/") or plain.endswith(("+xml", "+yaml")):
        return Kind.TEXT
    return Kind.JSON if plain.endswith("+json") else Kind.NOTHING


def frame_policy(kind: Kind) -> str:
    """The content security policy that contents of an embedded kind are sent with."""
    return _POLICIES.get(kind, DOWNLOAD_POLICY)


def readable(kind: Kind) -> bool:
    """Whether the bytes can be shown as text too."""
    return kind not in (Kind.IMAGE, Kind.PDF, Kind.NOTHING)
