"""A request's body and its answer, each with its bounds: in size, and in how long the other side may let us wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from litestar.types import HTTPReceiveMessage, Message, Receive, Send, WebSocketReceiveMessage

from artifact_plane.adapters.http.gate import too_large
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.settings import HttpSettings

_LINGER_SECONDS: Final = 1.0
"""Less than a stopping server has for its last words (``server``)."""
_LINGER_BYTES: Final = 64 * 1024 * 1024
_ERROR: Final = 400
Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


class BoundedBody:
    """Receives a body.

    Only time spent waiting for the client counts. It may keep us waiting ``body_seconds``, and a second more for every
    ``body_rate`` bytes it has sent: neither a drip nor a stall gets further (case J08).
    """

    def __init__(self, receive: Receive, settings: HttpSettings, *, invited: bool = True) -> None:
        """``invited`` is false where the client waits to be told to send (``Expect: 100-continue``)."""
        self._receive: Final = receive
        self._invited = invited
        self._settings: Final = settings
        self._patience = float(settings.body_seconds)
        self._received = 0
        self._waited = 0.0
        self._complete = False

    async def __call__(self) -> HTTPReceiveMessage:
        """The next message.

        Raises:
            RequestProblem: 408, 413.
        """
        if self._complete:  # from here on it is only told when the client goes away
            return await self._receive()  # type: ignore[return-value]  # of HTTP, for the scope is
        self._invited = True
        message = await self._in_time()
        self._note(message)
        if self._received > self._settings.upload_bytes:
            raise too_large(self._settings.upload_bytes)
        return message

    def hurry(self, seconds: float) -> None:
        """Wait no longer than that for a body that keeps us waiting from its beginning."""
        self._patience = min(self._patience, seconds)

    async def discard(self) -> None:
        """Take what the client is still sending and throw it away, for a little while.

        A connection that is closed while bytes come in is reset, and takes with it the answer that says why.
        """
        seen = self._received
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._invited and not self._complete and self._received - seen < _LINGER_BYTES:
                    self._note(await self._receive())

    def _note(self, message: HTTPReceiveMessage | WebSocketReceiveMessage) -> None:
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        else:
            self._complete = True

    async def _in_time(self) -> HTTPReceiveMessage:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        patience = self._patience + self._received / self._settings.body_rate - self._waited
        try:
            async with asyncio.timeout(patience):
                return await self._receive()  # type: ignore[return-value]
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self._waited += loop.time() - begun


class Answer:
    """Sends an answer with the headers that every answer has, and knows what became of it."""

    def __init__(
        self,
        send: Send,
        body: BoundedBody,
        headers: Headers,
        defaults: Headers,
        *,
        head: bool = False,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """``headers`` are always added, ``defaults`` where the answer has none of that name.

        ``body`` is the request's, of which an error is told only when no more of it is on its way. To ``head`` the
        answer ends with its headers: whoever streams on is told that nobody is there, as when a client goes. ``leave``
        gives up what the request holds: nothing of it is held while a refused body is on its way.
        """
        self._send: Final = send
        self._body: Final = body
        self._headers: Final = headers
        self._defaults: Final = defaults
        self._head: Final = head
        self._leave: Final = leave
        self.status = 0
        self.sent = 0

    @property
    def begun(self) -> bool:
        """Whether the status is on its way, so that no other answer can be given."""
        return self.status != 0

    async def __call__(self, message: Message) -> None:
        """Send the next message; who takes nothing for too long is cut off by the server."""
        if self._head and self.begun:
            return
        if message["type"] == "http.response.start":
            if message["status"] >= _ERROR:
                self._leave()
                await self._body.discard()
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            added = [pair for pair in self._defaults if pair[0] not in given]
            message["headers"] = [*message["headers"], *self._headers, *added]
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)
        if self._head:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif message["type"] == "http.response.body" and message.get("more_body"):
            # To a client that has gone the server sends nothing, without waiting and without a word: give whoever
            # listens for its going a turn, or an answer without end would hold the event loop for ever.
            await asyncio.sleep(0)


def _too_slow() -> RequestProblem:
    return RequestProblem(
        408,
        "request_timeout",
        "the body did not come in time",
        where="body",
        remedy="send it without long pauses",
        closes=True,
    )
