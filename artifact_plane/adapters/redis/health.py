"""How Redis is: asked for by whoever looks after a deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import attrs
from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError, ResponseError

from artifact_plane.adapters.redis.circuit import GuardedRedis
from artifact_plane.adapters.redis.connection import FAULTS

OLDEST: Final = (7, 0)
"""The oldest version that knows all commands that are used (PEXPIRE with NX and GT)."""


@attrs.frozen(kw_only=True)
class RedisHealth:
    """What Redis says of itself. ``version`` is as in ``Valkey 9.1.2``; sizes are bytes, 0 for no bound.

    ``problems`` says what keeps the working memory from working, ``advice`` what could be better; each a sentence.
    """

    reachable: bool
    version: str | None = None
    maxmemory: int | None = None
    eviction: str | None = None
    problems: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


async def health_of(redis: GuardedRedis) -> RedisHealth:
    """Ask Redis now; it takes no right but that to INFO."""
    try:
        info = await redis.info()
    except FAULTS as error:
        return RedisHealth(reachable=isinstance(error, ResponseError), problems=(_reason(error),))
    eviction = str(info["maxmemory_policy"]) if "maxmemory_policy" in info else None
    maxmemory = info.get("maxmemory")
    health = RedisHealth(
        reachable=True,
        version=_version(info),
        maxmemory=maxmemory if isinstance(maxmemory, int) else None,
        eviction=eviction,
    )
    return attrs.evolve(health, problems=tuple(_problems(info)), advice=tuple(_advice(health)))


def _version(info: Mapping[str, object]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info['redis_version']}"


def _problems(info: Mapping[str, object]) -> Iterator[str]:
    numbers = tuple(map(int, re.findall(r"\d+", str(info["redis_version"]))[:2]))
    if numbers < OLDEST:
        yield f"it is older than {OLDEST[0]}.{OLDEST[1]} and keeps nothing for us: use Redis 7 or Valkey"
    if info.get("role") == "slave":
        yield "it is a read-only replica: give the address of the primary"
    if info.get("loading") == 1:
        yield "it is still loading its data: wait"


def _advice(health: RedisHealth) -> Iterator[str]:
    if health.maxmemory == 0:
        yield "its memory has no bound: set maxmemory"
    if health.eviction == "noeviction":
        yield "when it is full it keeps nothing new: set maxmemory-policy, volatile-ttl fits best"


def _reason(error: Exception) -> str:
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return _AWAY


_AWAY: Final = "it does not answer in time, or not as Redis does: check its address, and whether it runs"
_REASONS: Final = (
    (AuthenticationError, "it refuses the user or the password: check the address in the settings"),
    (NoPermissionError, "our user may not call INFO, so nothing is known about it: allow +info"),
    (BusyLoadingError, "it is still loading its data: wait"),
    (ResponseError, "it refuses to say how it is: check the rights of our user"),
)
