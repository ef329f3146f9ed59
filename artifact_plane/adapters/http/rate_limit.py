"""What one caller may take of what there is for all: so many requests a second, and so many in work at once.

For the first each has a bucket of tokens, refilled as time passes; for the second, its requests are counted.
"""

from __future__ import annotations

import ipaddress
import math
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import attrs

from artifact_plane.adapters.http.problems import RequestProblem

MOST_BUCKETS: Final = 10_000
"""How many are remembered; the one unused for longest gives way, and counts as full when it comes back."""

_V6_NETWORK: Final = 64
"""Bits of an IPv6 address that tell one customer from another: the rest is theirs to vary."""


@attrs.define
class _Bucket:
    tokens: float
    at: datetime


class Buckets:
    """So many tokens a second for each key, and at most ``burst`` saved up."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate: Final = rate
        self._burst: Final = burst
        self._buckets: Final[OrderedDict[str, _Bucket]] = OrderedDict()

    def take(self, key: str, now: datetime) -> int:
        """Take one token; 0 where there was one, else in how many seconds (at least 1) there will be."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        passed = max((now - bucket.at).total_seconds(), 0.0)  # a clock that was set back gives nothing
        bucket.tokens = min(bucket.tokens + passed * self._rate, self._burst)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(math.ceil((1 - bucket.tokens) / self._rate), 1)


class Shares:
    """How many requests of each key are in work, and how many may be."""

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._in_work: Final = Counter[str]()

    @contextmanager
    def of(self, key: str) -> Iterator[bool]:
        """Whether there is room for one more request of this key; if so, it counts for the length of the context."""
        if self._in_work[key] >= self._most:
            yield False
            return
        self._in_work[key] += 1
        try:
            yield True
        finally:
            self._in_work[key] -= 1
            if not self._in_work[key]:
                del self._in_work[key]


def neighbourhood(address: str) -> str:
    """What a client cannot vary of its address; only the connection's own counts, no header (case T13)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or ipaddress.ip_network((parsed, _V6_NETWORK), strict=False))


def too_many(seconds: int, where: str) -> RequestProblem:
    """The refusal of one request too many."""
    return RequestProblem(
        429,
        "too_many_requests",
        "too many requests in too short a time",
        where=where,
        remedy=f"wait {seconds} s and go on slower",
        headers={"retry-after": str(seconds)},
    )


def too_many_at_once(most: int) -> RequestProblem:
    """The refusal of one request too many at the same time."""
    return RequestProblem(
        429,
        "too_many_at_once",
        f"{most} requests of this credential are in work, as many as may be",
        where="requests of this credential",
        remedy="wait for one of them to end, or have the limit raised in the service's settings",
        headers={"retry-after": "1"},
    )
