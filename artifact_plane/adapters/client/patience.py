"""How often a request is sent again: a few times, with pauses that grow and are not the same for everybody.

Not stamina's, as elsewhere: a service says itself when it wants to be asked again (``Retry-After``), and what a
library writes to a log on each try has no place in somebody else's program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import attrs

from artifact_plane.adapters.client.problems import TryLater
from artifact_plane.domain.model.errors import InvalidInput, Unavailable

_GROWTH: Final = 3.0


@attrs.frozen(kw_only=True)
class Patience:
    """At most ``tries`` tries, none begun later than ``deadline`` seconds after the first.

    Pauses begin at ``shortest`` seconds and grow up to ``longest``; each is cut by up to a half, at random.
    """

    tries: int = 5
    deadline: float = 60.0
    shortest: float = 0.1
    longest: float = 10.0

    def __attrs_post_init__(self) -> None:
        if self.tries < 1 or self.deadline < 0:
            raise InvalidInput(
                "there must be at least one try, and a deadline from 0 seconds on",
                where="the client's patience",
                remedy="give tries=1 to send each request once",
            )

    def pauses(self, now: Callable[[], datetime], chance: Callable[[], float]) -> Pauses:
        """The pauses of one request that begins now; ``chance`` is a number from 0 to 1."""
        return Pauses(self, now, chance)


class Pauses:
    """The pauses between the tries of one request."""

    def __init__(self, patience: Patience, now: Callable[[], datetime], chance: Callable[[], float]) -> None:
        self._patience: Final = patience
        self._now: Final = now
        self._chance: Final = chance
        self._begun: Final = now()
        self._lengths: Final = self._growing()

    def after(self, error: Unavailable) -> float:
        """The seconds to wait before the next try. Raises ``error`` where there is to be none."""
        length = next(self._lengths, None)
        if not error.retryable or length is None:
            raise error
        asked = error.seconds if isinstance(error, TryLater) else 0.0
        pause = max(asked, length * (1 - self._chance() / 2))
        if (self._now() - self._begun).total_seconds() + pause > self._patience.deadline:
            raise error
        return pause

    def _growing(self) -> Iterator[float]:
        length = self._patience.shortest
        for _ in range(self._patience.tries - 1):
            yield length
            length = min(length * _GROWTH, self._patience.longest)
