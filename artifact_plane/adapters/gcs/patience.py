"""Trying again: jittered pauses, what the bucket asks for in Retry-After, and one deadline for all of a call.

The time waited is real time. Only time spent on the bucket counts, not what a caller does between two reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import attrs
import stamina
from google.api_core.retry import Retry

from artifact_plane.adapters.gcs.errors import Troubled, out_of_time, translated
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.domain.model.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_SLOWEST: Final = 256 * 1024
"""Bytes a second: a payload is given so much more time."""


class Patience(Retry):
    """How long one call goes on trying; one call's own, used by one thread at a time.

    No try begins later than two thirds into ``seconds``; each is given ``try_s`` for its answer to begin and ``try_s``
    to end (see ``BoundedAdapter``), so that the whole stays within ``seconds``. As the client library takes it for its
    own retry policy, each request of an upload is tried again by itself.
    """

    def __init__(self, seconds: float, try_s: float, wanted: Callable[[], bool] = lambda: True) -> None:
        """``wanted`` says whether somebody still waits for the outcome: who does not is not tried for again."""
        super().__init__()
        self._seconds = self._left = seconds
        self._ends = 0.0
        self._wanted = wanted
        self._try_s = try_s
        self.failures = 0
        """How many tries have failed so far: after one, what the bucket says may be the echo of that try."""

    @property
    def waits(self) -> tuple[float, float]:
        """How long to wait for a connection (and for a request to go out), and for an answer."""
        return self._try_s, self._try_s

    def refill(self) -> None:
        """Begin anew: the next request is a call of its own."""
        self._left = self._seconds

    def __call__(self, func: Callable[P, T], on_error: Callable[[Exception], object] | None = None) -> Callable[P, T]:
        """``func`` with this patience: what the client library asks of a retry policy."""

        @wraps(func)
        def patient(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.run(lambda: func(*args, **kwargs))

        return patient

    def run(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, tried again while the bucket is in trouble.

        Raises:
            Overtaken, Missing, SessionLost, Unavailable: as ``translated`` says, when trying is over.
        """
        began = time.monotonic()
        self._ends = began + self._left
        try:
            if self._left <= 0:
                raise out_of_time()
            return self._tried(work, began)
        finally:
            self._left -= time.monotonic() - began

    def watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """``pieces`` that are sent within one try of ``run``, which ends when the time is over."""
        for piece in pieces:
            if time.monotonic() > self._ends:
                raise out_of_time()
            yield piece

    def _tried(self, work: Callable[[], T], began: float) -> T:
        try:
            with translated():
                return work()
        except Unavailable as error:
            first = error
        return self._again(work, first, began)

    def _again(self, work: Callable[[], T], first: Unavailable, began: float) -> T:
        failed = [first]
        longest_pause = min(5.0, self._left / 6)
        until = began + self._left * 2 / 3 - longest_pause  # it is looked at before a pause

        def attempt() -> T:
            if failed:
                raise failed.pop()  # the try that has been made already is the first one that counts
            with translated():
                return work()

        def backoff(error: Exception) -> bool | float:
            if not isinstance(error, Unavailable) or not error.retryable or not self._wanted():
                return False
            self.failures += 1
            pause = error.retry_after if isinstance(error, Troubled) else None
            if time.monotonic() + (pause or 0) > until:
                return False
            return pause or True

        caller = stamina.RetryingCaller(
            attempts=None,
            timeout=None,
            wait_initial=min(0.1, longest_pause),
            wait_max=longest_pause,
            wait_jitter=longest_pause / 5,
        )
        return caller(backoff, attempt)


@attrs.frozen
class Patiences:
    """Makes the patience of each call."""

    settings: GcsSettings

    def __call__(self, moved: int = 0, wanted: Callable[[], bool] = lambda: True) -> Patience:
        """For a call that moves so many bytes, as long as ``wanted`` says that somebody waits for it."""
        return Patience(self.settings.deadline_s + moved / _SLOWEST, self.settings.deadline_s / 6, wanted)

    def brief(self) -> Patience:
        """For a call that may as well not be made."""
        return Patience(self.settings.deadline_s / 6, self.settings.deadline_s / 36)
