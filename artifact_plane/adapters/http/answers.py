"""Answers: JSON, written once, with the headers that go with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import orjson
from litestar import Response
from litestar.types import Receive, Scope, Send

from artifact_plane.domain.model.json import Json

JSON: Final = "application/json"
MANY: Final = 200
"""Things in a document from which on it is made and written off the event loop: a hop to a thread costs less."""

PIECE: Final = 64 * 1024
"""Bytes of a document that are on their way at a time."""

HttpAnswer: TypeAlias = Response[bytes]


def answer(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON document."""
    return written(orjson.dumps(value), status, headers)


async def answer_of_many(
    count: int, view: Callable[[], Json], status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """A JSON document about ``count`` things, of which there may be any number. See ``document_of_many``."""
    return written(await document_of_many(count, view), status, headers)


async def document_of_many(count: int, view: Callable[[], Json]) -> bytes:
    """The text of what ``view`` makes of ``count`` things; from ``MANY`` on that is not done on the event loop."""
    if count < MANY:
        return orjson.dumps(view())
    return await asyncio.to_thread(lambda: orjson.dumps(view()))


def written(
    data: bytes,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    done: Callable[[], None] | None = None,
) -> HttpAnswer:
    """A JSON document that is written already; ``done`` is called when it was sent, or nobody is there to take it."""
    kind = Response if done is None and len(data) <= PIECE else _Large
    made = kind(content=data, status_code=status, media_type=JSON, headers=dict(headers or {}))
    if isinstance(made, _Large):
        made.done = done
    return made


def empty(status: int, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An answer without a body: 204, 304."""
    return Response(content=b"", status_code=status, headers=dict(headers or {}))


class _Large(Response[bytes]):
    """An answer that is sent as fast as it is taken: no second copy of all of it waits to be sent."""

    done: Callable[[], None] | None = None

    def to_asgi_response(self, *_: object, **__: object) -> _InPieces:  # type: ignore[override]
        """What the server calls; neither the framework's cookies nor its headers are wanted here."""
        headers = {"content-type": JSON, "content-length": str(len(self.content)), **self.headers}
        return _InPieces(self.content, self.status_code or 200, headers, self.done)


class _InPieces:
    """Sends an answer piece by piece, as an ASGI application."""

    def __init__(
        self, data: bytes, status: int, headers: Mapping[str, object], done: Callable[[], None] | None
    ) -> None:
        self._data: Final = data
        self._status: Final = status
        self._headers: Final = [(name.encode(), str(value).encode("latin-1")) for name, value in headers.items()]
        self._done: Final = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
            for start in range(0, len(self._data), PIECE):
                stop = start + PIECE
                more = stop < len(self._data)
                await send({"type": "http.response.body", "body": self._data[start:stop], "more_body": more})
        finally:
            if self._done is not None:
                self._done()
