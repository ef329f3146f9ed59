"""A server that holds its replies back: what it was asked is given up, and holds no thread for longer."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from artifact_plane.adapters.arango import schema
from artifact_plane.adapters.arango.database import ArangoDatabase
from artifact_plane.adapters.arango.settings import ArangoSettings
from tests.adapters.arango.ending import SOON, retryable

_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n"


class HangingServer:
    """Answers nothing; or, where it ``drips``, begins a reply to each request and gives a byte of it at a time."""

    def __init__(self, *, drips: bool) -> None:
        self._drips: Final = drips
        self._ended: Final = threading.Event()
        self._listening: Final = socket.create_server(("127.0.0.1", 0))
        self._threads: Final = [threading.Thread(target=self._accept)]
        self.url: Final = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests = 0
        """How many requests have come in."""

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, for as long as the context lasts."""
        self._threads[0].start()
        try:
            yield self.url
        finally:
            self._ended.set()
            self._listening.shutdown(socket.SHUT_RDWR)
            for thread in self._threads:
                thread.join()
            self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
                self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            self.requests += 1
            connection.sendall(_HEAD if self._drips else b"")
            while not self._ended.wait(0.02):
                connection.sendall(b" " if self._drips else b"")


async def test_a_reply_that_drips_is_given_up_and_holds_no_thread() -> None:
    """Each byte is in time, and all of them never are; the only thread is free for the next, and closing ends."""
    with HangingServer(drips=True).serving() as url:
        settings = ArangoSettings(
            urls=(url,), database="plane", threads=1, call_seconds=0.3, connect_seconds=0.3, rest_seconds=0.0
        )
        database = ArangoDatabase(settings)
        for _ in range(2):
            assert "in time" in str(await retryable(database.ask(schema.version)))
        async with asyncio.timeout(SOON):
            await database.close()


async def test_logins_that_hang_do_not_queue_up() -> None:
    """One thread logs in for all; those that waited for it log in no more when nobody waits for them."""
    server = HangingServer(drips=False)
    with server.serving() as url:
        settings = ArangoSettings(
            urls=(url,), database="plane", login="jwt", threads=6, call_seconds=1.0, answer_seconds=0.2
        )
        database = ArangoDatabase(settings)
        await asyncio.gather(*(retryable(database.ask(schema.version)) for _ in range(6)))
        await database.close()
    assert server.requests < 6
