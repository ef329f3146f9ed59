"""Sends a page while it is made: its first part goes out with the status, the others as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final, cast

from litestar import Response
from litestar.types import HTTPScope, Receive, Scope, Send

_HTML: Final = "text/html; charset=utf-8"


class PageInParts(Response[bytes]):
    """A page as an answer, 200: whatever could make it another was asked before.

    The first part is made before anything is sent, so that a page that cannot be begun is a problem like any other.
    """

    def __init__(self, parts: AsyncGenerator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(content=b"", status_code=200, media_type=_HTML, headers=dict(headers))
        self._parts = parts

    def to_asgi_response(self, *_: object, **__: object) -> _Sending:  # type: ignore[override]
        """What the server calls. A stream of the framework's starts a group of tasks before its first byte."""
        return _Sending(self._parts, {"content-type": _HTML, **self.headers})


class _Sending:
    """Sends it, as an ASGI application."""

    def __init__(self, parts: AsyncGenerator[bytes], headers: Mapping[str, object]) -> None:
        self._parts: Final = parts
        self._headers: Final = [(name.encode(), str(value).encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            first = await anext(parts)
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            if cast(HTTPScope, scope)["method"] != "HEAD":
                async for part in parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
