"""A large payload on its way up: one long request that streams it, taken up again where it broke.

Pieces in requests of their own, as the client library would send them, cost a round trip each and their size in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import attrs
import requests

from artifact_plane.adapters.gcs.errors import SessionLost, Troubled, checked
from artifact_plane.adapters.gcs.patience import Patience

_PERSISTED: Final = re.compile(r"bytes=0-([0-9]+)")
_INCOMPLETE: Final = 308

Blocks = Callable[[int], Iterator[bytes]]
"""The bytes of a payload from any place on."""


@attrs.frozen(kw_only=True)
class Transfer:
    """An upload that has begun at ``url``, of ``size`` bytes, which are not none."""

    session: requests.Session
    url: str
    size: int
    blocks: Blocks

    def run(self, patience: Patience) -> requests.Response:
        """Send everything; the reply that says what was stored.

        Raises:
            Overtaken: the precondition that it began with does not hold at its end.
            SessionLost: the bucket does not know it any more.
            Unavailable: as ever; whatever ``blocks`` raises passes through.
        """
        began: list[bool] = []

        def attempt() -> requests.Response:
            start = 0
            if began:
                answer = self._put(b"", f"bytes */{self.size}", patience)
                if answer.status_code != _INCOMPLETE:
                    return answer  # it was all there, and only the reply was lost
                start = _persisted(answer)
            began.append(True)
            return self._sent(start, patience)

        return patience.run(attempt)

    def _sent(self, start: int, patience: Patience) -> requests.Response:
        if start >= self.size:
            raise SessionLost
        body = _Streamed(lambda: patience.watched(self.blocks(start)), self.size - start)
        answer = self._put(body, f"bytes {start}-{self.size - 1}/{self.size}", patience)
        if answer.status_code == _INCOMPLETE:
            raise Troubled("the bucket took only a part of the payload", None)
        return answer

    def _put(self, body: bytes | _Streamed, content_range: str, patience: Patience) -> requests.Response:
        headers = {"Content-Range": content_range, "Content-Type": "application/octet-stream"}
        return checked(
            self.session.put(self.url, data=body, headers=headers, timeout=patience.waits, allow_redirects=False)
        )


def _persisted(answer: requests.Response) -> int:
    """How many bytes the bucket has."""
    found = _PERSISTED.fullmatch(answer.headers.get("Range", ""))
    return int(found[1]) + 1 if found else 0


@attrs.frozen
class _Streamed:
    """A body of known length whose blocks are made as they are sent, anew each time that it is sent."""

    _blocks: Callable[[], Iterator[bytes]]
    _length: int

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks()

    def __len__(self) -> int:
        return self._length
