"""crc32c, the checksum that the bucket keeps of each object."""

from __future__ import annotations

import base64
from typing import Final

import google_crc32c


class Crc32c:
    """A checksum in the making."""

    def __init__(self) -> None:
        self._crc: Final = google_crc32c.Checksum()  # type: ignore[no-untyped-call]

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._crc.update(data)  # type: ignore[no-untyped-call]

    def text(self) -> str:
        """As the bucket writes it: base64 of the big-endian bytes."""
        value: bytes = self._crc.digest()  # type: ignore[no-untyped-call]
        return base64.b64encode(value).decode("ascii")


def crc32c(data: bytes) -> str:
    """The checksum of ``data`` as the bucket writes it."""
    crc = Crc32c()
    crc.update(data)
    return crc.text()
