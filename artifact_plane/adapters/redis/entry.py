"""What stands under an entry's name: a line that says what the value is, and the value.

::

    artifact-plane/1 <digest> <expires, microseconds since 1970> <session>\\n<value>
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from artifact_plane.domain.model.rendering import Digest

HEADER_BYTES: Final = 512
"""No header is longer."""

_FORM: Final = "artifact-plane/1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Header:
    """What is known about a value before its bytes are looked at. ``expires`` is in microseconds since 1970."""

    digest: Digest
    expires: int
    session_id: str

    def line(self) -> bytes:
        """As it is written before the value."""
        return f"{_FORM} {self.digest} {self.expires} {self.session_id}\n".encode()


def microseconds(time: datetime) -> int:
    """Since 1970."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def read(data: bytes) -> tuple[Header, int] | None:
    """The header that ``data`` begins with and where the value begins; None where it is none of ours."""
    end = data.find(b"\n", 0, HEADER_BYTES)
    fields = data[: max(end, 0)].decode("ascii", "replace").split(" ")
    if len(fields) != 4 or fields[0] != _FORM or not (fields[2].isascii() and fields[2].isdigit()):
        return None
    return Header(digest=Digest(fields[1]), expires=int(fields[2]), session_id=fields[3]), end + 1
