"""The server: uvicorn on a socket of ours, with the bounds that it does not have of itself.

Stopping is orderly: at the first signal no more connections are taken, what is in work has ``stop_seconds`` to end, and
what is left is cancelled. A second signal ends the process at once; nothing that was acknowledged depends on an
orderly end.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from types import FrameType
from typing import ClassVar, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from artifact_plane.adapters.http.front import ALWAYS, UNLESS_SET, Front
from artifact_plane.adapters.http.logs import forward_server_log, logger_of
from artifact_plane.adapters.http.problems import MEDIA_TYPE, RequestProblem, problem_bytes, problem_of
from artifact_plane.adapters.http.service import Service
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from artifact_plane.ports.clock import IdSource

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_BACKLOG: Final = 512
_SOON: Final = 0.1
"""Seconds between two looks at a reader at least."""
_LAST_SECONDS: Final = 2.0
"""How long what was cancelled has to let go of what it holds."""


class PunctualProtocol(H11Protocol):
    """A connection that neither side may hold up.

    A request's head must come within ``head_seconds`` of its first byte; a connection that was just opened counts as
    having sent one, for there is nothing else it could be for. Of all the time that a reader keeps us waiting it has
    ``send_seconds``, and a second more for every ``send_rate`` bytes that it takes meanwhile; then it is cut off.

    What no route can be asked, for it is no request or does not come, is answered here, as a problem like any other.
    """

    head_seconds: ClassVar[float] = 10.0
    send_seconds: ClassVar[float] = 60.0
    send_rate: ClassVar[int] = 4 * 1024
    ids: ClassVar[IdSource]
    log_format: ClassVar[str] = "none"
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _unsent = 0
    _since = 0.0
    _waited = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on while a head is not whole; a body has bounds of its own."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._end_wait()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._end_wait()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client takes less than there is: see that it goes on taking."""
        super().pause_writing()
        self._unsent, self._since = self.transport.get_write_buffer_size(), self.loop.time()
        self._look_later()

    def resume_writing(self) -> None:
        """It has taken enough."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
            self._settle()
        super().resume_writing()

    def _look_later(self) -> None:
        self._stalled = self.loop.call_later(max(self.send_seconds - self._waited, _SOON), self._look_again)

    def _look_again(self) -> None:
        self._settle()
        if self._waited < self.send_seconds:
            self._look_later()
        else:
            self._stalled = None
            self.transport.abort()

    def _settle(self) -> None:
        """Count the time since the last look as waited, but for that which the bytes taken meanwhile are worth."""
        unsent, now = self.transport.get_write_buffer_size(), self.loop.time()
        waited = self._waited + now - self._since - (self._unsent - unsent) / self.send_rate
        self._waited = max(waited, 0.0)  # nobody saves up for later by being quick
        self._unsent, self._since = unsent, now

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade that is not offered is passed over (RFC 9110, section 7.8), and nobody needs advice about it."""

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self._refuse(408, "request_timeout", "the request did not come in time", "send it without long pauses")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        remedy = "let a library write the request: its head, its lengths and its chunks"
        self._refuse(400, "invalid_http", "this is no HTTP request that can be read", remedy)

    def _refuse(self, status: int, code: str, detail: str, remedy: str) -> None:
        """Answer with a problem and close; where an answer is on its way already, only close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            request_id = self.ids.new_id()
            problem = RequestProblem(status, code, detail, where="the request", remedy=remedy)
            body = problem_bytes(problem_of(problem, request_id))
            told = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "x-request-id": request_id}
            own = [(name.encode(), value.encode()) for name, value in told.items()]
            headers = [*own, (b"connection", b"close"), *ALWAYS, *UNLESS_SET]
            for event in (
                h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase.encode()),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
            logger_of(self.log_format).info("no request", status=status, request_id=request_id)
        self.transport.close()


class StoppableServer(uvicorn.Server):
    """Ends in order at the first signal, and at once at the second."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping: Final = stopping
        self._loop: Final = asyncio.get_running_loop()

    def stop(self) -> None:
        """End in order; from any thread or signal handler."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def serve_until_signal(self, bound: socket.socket, ready: Callable[[], None] | None = None) -> None:
        """Serve on a socket until a signal, or ``stop``, ends it.

        ``ready`` is called when a signal would end it in good order, and not before: whoever is told that it serves may
        end it at once.
        """
        # Not uvicorn's own way: it raises the signal again at the end, and an orderly end is no death by signal.
        before = {one: signal.signal(one, self.handle_exit) for one in _SIGNALS}
        try:
            if ready is not None:
                ready()
            await self.serve_here(bound)
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def serve_here(self, bound: socket.socket) -> None:
        """Serve on a socket until ``stop`` ends it; signals are somebody else's."""
        await self._serve([bound])
        left = set(self.server_state.tasks)  # uvicorn has cancelled them, and does not wait
        if left:
            await asyncio.wait(left, timeout=_LAST_SECONDS)
        for connection in list(self.server_state.connections):  # those that do not take what was sent to them
            connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Answer a signal."""
        if self.should_exit:
            os._exit(128 + sig)
        self.stop()


def bind(settings: HttpSettings) -> socket.socket:
    """A socket on the address of the settings.

    Raises:
        InvalidInput: there is no such address on this machine, or the port is in use or not allowed.
    """
    place = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with _closed_on_error(socket.socket(family, kind, protocol)) as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(_BACKLOG)
            bound.setblocking(False)
            return bound
    except (OSError, UnicodeError) as error:  # a name that is none is not even asked about
        raise InvalidInput(
            _trouble(error),
            where=place,
            remedy="give another port with --port, or --port 0 for a free one",
        ) from error


def _trouble(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "there is no such address"
    if error.errno == errno.EADDRINUSE:
        return "another program listens there already"
    return f"it cannot listen there: {error.strerror}"


@contextmanager
def _closed_on_error(bound: socket.socket) -> Iterator[socket.socket]:
    try:
        yield bound
    except OSError:
        bound.close()
        raise


def server_of(front: Front, service: Service) -> StoppableServer:
    """The server, ready to ``serve(sockets=[…])``."""
    settings = service.settings
    forward_server_log(settings.log_format)
    bounds = {
        "head_seconds": float(settings.header_seconds),
        "send_seconds": float(settings.send_seconds),
        "send_rate": settings.body_rate,
        "ids": service.ids,
        "log_format": settings.log_format,
    }
    protocol = type("Protocol", (PunctualProtocol,), bounds)
    config = uvicorn.Config(
        front,
        http=protocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        forwarded_allow_ips="",
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.stop_seconds,
        h11_max_incomplete_event_size=settings.header_bytes,
    )
    server = StoppableServer(config, service.stopping)
    front.counts(lambda: len(server.server_state.connections))  # uvicorn's own refusal is no problem document
    return server


def allow_connections(count: int) -> None:
    """Let this process have so many connections open, beside what else it has.

    Raises:
        Unavailable: the system's hard limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 256
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return
    if hard not in (resource.RLIM_INFINITY,) and hard < wanted:
        raise Unavailable(
            f"this process may have {hard} files open, and {count} connections need {wanted}",
            where="the setting 'connections' of [http]",
            remedy="lower it, or raise the limit (`ulimit -n`)",
            retryable=False,
        )
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
