"""Answers: JSON, written once, with the headers that go with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import orjson
from litestar import Response

from artifact_plane.domain.model.json import Json

T = TypeVar("T")
JSON: Final = "application/json"
MANY: Final = 200
HttpAnswer: TypeAlias = Response[bytes]


def answer(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON document."""
    return written(orjson.dumps(value), status, headers)


async def answer_of_many(
    items: Sequence[T], view: Callable[[Sequence[T]], Json], headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """A JSON document about many things; from ``MANY`` on it is written off the event loop."""
    if len(items) < MANY:
        return answer(view(items), headers=headers)
    return await asyncio.to_thread(lambda: answer(view(items), headers=headers))


def written(data: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON document that is written already."""
    return Response(content=data, status_code=status, media_type=JSON, headers=dict(headers or {}))


def empty(status: int, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An answer without a body: 204, 304."""
    return Response(content=b"", status_code=status, headers=dict(headers or {}))
