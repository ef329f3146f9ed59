"""What can be set about the working memory on Redis."""

from __future__ import annotations

from typing import Final

import attrs

_MIB: Final = 1024 * 1024


@attrs.frozen(kw_only=True)
class RedisSettings:
    """Where Redis is and how long it may take. Sizes are bytes, times milliseconds.

    * ``url``: ``redis://``, ``rediss://`` (TLS) or ``unix://``; it may hold a password, so it is never shown.
    * ``timeout_ms``: a call that takes longer is a miss.
    * ``pool``: the most connections to one server; more calls at once wait their turn.
    * ``cluster``: whether the server is part of a Redis Cluster.
    * ``largest_entry``: a larger value is not kept. One that cannot pass within ``timeout_ms`` would be a failed call
      each time, and three of them keep everybody from Redis: 2 MiB take 21 ms at 100 MB a second.
    * ``failures``: after so many failed calls in a row Redis is left alone; ``cool_down_ms``: for how long, before it
      is tried again.
    """

    url: str = attrs.field(repr=False, metadata={"example": "redis://localhost:6379"})
    timeout_ms: int = 50
    pool: int = 16
    cluster: bool = False
    largest_entry: int = 2 * _MIB
    failures: int = 3
    cool_down_ms: int = 1_000

    @property
    def seconds(self) -> float:
        """The time limit of a call, in seconds."""
        return self.timeout_ms / 1_000
