"""Forgetting: finding entries by their indices, and owing what Redis could not be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.circuit import GuardedRedis
from artifact_plane.adapters.redis.connection import Command, Reply, refused
from artifact_plane.adapters.redis.entry import HEADER_BYTES, read
from artifact_plane.ports.working_memory import MemoryKey

Ask: TypeAlias = "Callable[[Sequence[Command]], Awaitable[tuple[Reply, ...] | None]]"

MOST_OWED: Final = 10_000
_AT_ONCE: Final = 500


class _Kind(Enum):
    ARTIFACT = "artifact"
    SESSION = "session"


@attrs.frozen
class _Whole:
    """What is forgotten together."""

    kind: _Kind
    tenant_id: str
    name: str


class Forgetting:
    """Drops the entries of artifacts and sessions.

    What cannot be dropped now is owed, and the circuit opens: nothing is asked for until the debt is paid. Of more than
    ``MOST_OWED`` the oldest are left to their time to live, as are those of a process that ends meanwhile.
    """

    def __init__(self, redis: GuardedRedis) -> None:
        self._redis: Final = redis
        self._owed: Final[dict[_Whole, None]] = {}

    async def artifact(self, tenant_id: str, artifact_id: str) -> None:
        """Drop all parts of all versions of an artifact."""
        await self._forget(_Whole(_Kind.ARTIFACT, tenant_id, artifact_id))

    async def session(self, tenant_id: str, session_id: str) -> None:
        """Drop what is kept for a session."""
        await self._forget(_Whole(_Kind.SESSION, tenant_id, session_id))

    async def pay(self) -> bool:
        """Drop what is owed; whether nothing is owed any more."""
        while self._owed:
            oldest = next(iter(self._owed))
            if not await _forgotten(oldest, self._redis.ask_past):
                return False
            self._owed.pop(oldest, None)
        return True

    async def _forget(self, whole: _Whole) -> None:
        if await _forgotten(whole, self._redis.ask):
            return
        if len(self._owed) >= MOST_OWED:
            del self._owed[next(iter(self._owed))]
        self._owed[whole] = None
        self._redis.trip()


async def _forgotten(whole: _Whole, ask: Ask) -> bool:
    """Drop it; whether that went well."""
    if whole.kind is _Kind.ARTIFACT:
        return await _drop(whole, keys.artifact_index(whole.tenant_id, whole.name), ask)
    return await _drop(whole, keys.session_index(whole.tenant_id, whole.name), ask)


async def _drop(whole: _Whole, index: str, ask: Ask) -> bool:
    """Drop what the index names, a batch at a time, and its name after it."""
    while True:
        members = await _members(index, ask)
        if not members:
            return members is not None
        own = await _own(whole, members, ask)
        if own is None:
            return False
        unlisted = [("ZREM", keys.artifact_index(key.tenant_id, key.artifact_id), keys.in_artifact(key)) for key in own]
        gone = [("UNLINK", keys.entry(key)) for key in own]
        replies = await ask([*gone, *unlisted, ("ZREM", index, *members)])
        if replies is None or any(map(refused, replies)):
            return False
        if len(members) < _AT_ONCE:
            return True


async def _members(index: str, ask: Ask) -> tuple[bytes, ...] | None:
    """The first of those that the index names; None where Redis does not say."""
    replies = await ask([("ZRANGE", index, 0, _AT_ONCE - 1)])
    if replies is None:
        return None
    (members,) = replies
    if refused(members):
        return () if "WRONGTYPE" in str(members) else None
    return tuple(member for member in members if isinstance(member, bytes)) if isinstance(members, list) else None


async def _own(whole: _Whole, members: Sequence[bytes], ask: Ask) -> list[MemoryKey] | None:
    """The entries to drop: of a session, those that have not been kept for another since; None where it is unknown."""
    if whole.kind is _Kind.ARTIFACT:
        named = [keys.of_artifact(whole.tenant_id, whole.name, member) for member in members]
        return [key for key in named if key is not None]
    listed = [key for member in members if (key := keys.of_session(whole.tenant_id, member)) is not None]
    if not listed:
        return []
    replies = await ask([("GETRANGE", keys.entry(key), 0, HEADER_BYTES - 1) for key in listed])
    if replies is None:
        return None
    return [key for key, reply in zip(listed, replies, strict=True) if _session_of(reply) == whole.name]


def _session_of(reply: Reply) -> str | None:
    found = read(reply) if isinstance(reply, bytes) else None
    return None if found is None else found[0].session_id
