"""Answers: JSON, written once, with the headers that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import orjson
from litestar import Response

from artifact_plane.domain.model.json import Json

JSON: Final = "application/json"
HttpAnswer: TypeAlias = Response[bytes]


def answer(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON document."""
    return written(orjson.dumps(value), status, headers)


def written(data: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON document that is written already."""
    return Response(content=data, status_code=status, media_type=JSON, headers=dict(headers or {}))


def empty(status: int, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An answer without a body: 204, 304."""
    return Response(content=b"", status_code=status, headers=dict(headers or {}))
