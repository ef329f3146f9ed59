"""The load generator: raw sockets that stay open, in a process of its own, so that it is not what is measured.

It knows as much of HTTP as these servers' answers need. Started by ``apart``.
"""

from __future__ import annotations

import re
import selectors
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import orjson

_HOST: Final = "127.0.0.1"
_CHUNK: Final = 1 << 20
_PATIENCE: Final = 30.0
_END_OF_HEAD: Final = b"\r\n\r\n"
_END_OF_CHUNKS: Final = b"0\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
BROKEN: Final = "broken"
NO_HOST: Final = "Host: -"


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Keep requests for the generator."""
    path.write_bytes(orjson.dumps([one.decode() for one in requests]))


async def send_all(port: int, requests: str, connections: int) -> dict[str, float]:
    """Send every request once; the seconds that took, and how many answers had each status."""
    sending = _read(requests, port)
    return _Load(port, iter(sending), len(sending), connections).run()


async def send_for(port: int, requests: str, connections: int, seconds: int) -> dict[str, float]:
    """Send the requests again and again for so many seconds."""
    return _Load(port, cycle(_read(requests, port)), None, connections, seconds=seconds).run()


async def first_bytes(port: int, requests: str, count: int) -> dict[str, float]:
    """The median seconds from a request to its answer's first byte, to the first of its body, and to its end."""
    with _connected(port) as connection:
        timed = [_timed(connection, one) for one in islice(cycle(_read(requests, port)), count)]
    head, body, end = (median(column) for column in zip(*timed, strict=True))
    return {"head": head, "body": body, "end": end}


async def download(port: int, requests: str, times: int, size: int) -> dict[str, float]:
    """Bytes a second at which the one request is answered, so many times over at once; all of ``size`` must come."""
    (request,) = _read(requests, port)
    began = perf_counter()
    with selectors.DefaultSelector() as selector:
        left = {}
        for _ in range(times):
            connection = _connected(port)
            connection.sendall(request)
            left[connection] = _past_head(connection, size)
            selector.register(connection, selectors.EVENT_READ)
        _drain(selector, left)
    return {"rate": times * size / (perf_counter() - began)}


def _past_head(connection: socket.socket, size: int) -> int:
    """Read the head; how many bytes of the body are still to come."""
    data = b""
    while _END_OF_HEAD not in data:
        data += _some(connection)
    head, _, body = data.partition(_END_OF_HEAD)
    if _status(head) != "200" or _length(head + _END_OF_HEAD) != size:
        raise RuntimeError(f"another answer was expected: {head!r}")
    return size - len(body)


def _drain(selector: selectors.BaseSelector, left: dict[socket.socket, int]) -> None:
    buffer = bytearray(_CHUNK)
    while left:
        for key, _ in selector.select(_PATIENCE) or _silent():
            connection = key.fileobj
            if not isinstance(connection, socket.socket):
                raise TypeError("only sockets are waited for")
            got = connection.recv_into(buffer)
            if not got:
                raise RuntimeError(f"the answer broke off with {left[connection]} bytes left")
            left[connection] -= got
            if not left[connection]:
                selector.unregister(connection)
                del left[connection]
                connection.close()


def _silent() -> list[tuple[selectors.SelectorKey, int]]:
    raise TimeoutError("the server says nothing")


def _read(path: str, port: int) -> list[bytes]:
    host = f"Host: {_HOST}:{port}"
    return [one.replace(NO_HOST, host, 1).encode() for one in orjson.loads(Path(path).read_bytes())]


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection((_HOST, port), _PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(_CHUNK)
    if not data:
        raise RuntimeError("the connection was closed")
    return data


def _timed(connection: socket.socket, request: bytes) -> tuple[float, float, float]:
    began = perf_counter()
    connection.sendall(request)
    data = _some(connection)
    head = perf_counter() - began
    while not data.partition(_END_OF_HEAD)[2]:
        data += _some(connection)
    body = perf_counter() - began
    if _status(data) != "200":
        raise RuntimeError(f"another answer was expected: {data[:300]!r}")
    start = data.index(_END_OF_HEAD) + len(_END_OF_HEAD)
    length = _length(data[:start])
    while (not data.endswith(_END_OF_CHUNKS)) if length is None else len(data) < start + length:
        data += _some(connection)
    return head, body, perf_counter() - began


def _status(head: bytes) -> str:
    return head[9:12].decode()


def _length(head: bytes) -> int | None:
    found = _LENGTH.search(head)
    return int(found[1]) if found else None


class _Load:
    """Connections that ask one thing after the other, each as soon as it has its answer."""

    def __init__(
        self, port: int, requests: Iterator[bytes], count: int | None, connections: int, *, seconds: float = 0
    ) -> None:
        self._port: Final = port
        self._requests: Final = requests
        self._count: Final = count
        self._connections: Final = connections
        self._seconds: Final = seconds
        self._seen: Final[Counter[str]] = Counter()
        self._data: Final[dict[socket.socket, bytes]] = {}
        self._until = 0.0
        self._selector: Final = selectors.DefaultSelector()

    def run(self) -> dict[str, float]:
        """Do it; what was answered, and the seconds it took."""
        began = perf_counter()
        self._until = began + self._seconds
        with self._selector:
            for _ in range(self._connections):
                self._open()
            while self._data:
                for key, _ in self._selector.select(_PATIENCE) or self._given_up():
                    if isinstance(key.fileobj, socket.socket):
                        self._take(key.fileobj)
        return {**self._seen, "seconds": perf_counter() - began}

    def _open(self) -> None:
        """Open a connection and ask, where anything is left to ask."""
        request = self._next()
        if request is None:
            return
        try:
            connection = _connected(self._port)
            self._selector.register(connection, selectors.EVENT_READ)
            self._data[connection] = b""
            connection.sendall(request)
        except OSError:
            self._seen[BROKEN] += 1

    def _next(self) -> bytes | None:
        return next(self._requests, None) if self._count is not None or perf_counter() < self._until else None

    def _take(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self._seen[BROKEN] += 1
            self._close(connection)
            self._open()
            return
        self._data[connection] += data
        self._answered(connection, self._data[connection])

    def _answered(self, connection: socket.socket, data: bytes) -> None:
        """Go on to the next request where the answer is whole."""
        start = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        if start < len(_END_OF_HEAD) or len(data) < start + (_length(data[:start]) or 0):
            return
        self._seen[_status(data)] += 1
        if _CLOSES.search(data[:start]):
            self._close(connection)
            self._open()
            return
        request = self._next()
        if request is None:
            self._close(connection)
            return
        self._data[connection] = b""
        try:
            connection.sendall(request)
        except OSError:
            self._seen[BROKEN] += 1
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._data[connection]
        connection.close()

    def _given_up(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Nobody answers any more: what is open counts as broken."""
        for connection in tuple(self._data):
            self._seen[BROKEN] += 1
            self._close(connection)
        return []
