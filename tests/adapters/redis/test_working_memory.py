"""The working memory on Redis keeps its port's law: on a real server, on a cluster, and on the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar, Final

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from artifact_plane.adapters.redis.settings import RedisSettings
from tests.adapters.redis.under_test import memory_under_test, patient
from tests.contracts.under_test import WorkingMemoryUnderTest
from tests.contracts.working_memory import WorkingMemoryContract
from tests.doubles.server_redis_cluster import RedisClusterServers

LARGEST: Final = RedisSettings(url="redis://nowhere").largest_entry


class TestRedisWorkingMemory(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, on a real server."""

    largest: ClassVar[int] = LARGEST

    @pytest.fixture
    async def memory(self, redis_url: str) -> AsyncIterator[WorkingMemoryUnderTest]:
        async with memory_under_test(patient(redis_url)) as memory:
            yield memory


class TestRedisWorkingMemoryOnACluster(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, on a cluster of three, who refuse keys of different slots."""

    largest: ClassVar[int] = LARGEST

    @pytest.fixture
    async def memory(self, redis_cluster: RedisClusterServers) -> AsyncIterator[WorkingMemoryUnderTest]:
        async with memory_under_test(patient(redis_cluster.url, cluster=True)) as memory:
            yield memory


class TestRedisWorkingMemoryOnTheFake(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, without a server."""

    largest: ClassVar[int] = LARGEST

    @pytest.fixture
    async def memory(self) -> AsyncIterator[WorkingMemoryUnderTest]:
        server = FakeServer()
        settings = patient("redis://nowhere")
        async with memory_under_test(settings, lambda _: FakeAsyncRedis(server=server)) as memory:
            yield memory
