"""HTTP/1.1 on loopback with connections that stay open, for the stand-in; a thread a connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import attrs

from tests.doubles.servers import free_port


@attrs.frozen(kw_only=True)
class Received:
    """A request as it came in; the names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    text: str


@attrs.frozen(kw_only=True)
class Reply:
    """A reply; ``cut`` sends half of its body, ``lost`` nothing, and either ends the connection."""

    status: int
    text: str
    headers: Mapping[str, str] = attrs.field(factory=dict)
    cut: bool = False
    lost: bool = False


Answer = Callable[[Received], Reply]


class HttpServer:
    """Serves ``answer`` on a port of its own, the same again after a restart."""

    def __init__(self, answer: Answer) -> None:
        self._answer: Final = answer
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self.port = self.port or free_port()
        self._server = _Server(("127.0.0.1", self.port), self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """Break all connections and listen no more."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.break_connections()
        self._server.server_close()
        self._thread.join()
        self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], answer: Answer) -> None:
        self.answer: Final = answer
        self._sockets: Final[set[socket.socket]] = set()
        self._guard: Final = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._guard:
            self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        with self._guard:
            self._sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""

    def break_connections(self) -> None:
        """End every connection that is open."""
        with self._guard:
            for one in self._sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # its client was faster


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        """One request and its reply."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = int(self.headers.get("content-length") or 0)
        parts = urlsplit(self.path)
        received = Received(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            text=self.rfile.read(length).decode(),
        )
        self._send(self.server.answer(received))

    def _send(self, reply: Reply) -> None:
        if reply.lost:
            self.close_connection = True
            return
        body = reply.text.encode()
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json; charset=utf-8", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
        self.wfile.flush()
        self.close_connection = self.close_connection or reply.cut

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
