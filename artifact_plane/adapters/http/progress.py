"""Server-sent events: an execution's state each time it changes, until it has ended.

Each event's id is the execution's version, so that a client which lost its connection goes on where it was
(``Last-Event-ID``). Comments keep the connection open. A stream ends with the execution's end, with the service's, or
when the client or its credential goes. Where the execution cannot be looked at any more, the last event is the
``problem``, without an id: the log has it too, and whoever comes again goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from litestar import Response
from litestar.types import Receive, Scope, Send

from artifact_plane.adapters.http.answers import HttpAnswer, document_of_many
from artifact_plane.adapters.http.callers import Still, facts_of
from artifact_plane.adapters.http.operations import Call, tools_of
from artifact_plane.adapters.http.problems import RequestProblem, problem_bytes
from artifact_plane.adapters.http.run_views import execution_answer, parts_of
from artifact_plane.adapters.http.service import Service
from artifact_plane.adapters.http.troubles import noted
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.ports.answers import ExecutionResult

MEDIA_TYPE: Final = "text/event-stream"
LAST_EVENT: Final = "last-event-id"

_SHORTEST, _LONGEST = 0.05, 1.0
"""Seconds between two looks: close together while much happens, further apart the longer nothing does."""

TRUSTED: Final = 3.0
"""Seconds of looking for which a credential that was good is taken for good: who is shut out hears no more after it."""

_HEARTBEAT: Final = 15.0
_RETRY_MILLISECONDS: Final = 2_000

Look = Callable[[], Awaitable[ExecutionResult]]


def stream(call: Call, first: ExecutionResult, look: Look) -> HttpAnswer:
    """The answer that tells of ``first`` and of everything that ``look`` sees after it.

    Raises:
        RequestProblem: 503 where too many streams are open.
        InvalidInput: ``Last-Event-ID`` is none of ours.
    """
    check_streams(call.service)
    seen = last_event(call.header(LAST_EVENT))
    still = facts_of(call.request.scope).still
    return _Events(_told(first, look, seen, call.service.stopping, still), call.tools.streams)


def check_streams(service: Service) -> None:
    """Refuse one more stream where they would leave too little for everything else.

    Raises:
        RequestProblem: 503 where too many streams are open.
    """
    most = max(service.settings.requests // 2, 1)
    if len(tools_of(service).streams) >= most:
        raise RequestProblem(
            503,
            "too_many_streams",
            f"{most} event streams are open, half of the requests that may be in work",
            remedy="try again later, or ask for the execution from time to time",
            headers={"retry-after": "5"},
        )


def last_event(header: str | None) -> int:
    """The version that a client has seen; 0 for none. Raises InvalidInput."""
    if header is None:
        return 0
    if not (header.isascii() and header.isdigit() and len(header) <= 16):
        raise InvalidInput(
            "this is no id of an event", where="header Last-Event-ID", remedy="send the id of the last event, or none"
        )
    return int(header)


async def _told(
    first: ExecutionResult, look: Look, seen: int, stopping: asyncio.Event, still: Still
) -> AsyncIterator[bytes]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
    result, pause, quiet, trusted = first, _SHORTEST, 0.0, 0.0
    while True:
        if result.execution.version > seen:
            seen, pause, quiet = result.execution.version, _SHORTEST, 0.0
            yield await _event(result)
        if result.execution.state.final or await is_set(stopping, pause):
            return
        quiet, trusted, pause = quiet + pause, trusted + pause, min(pause * 1.5, _LONGEST)
        if trusted >= TRUSTED:
            trusted = 0.0
            if not await still():
                return
        if quiet >= _HEARTBEAT:
            quiet = 0.0
            yield b": still here\n\n"
        result = await look()


async def _event(result: ExecutionResult) -> bytes:
    data = await document_of_many(parts_of(result), lambda: execution_answer(result))
    return f"id: {result.execution.version}\nevent: {result.execution.state.value}\ndata: ".encode() + data + b"\n\n"


async def is_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set within that time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


class _Events(Response[bytes]):
    """A stream of events as an answer."""

    def __init__(self, events: AsyncIterator[bytes], streams: set[object]) -> None:
        super().__init__(content=b"", status_code=200, media_type=MEDIA_TYPE)
        self._told = events
        self._streams = streams

    def to_asgi_response(self, *_: object, **__: object) -> _Sending:  # type: ignore[override]
        """What the server calls."""
        return _Sending(self._told, self._streams, self.headers)


class _Sending:
    """Sends a stream of events, as an ASGI application."""

    def __init__(self, events: AsyncIterator[bytes], streams: set[object], headers: dict[str, object]) -> None:
        self._events: Final = events
        self._streams: Final = streams
        told = {"content-type": MEDIA_TYPE, "cache-control": "no-store", "x-accel-buffering": "no", **headers}
        self._headers: Final = [(name.encode(), str(value).encode("latin-1")) for name, value in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.add(self)
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
            if telling.done() and (error := telling.exception()) is not None:
                problem = problem_bytes(noted(scope, "stream cut", error))
                await _send(send, b"event: problem\ndata: " + problem + b"\n\n")
            if telling.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._streams.discard(self)
            leaving.cancel()
            telling.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        async for data in self._events:
            await _send(send, data)


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    """Waits until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
