"""Working memories on Redis for tests, and the door past them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import attrs
from redis.asyncio import Redis

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.connection import Client, connect
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory
from tests.contracts.under_test import MemoryBackdoor, WorkingMemoryUnderTest

HASHER: Final = JsonCodec().hasher
Connecting = Callable[[RedisSettings], Client]


def patient(url: str, *, cluster: bool = False) -> RedisSettings:
    """Settings for tests of what is kept, on a machine that may be busy: time is not what they are about."""
    return RedisSettings(url=url, cluster=cluster, timeout_ms=5_000)


@attrs.frozen
class RedisBackdoor(MemoryBackdoor):
    """A client of its own that reads and writes values past their headers."""

    client: Client

    async def read(self, key: MemoryKey) -> bytes | None:
        raw = await self.client.get(keys.entry(key))
        return raw.partition(b"\n")[2] if isinstance(raw, bytes) else None

    async def write(self, key: MemoryKey, data: bytes) -> None:
        raw = await self.client.get(keys.entry(key))
        assert isinstance(raw, bytes)
        await self.client.set(keys.entry(key), raw.partition(b"\n")[0] + b"\n" + data, keepttl=True)


@asynccontextmanager
async def memory_under_test(
    settings: RedisSettings, connecting: Connecting = connect
) -> AsyncIterator[WorkingMemoryUnderTest]:
    """What a suite takes, over the server that ``settings`` name."""
    async with AsyncExitStack() as stack:
        client = connecting(settings)
        stack.push_async_callback(client.aclose)

        async def reopen() -> WorkingMemory:
            return await stack.enter_async_context(RedisWorkingMemory.open(settings, HASHER, connecting=connecting))

        yield WorkingMemoryUnderTest(memory=await reopen(), reopen=reopen, backdoor=RedisBackdoor(client))


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Redis]:
    """A client of the test's own."""
    async with Redis.from_url(url) as client:
        yield client
