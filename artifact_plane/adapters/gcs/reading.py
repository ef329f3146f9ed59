"""Reading payloads: one stream from the bucket, taken up again where it broke, checked for length and checksum."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import requests
import urllib3.exceptions
from urllib3.response import HTTPResponse

from artifact_plane.adapters.gcs.checksums import Crc32c
from artifact_plane.adapters.gcs.errors import WHERE, Missing, Troubled
from artifact_plane.adapters.gcs.library import Bucket, Kept
from artifact_plane.adapters.gcs.patience import Patience
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import ByteSource, Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER: Final = 256 * 1024


def not_found(digest: Digest) -> NotFound:
    """The error for what is not there, or not this tenant's."""
    return NotFound(
        f"there is no payload {printable(digest, 80)}", remedy="it was dropped, or never kept; ask for another"
    )


class BucketSource(ByteSource):
    """A byte source over one generation of an object.

    If that generation is gone when it is read, because the payload was put anew, equal bytes are read on. Readers
    raise NotFound if there is none any more, Damaged where bytes do not match the object's checksum (on reads from
    beginning to end), Unavailable if the bucket fails.
    """

    def __init__(self, bucket: Bucket, digest: Digest, kept: Kept, patience: Callable[[int], Patience]) -> None:
        """``patience`` makes the patience for so many bytes."""
        self._bucket: Final = bucket
        self._digest: Final = digest
        self._kept = kept
        self._patience: Final = patience

    def __repr__(self) -> str:
        return f"<payload {self._digest}>"

    @property
    def size(self) -> int:
        return self._kept.size

    @property
    def crc32c(self) -> str:
        """The checksum that the bucket keeps for the whole."""
        return self._kept.crc32c

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        first, end, _ = slice(start, stop).indices(self.size)
        patience = self._patience(max(0, end - first))
        return cast(BinaryIO, io.BufferedReader(_Window(self, patience, first, end), _BUFFER))

    def response(self, start: int, stop: int, patience: Patience) -> requests.Response:
        """The reply that streams the bytes ``[start, stop)``; not tried again."""
        try:
            response = self._bucket.open(self._kept, start, stop, patience)
        except Missing:
            self._kept = self._another(patience)
            response = self._bucket.open(self._kept, start, stop, patience)
        try:
            _check(response, self._kept, start, stop)
        except ArtifactPlaneError:
            response.close()
            raise
        return response

    def _another(self, patience: Patience) -> Kept:
        """What lies under the name now, if it is the same."""
        try:
            kept = self._bucket.look(self._kept.name, patience)
        except Missing as error:
            raise not_found(self._digest) from error
        if (kept.size, kept.crc32c) != (self._kept.size, self._kept.crc32c):
            raise damaged("the stored payload was replaced by something else while it was read")
        return kept


class _Window(io.RawIOBase):
    """The bytes ``[position, stop)`` as they come in; owns the reply they come from."""

    def __init__(self, source: BucketSource, patience: Patience, start: int, stop: int) -> None:
        super().__init__()
        self._source: Final = source
        self._patience: Final = patience
        self._position = start
        self._stop: Final = stop
        self._response: requests.Response | None = None
        self._crc: Final = Crc32c() if (start, stop) == (0, source.size) else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        wanted = min(len(room), self._stop - self._position)
        if wanted <= 0:
            return 0
        piece = self._patience.run(lambda: self._piece(wanted))
        self._position += len(piece)
        self._compare(piece)
        room[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        pieces = []
        room = bytearray(_BUFFER)
        while count := self.readinto(room):
            pieces.append(bytes(room[:count]))
        return b"".join(pieces)

    def close(self) -> None:
        super().close()
        self._let_go()

    def _piece(self, wanted: int) -> bytes:
        """Some of the bytes that are next; after a failure the next try begins where this one broke off."""
        try:
            if self._response is None:
                self._response = self._source.response(self._position, self._stop, self._patience)
            piece = cast(HTTPResponse, self._response.raw).read1(wanted, decode_content=False)
            if not piece:
                raise Troubled("the bucket's answer ended too early", None)
        except (ArtifactPlaneError, requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            self._let_go()
            raise
        return piece

    def _let_go(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def _compare(self, piece: bytes) -> None:
        """Take the last piece of a whole for damaged, rather than give it, when the checksum does not match."""
        if self._crc is None:
            return
        self._crc.update(piece)
        if self._position == self._stop and self._crc.text() != self._source.crc32c:
            raise damaged("the bytes that came from the bucket do not match their checksum (crc32c)")


def _check(response: requests.Response, kept: Kept, start: int, stop: int) -> None:
    """Raise if the reply says by itself that it is not what was asked for."""
    said = response.headers
    ranged = start > 0 or stop < kept.size
    if response.status_code != (206 if ranged else 200) or said.get("Content-Length") != str(stop - start):
        raise Troubled("the bucket's answer is not as long as the payload", None)
    if ranged and not said.get("Content-Range", "").startswith(f"bytes {start}-{stop - 1}/"):
        raise Troubled("the bucket's answer is another range than the one asked for", None)
    if said.get("x-goog-generation", str(kept.generation)) != str(kept.generation):
        raise Troubled("the bucket's answer is of another generation than the one asked for", None)
    checksums = dict(one.strip().partition("=")[::2] for one in said.get("x-goog-hash", "").split(","))
    if checksums.get("crc32c", kept.crc32c) != kept.crc32c:
        raise damaged("the bucket answered with another checksum (crc32c) than it had recorded")


def damaged(message: str) -> Damaged:
    """The error for bytes that are not what they should be."""
    return Damaged(
        message,
        where=WHERE,
        remedy="read it again; if it lasts, restore it from a backup, or store the same content again, which mends it",
    )
