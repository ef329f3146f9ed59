"""What there is to know of a Redis: whether it answers, its version, its role, and whether its memory is bounded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from redis.exceptions import AuthenticationError, BusyLoadingError, ResponseError

from artifact_plane.adapters.redis.connection import FAULTS, Client, connect, info
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.ports.health import Finding, doubtful, failed, found

OLDEST: Final = (7, 0)
"""The oldest version that knows all commands that are used (PEXPIRE with NX and GT)."""

_COMPONENT: Final = "redis"
_PATIENCE: Final = 3.0
_MIB: Final = 1 << 20


async def examine_redis(settings: RedisSettings) -> tuple[Finding, ...]:
    """Ask Redis, or any server of a cluster; our user needs the right to INFO for it.

    Raises:
        InvalidInput: the address is none of Redis.
    """
    client = connect(settings)
    try:
        async with asyncio.timeout(_PATIENCE):
            told = await info(client)
    except FAULTS as error:
        return (_trouble(error),)
    finally:
        await _close(client)
    return found(_COMPONENT, "reachable", "it answers"), _version(told), _role(told), *_memory(told)


async def _close(client: Client) -> None:
    with suppress(*FAULTS):
        async with asyncio.timeout(_PATIENCE):
            await client.aclose()


def _version(told: Mapping[str, object]) -> Finding:
    valkey = told.get("valkey_version")
    version = f"Redis {told['redis_version']}" if valkey is None else f"Valkey {valkey}"
    spoken = tuple(map(int, re.findall(r"\d+", str(told["redis_version"]))[:2]))
    if spoken < OLDEST:
        return failed(_COMPONENT, "version", f"{version} keeps nothing for us", "use Redis 7 or later, or Valkey")
    return found(_COMPONENT, "version", version)


def _role(told: Mapping[str, object]) -> Finding:
    if told.get("role") == "slave":
        return failed(_COMPONENT, "role", "a read-only replica", "give the address of the primary")
    return found(_COMPONENT, "role", "primary")


def _memory(told: Mapping[str, object]) -> tuple[Finding, Finding]:
    most, policy = told.get("maxmemory"), str(told.get("maxmemory_policy", "unknown"))
    if isinstance(most, int) and most > 0:
        bound = found(_COMPONENT, "maxmemory", f"{most / _MIB:.0f} MiB")
    else:
        bound = doubtful(_COMPONENT, "maxmemory", "its memory has no bound", "set maxmemory")
    if policy == "noeviction":
        remedy = "set maxmemory-policy; volatile-ttl fits best"
        return bound, doubtful(_COMPONENT, "eviction", "when it is full it keeps nothing new", remedy)
    return bound, found(_COMPONENT, "eviction", policy)


def _trouble(error: Exception) -> Finding:
    for kind, detail, remedy in _TROUBLES:
        if isinstance(error, kind):
            return failed(_COMPONENT, "reachable", f"{detail}; nothing is cached", remedy)
    return failed(_COMPONENT, "reachable", f"{_AWAY}; nothing is cached", "check its address, and whether it runs")


_AWAY: Final = "it does not answer in time, or not as Redis does"
_TROUBLES: Final = (
    (AuthenticationError, "it refuses the user or the password", "check the address in the settings"),
    (BusyLoadingError, "it is still loading its data", "wait"),
    (ResponseError, "it refuses to say how it is", "allow our user INFO: ACL SETUSER … +info"),
)
