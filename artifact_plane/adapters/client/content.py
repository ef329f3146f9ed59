"""The bytes of a part, read from the service: any range, as often as one likes, whole reads compared to the digest.

A connection that is cut is taken up again where it was, a few times; short bytes are never an answer.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import attrs
import httpx

from artifact_plane.adapters.client.conversation import Means, network_error
from artifact_plane.adapters.client.patience import Pauses
from artifact_plane.adapters.client.problems import error_of
from artifact_plane.domain.model.errors import Damaged, Unavailable
from artifact_plane.domain.model.rendering import ByteSource, Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER: Final = 128 * 1024


class Downloads:
    """Connections for readers, which block; opened when they are first needed."""

    def __init__(self, open_client: Callable[[], httpx.Client], means: Means, pause: Callable[[float], None]) -> None:
        """``pause`` blocks for so many seconds."""
        self._open: Final = open_client
        self._client: httpx.Client | None = None
        self._closed = False
        self._lock: Final = Lock()
        self.means: Final = means
        self.pause: Final = pause

    @property
    def client(self) -> httpx.Client:
        """The client of all readers. Raises RuntimeError once the application is closed."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the application is closed; read inside its `with` block")
            if self._client is None:
                self._client = self._open()
            return self._client

    def close(self) -> None:
        """End what is being read."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()


@attrs.frozen(kw_only=True, eq=False)
class RemoteSource(ByteSource):
    """A part's bytes at the service: ``length`` of them, with that ``digest``."""

    downloads: Downloads = attrs.field(repr=False)
    path: str
    length: int
    digest: Digest

    @property
    def size(self) -> int:
        return self.length

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        first, last, _ = slice(start, stop).indices(self.length)
        if last <= first:
            return io.BytesIO()
        return cast(BinaryIO, io.BufferedReader(_Reader(self, first, last), _BUFFER))


class _Reader(io.RawIOBase):
    """The bytes ``[position, stop)``, over as many connections as it takes."""

    def __init__(self, source: RemoteSource, position: int, stop: int) -> None:
        super().__init__()
        self._source: Final = source
        self._position = position
        self._stop: Final = stop
        self._response: httpx.Response | None = None
        self._pieces: Callable[[], bytes] = bytes
        self._left = memoryview(b"")
        self._pauses: Pauses | None = None  # of the failure at hand, where there is one

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Raises Unavailable where the service does not go on giving, Damaged where it gives something else."""
        if self._position >= self._stop:
            return 0
        while not self._left:
            self._advance()
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._left), self._stop - self._position)
        room[:count] = self._left[:count]
        self._left = self._left[count:]
        self._position += count
        return count

    def close(self) -> None:
        if not self.closed:
            self._let_go()
        super().close()

    def _advance(self) -> None:
        """More bytes; where the connection ends before they do, over another one."""
        try:
            if self._response is None:
                self._begin()
            self._left = memoryview(self._pieces())
            if not self._left:
                raise Unavailable("the service ended before the content did", where=self._source.path)
            self._pauses = None
        except Unavailable as error:
            self._let_go()
            downloads = self._source.downloads
            self._pauses = self._pauses or downloads.means.pauses()
            downloads.pause(self._pauses.after(error))

    def _begin(self) -> None:
        client = self._source.downloads.client
        headers = {"if-range": f'"{self._source.digest}"'}
        if self._position or self._stop < self._source.length:
            headers["range"] = f"bytes={self._position}-{self._stop - 1}"
        request = client.build_request("GET", self._source.path, headers=headers)
        try:
            self._response = client.send(request, stream=True)
            if self._response.status_code >= 300:
                raise error_of(self._response, self._response.read())
        except httpx.HTTPError as error:
            raise network_error(error, client.base_url) from error
        self._check(self._response, ranged="range" in headers)
        self._pieces = self._reading(self._response)

    def _check(self, response: httpx.Response, *, ranged: bool) -> None:
        """Whether it answers what was asked: of the same content, from the same byte on."""
        same = response.headers.get("etag") == f'"{self._source.digest}"'
        begins = response.headers.get("content-range", "").startswith(f"bytes {self._position}-")
        if not same or (response.status_code == 206) is not ranged or (ranged and not begins):
            raise Damaged(
                f"the service gives other bytes than those of {self._source.digest}",
                where=self._source.path,
                remedy="ask for the content anew; where it is drawn, the renderer may draw something else now",
            )

    def _reading(self, response: httpx.Response) -> Callable[[], bytes]:
        pieces, place = response.iter_raw(), self._source.downloads.client.base_url

        def following() -> bytes:
            try:
                return next(pieces, b"")
            except httpx.HTTPError as error:
                raise network_error(error, place) from error

        return following

    def _let_go(self) -> None:
        response, self._response = self._response, None
        self._left = memoryview(b"")
        if response is not None:
            with suppress(httpx.HTTPError):
                response.close()
