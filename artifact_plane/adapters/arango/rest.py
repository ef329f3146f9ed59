"""Leave a server that is away alone for a moment, so that questions about it end at once and do not queue up."""

from __future__ import annotations

import threading
import time
from typing import Final

from arango.exceptions import ArangoServerError
from requests.exceptions import Timeout

from artifact_plane.adapters.arango.errors import unreachable
from artifact_plane.domain.model.errors import ArtifactPlaneError


class Rest:
    """After a call that nobody answered, no other is made for ``seconds``; then one is, and the others wait for what
    becomes of it. An error that the server itself reports is an answer."""

    def __init__(self, seconds: float, where: str) -> None:
        self._seconds: Final = seconds
        self._where: Final = where
        self._guard: Final = threading.Lock()
        self._until: float | None = None
        self._trying = False

    def check(self, *, calling: bool) -> bool:
        """Go on, or say that the server is away; ``calling`` where the call comes next. Whether that call tries the
        server out, for all: then ``tried`` has to be called after it, whatever becomes of it.

        Raises:
            Unavailable: it was away a moment ago, or is being tried out.
        """
        with self._guard:
            if self._until is None:
                return False
            if self._trying or time.monotonic() < self._until:
                raise unreachable(self._where)
            self._trying = calling
            return calling

    def tried(self) -> None:
        """The call that tried the server out has ended, well or not."""
        with self._guard:
            self._trying = False

    def answered(self) -> None:
        """The server is up."""
        with self._guard:
            self._until = None

    def failed(self, error: ArtifactPlaneError) -> None:
        """Take notice of how a question failed."""
        if isinstance(error.__cause__, ConnectionAbortedError | Timeout):
            with self._guard:
                self._until = time.monotonic() + self._seconds
        elif isinstance(error.__cause__, ArangoServerError):
            self.answered()
