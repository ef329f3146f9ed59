"""How long an entry lives, and how its indices know of it for as long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from artifact_plane.adapters.redis.connection import Command
from artifact_plane.adapters.redis.entry import microseconds

_MILLISECOND: Final = timedelta(milliseconds=1)


@attrs.frozen(kw_only=True)
class Lifetime:
    """From ``now`` to ``expires_at``, which is later.

    Redis is told how long, not until when: its clock may differ from ours.
    """

    now: datetime
    expires_at: datetime

    @property
    def milliseconds(self) -> int:
        """How long, rounded up."""
        return -((self.now - self.expires_at) // _MILLISECOND)

    def listing(self, index: str, member: str) -> tuple[Command, ...]:
        """Put ``member`` into ``index``, drop those that have expired; the index lives as long as its longest."""
        return (
            ("ZREMRANGEBYSCORE", index, "-inf", microseconds(self.now) // 1_000),
            ("ZADD", index, microseconds(self.expires_at) // 1_000 + 1, member),
            ("PEXPIRE", index, self.milliseconds, "NX"),
            ("PEXPIRE", index, self.milliseconds, "GT"),
        )
