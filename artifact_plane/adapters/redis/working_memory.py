"""RedisWorkingMemory: cached parts on Redis, alone or as a cluster, shared by all processes that use it.

Redis may be down, slow, full, evicting, read-only or somebody else's: all of that is a miss, and soon. See ``keys`` for
what lies where. An entry counts only while its artifact's index names it, so what was forgotten stays forgotten
though Redis had evicted the index and its entry could not be found. What could not be forgotten because Redis was away
is owed, and paid before this process asks Redis for anything again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.breaker import Breaker
from artifact_plane.adapters.redis.circuit import GuardedRedis
from artifact_plane.adapters.redis.connection import FAULTS, Client, Command, Reply, connect, refused
from artifact_plane.adapters.redis.entry import HEADER_BYTES, Header, microseconds, read
from artifact_plane.adapters.redis.forgetting import Forgetting
from artifact_plane.adapters.redis.lifetime import Lifetime
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory

_QUICKLY_HASHED: Final = 256 * 1024
_CLOSING_TIMES: Final = 10
"""Paying what is owed, and closing, may take so many times as long as a call each."""


class RedisWorkingMemory(WorkingMemory):
    """The working memory of a deployment."""

    def __init__(
        self, redis: GuardedRedis, forgetting: Forgetting, hasher: Callable[[str], Hasher], largest: int
    ) -> None:
        """Opened by ``open``. ``largest`` is the bound of one value, in bytes."""
        self._redis: Final = redis
        self._forgetting: Final = forgetting
        self._hasher: Final = hasher
        self._largest: Final = largest

    @staticmethod
    @asynccontextmanager
    async def open(
        settings: RedisSettings,
        hasher: Callable[[str], Hasher],
        *,
        connecting: Callable[[RedisSettings], Client] = connect,
        monotonic: Callable[[], float] | None = None,
    ) -> AsyncIterator[RedisWorkingMemory]:
        """The working memory at ``settings.url``; one that misses until Redis answers.

        ``hasher`` makes a hasher of the algorithm named, as ``Codec.hasher`` does. ``monotonic`` is the breaker's time
        in seconds, by default the event loop's.

        Raises:
            InvalidInput: the address is none of Redis.
        """
        client = connecting(settings)
        breaker = Breaker(
            failures=settings.failures,
            cool_down=settings.cool_down_ms / 1_000,
            monotonic=monotonic or asyncio.get_running_loop().time,
        )
        redis = GuardedRedis(client, breaker, seconds=settings.seconds, pool=settings.pool)
        forgetting = Forgetting(redis)
        try:
            await redis.start(forgetting.pay)
            yield RedisWorkingMemory(redis, forgetting, hasher, settings.largest_entry)
        finally:
            with suppress(*FAULTS):
                async with asyncio.timeout(settings.seconds * _CLOSING_TIMES):
                    await redis.end_probe()
                    await forgetting.pay()
            await _closed(client, settings.seconds)

    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        drop = ("UNLINK", keys.entry(key))
        if expires_at <= now or len(value) > self._largest:
            await self._redis.ask([drop])
            return False
        header = Header(digest=digest, expires=microseconds(expires_at), session_id=session_id)
        life = Lifetime(now=now, expires_at=expires_at)
        replies = await self._redis.ask(
            [
                drop,
                *life.listing(keys.artifact_index(key.tenant_id, key.artifact_id), keys.in_artifact(key)),
                *life.listing(keys.session_index(key.tenant_id, session_id), keys.in_session(key)),
                ("SET", keys.entry(key), b"".join((header.line(), value)), "PX", life.milliseconds),
            ]
        )
        kept = replies is not None and not any(map(refused, replies)) and bool(replies[-1])
        if replies is not None and not kept:
            await self._redis.ask([drop, *_foreign(replies, key, session_id)])
        return kept

    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        replies = await self._redis.ask(
            [
                ("GETRANGE", keys.entry(key), 0, HEADER_BYTES + self._largest),
                ("ZSCORE", keys.artifact_index(key.tenant_id, key.artifact_id), keys.in_artifact(key)),
            ]
        )
        if replies is None:
            return None
        data, listed = replies
        if not isinstance(data, bytes) or listed is None or refused(listed):
            return None
        found = read(data)
        if found is None or found[0].digest != digest or found[0].expires <= microseconds(now):
            return None
        return await self._verified(data[found[1] :], digest)

    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        await self._forgetting.artifact(tenant_id, artifact_id)

    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        await self._forgetting.session(tenant_id, session_id)

    async def _verified(self, value: bytes, digest: Digest) -> bytes | None:
        if len(value) <= _QUICKLY_HASHED:
            sound = self._has_digest(value, digest)
        else:
            sound = await asyncio.to_thread(self._has_digest, value, digest)
        return value if sound else None

    def _has_digest(self, value: bytes, digest: Digest) -> bool:
        try:
            hasher = self._hasher(digest.partition(":")[0])
        except Damaged:  # a digest that cannot be computed here cannot be met
            return False
        hasher.update(value)
        return hasher.digest() == digest


def _foreign(replies: Sequence[Reply], key: MemoryKey, session_id: str) -> tuple[Command, ...]:
    """Somebody else's values under the names of our indices make way."""
    if not any("WRONGTYPE" in str(reply) for reply in replies if refused(reply)):
        return ()
    artifact = keys.artifact_index(key.tenant_id, key.artifact_id)
    return ("UNLINK", artifact), ("UNLINK", keys.session_index(key.tenant_id, session_id))


async def _closed(client: Client, seconds: float) -> None:
    with suppress(*FAULTS):
        async with asyncio.timeout(seconds * _CLOSING_TIMES):
            await client.aclose()
