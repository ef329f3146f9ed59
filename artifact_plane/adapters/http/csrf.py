"""The token that goes with a browser's session, as a script or a form sends it.

A script sends it as a header. A form sends it as its first field: the guard looks for it at the beginning of the body,
before any route reads the form, so that no route can forget it. It never stands in an address, which a browser keeps
in its history and servers write into their logs.
"""

from __future__ import annotations

import hmac
import re
from collections import deque
from typing import Final

from litestar.types import HTTPReceiveMessage, HTTPScope, Receive

from artifact_plane.adapters.http.callers import facts_of

HEADER: Final = b"x-csrf-token"
FIELD: Final = "csrf"

_BEGINNING: Final = 512
"""Bytes of a body in which the field must have ended."""

_FORM: Final = re.compile(
    rb"(?:csrf=|--[^\r\n]{1,70}\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n)([0-9a-f]{64})(?:&|\r\n|\Z)",
    re.IGNORECASE,
)


async def proven(scope: HTTPScope, receive: Receive) -> Receive | None:
    """What the route receives the body from, none of it lost; None where the token is missing or not this session's.

    Raises:
        RequestProblem: 408, 413 as the body's beginning comes in.
    """
    header = dict(scope["headers"]).get(HEADER)
    if header is not None:
        return receive if _is_of_session(scope, header) else None
    messages = await _beginning(receive)
    field = _FORM.match(b"".join(map(_bytes, messages)))
    return _replayed(messages, receive) if field and _is_of_session(scope, field[1]) else None


def _is_of_session(scope: HTTPScope, given: bytes) -> bool:
    known = facts_of(scope).csrf
    return known is not None and hmac.compare_digest(given, known.encode())


async def _beginning(receive: Receive) -> deque[HTTPReceiveMessage]:
    messages: deque[HTTPReceiveMessage] = deque()
    size, more = 0, True
    while more and size < _BEGINNING:
        message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]  # of HTTP, for the scope is
        messages.append(message)
        size += len(_bytes(message))
        more = bool(message.get("more_body", False))
    return messages


def _bytes(message: HTTPReceiveMessage) -> bytes:
    return message.get("body", b"") if message["type"] == "http.request" else b""


def _replayed(messages: deque[HTTPReceiveMessage], receive: Receive) -> Receive:
    async def again() -> HTTPReceiveMessage:
        return messages.popleft() if messages else await receive()  # type: ignore[return-value]

    return again
