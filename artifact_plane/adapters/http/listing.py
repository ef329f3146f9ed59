"""Pages of lists: bounded in number and in bytes, made off the event loop where they are long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import orjson

from artifact_plane.adapters.http.answers import MANY, HttpAnswer, written
from artifact_plane.adapters.http.links import next_page, paging
from artifact_plane.adapters.http.operations import Call
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.json import Json

T = TypeVar("T")
Page: TypeAlias = tuple[Sequence[T], str | None]
"""Things, and the cursor of what comes after them."""

_OWN_JSON: Final = MANY // 10
"""Things that as much may be told of as of an artifact's metadata."""


async def listed(
    call: Call,
    name: str,
    limit: int,
    page: Callable[[int], Awaitable[Page[T]]],
    view: Callable[[T], Json],
    weigh: Callable[[T], int],
) -> HttpAnswer:
    """The page of up to ``limit`` things that ``page`` gives, under ``name``, and how to go on.

    A page that would be too large is asked for again, as a shorter one: so its cursor is the one of its end.
    ``weigh`` says of how many things each tells.
    """
    while True:
        with paging():
            things, following = await page(limit)
        rows = await _rows(things, view, sum(map(weigh, things)), call.service.settings.page_bytes)
        if len(rows) == len(things):
            break
        limit = len(rows)
    data = b'{"%s":[%s],"next":%s}' % (name.encode(), b",".join(rows), orjson.dumps(following))
    return written(data, headers=next_page(call.request.url.path, call.query.given, following))


def weight_of(artifact: Artifact) -> int:
    """Of how much an artifact's record tells."""
    return 1 + len(artifact.parts) + (_OWN_JSON if artifact.metadata else 0)


async def _rows(things: Sequence[T], view: Callable[[T], Json], weight: int, most: int) -> list[bytes]:
    return _fitting(things, view, most) if weight < MANY else await asyncio.to_thread(_fitting, things, view, most)


def _fitting(things: Sequence[T], view: Callable[[T], Json], most: int) -> list[bytes]:
    """The texts of the things, from the first on, that ``most`` bytes hold: one at least, where there is any."""
    rows: list[bytes] = []
    left = most
    for thing in things:
        row = orjson.dumps(view(thing))
        left -= len(row)
        if rows and left < 0:
            break
        rows.append(row)
    return rows
