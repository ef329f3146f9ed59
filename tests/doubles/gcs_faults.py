"""A proxy in front of a bucket that does what networks and busy servers do: refuse, drip, cut, flip, forget.

Which requests suffer is said by a pattern over ``METHOD target``; everything else passes through unchanged.
"""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import ClassVar, Final, TypeAlias
from urllib.parse import urlsplit

import attrs

from tests.doubles.loopback import Loopback

_RESET: Final = struct.pack("ii", 1, 0)
_OWN_HEADERS: Final = {"content-length", "transfer-encoding", "connection"}


@attrs.frozen(kw_only=True)
class Answer:
    """What the bucket answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = attrs.field(repr=False)

    def with_header(self, name: str, value: str) -> Answer:
        """The same with a header replaced."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return attrs.evolve(self, headers=(*kept, (name, value)))


@attrs.frozen(kw_only=True)
class Exchange:
    """One request that came in, and what can be done about it."""

    handler: _Handler
    body: bytes

    def forward(self, body: bytes | None = None) -> Answer:
        """Hand the request on and take the answer; ``body`` stands in for what came."""
        upstream = urlsplit(self.handler.proxy.upstream)
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=60)
        headers = {name: value for name, value in self.handler.headers.items() if name.lower() not in _OWN_HEADERS}
        try:
            connection.request(self.handler.command, self.handler.path, self.body if body is None else body, headers)
            response = connection.getresponse()
            said = tuple(pair for pair in response.getheaders() if pair[0].lower() not in _OWN_HEADERS)
            return Answer(status=response.status, headers=said, body=response.read())
        finally:
            connection.close()

    def forward_cut(self) -> None:
        """Hand on half of the request, and hang up on the bucket."""
        upstream = urlsplit(self.handler.proxy.upstream)
        with socket.create_connection((upstream.hostname or "", upstream.port or 80), timeout=60) as connection:
            lines = [f"{self.handler.command} {self.handler.path} HTTP/1.1", *str(self.handler.headers).splitlines()]
            connection.sendall("\r\n".join([*filter(None, lines), "", ""]).encode() + self.body[: len(self.body) // 2])

    def begin(self, answer: Answer, length: int | None = None) -> None:
        """Write the answer's status and headers; ``length`` is what it is said to have."""
        self.handler.send_response(answer.status)
        for name, value in answer.headers:
            self.handler.send_header(name, value.replace(self.handler.proxy.upstream, self.handler.proxy.endpoint))
        if answer.status != 204:
            self.handler.send_header("Content-Length", str(len(answer.body) if length is None else length))
        self.handler.end_headers()

    def reply(self, answer: Answer) -> None:
        """Write the whole answer."""
        self.begin(answer)
        self.write(answer.body)

    def write(self, data: bytes) -> None:
        """Write a piece of a body."""
        try:
            self.handler.wfile.write(data)
        except ConnectionError:  # the client has hung up
            self.handler.close_connection = True

    def hang_up(self, *, reset: bool = False) -> None:
        """End the connection, politely or by a reset."""
        self.handler.close_connection = True
        if reset:
            self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.handler.connection.close()


Fault: TypeAlias = Callable[[Exchange], None]


def refuse(status: int, retry_after: str | None = None) -> Fault:
    """Answer with an error; the bucket never hears of the request."""

    def fault(exchange: Exchange) -> None:
        headers = () if retry_after is None else (("Retry-After", retry_after),)
        exchange.reply(Answer(status=status, headers=headers, body=b"{}"))

    return fault


def reset(exchange: Exchange) -> None:
    """Reset the connection; the bucket never hears of the request."""
    exchange.hang_up(reset=True)


def cut_request(exchange: Exchange) -> None:
    """Half of the request reaches the bucket, then both connections break."""
    exchange.forward_cut()
    exchange.hang_up(reset=True)


def ack_lost(exchange: Exchange) -> None:
    """The bucket does what it was asked; its answer never arrives."""
    exchange.forward()
    exchange.hang_up(reset=True)


def reset_in_body(exchange: Exchange) -> None:
    """Half of the answer's body arrives, then the connection is reset."""
    answer = exchange.forward()
    exchange.begin(answer)
    exchange.write(answer.body[: len(answer.body) // 2])
    exchange.hang_up(reset=True)


def short_body(exchange: Exchange) -> None:
    """The body ends before its announced length, politely."""
    answer = exchange.forward()
    exchange.begin(answer)
    exchange.write(answer.body[: len(answer.body) // 2])
    exchange.hang_up()


def short_length(exchange: Exchange) -> None:
    """The body is cut, and so is its announced length."""
    answer = exchange.forward()
    exchange.reply(attrs.evolve(answer, body=answer.body[:-1]))


def flipped(exchange: Exchange) -> None:
    """One bit of the body is wrong."""
    answer = exchange.forward()
    body = bytearray(answer.body)
    body[len(body) // 2] ^= 1
    exchange.reply(attrs.evolve(answer, body=bytes(body)))


def flipped_request(exchange: Exchange) -> None:
    """One bit of what is sent to the bucket is wrong: the last of what a payload's request carries."""
    body = bytearray(exchange.body)
    end = body.rfind(b"\r\n--") if exchange.handler.command == "POST" else len(body)
    body[end - 1] ^= 1
    exchange.reply(exchange.forward(bytes(body)))


def header(name: str, value: str) -> Fault:
    """One header of the answer is another."""
    return lambda exchange: exchange.reply(exchange.forward().with_header(name, value))


def drip(pause: float, size: int = 1) -> Fault:
    """The body arrives a few bytes at a time, with pauses that no read timeout notices."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        exchange.begin(answer)
        for start in range(0, len(answer.body), size):
            if exchange.handler.close_connection:
                return
            exchange.write(answer.body[start : start + size])
            time.sleep(pause)

    return fault


def first(deed: Callable[[], object]) -> Fault:
    """Something else happens in the moment before the bucket hears of the request."""

    def fault(exchange: Exchange) -> None:
        deed()
        exchange.reply(exchange.forward())

    return fault


class Gate:
    """Where a request is held until somebody opens it; to be used as a deed of ``first``."""

    def __init__(self) -> None:
        self._reached: Final = threading.Event()
        self._open: Final = threading.Event()

    def __call__(self) -> None:
        self._reached.set()
        self._open.wait(30)

    def wait_for_somebody(self) -> None:
        """Wait until a request is held."""
        assert self._reached.wait(30)

    def open(self) -> None:
        """Let everything pass, now and from now on."""
        self._open.set()


@attrs.define(kw_only=True)
class _Planned:
    pattern: re.Pattern[str]
    fault: Fault
    times: int


class FaultyProxy(Loopback):
    """A proxy in front of ``upstream`` (``http://host:port``); use it as a context."""

    def __init__(self, upstream: str) -> None:
        super().__init__(type("Serving", (_Handler,), {"proxy": self}))
        self.upstream: Final = upstream
        self.seen: Final[list[tuple[float, str]]] = []
        """When what was asked, ``METHOD target``."""
        self._planned: Final[list[_Planned]] = []
        self._lock: Final = threading.Lock()

    def plan(self, pattern: str, fault: Fault, *, times: int = 1) -> None:
        """The next ``times`` requests that match suffer ``fault``; plans are carried out in their order."""
        self._planned.append(_Planned(pattern=re.compile(pattern), fault=fault, times=times))

    def heal(self) -> None:
        """Let everything pass again."""
        self._planned.clear()

    def count(self, pattern: str) -> int:
        """How many requests matched so far."""
        return sum(re.match(pattern, asked) is not None for _, asked in self.seen)

    def take(self, asked: str) -> Fault | None:
        """Note a request; what becomes of it."""
        with self._lock:
            self.seen.append((time.monotonic(), asked))
            for planned in self._planned:
                if planned.times and planned.pattern.match(asked):
                    planned.times -= 1
                    return planned.fault
            return None


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: ClassVar[FaultyProxy]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        exchange = Exchange(handler=self, body=self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        fault = self.proxy.take(f"{self.command} {self.path}")
        if fault is None:
            exchange.reply(exchange.forward())
        else:
            fault(exchange)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def finish(self) -> None:
        try:
            super().finish()
        except (ConnectionError, ValueError, OSError):  # it was reset on purpose
            self.close_connection = True
