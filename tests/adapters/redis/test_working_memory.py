"""The working memory on Redis keeps its port's law: on a real server, on a cluster, and on the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from tests.adapters.redis.under_test import memory_under_test, patient
from tests.contracts.under_test import WorkingMemoryUnderTest
from tests.contracts.working_memory import WorkingMemoryContract
from tests.doubles.server_redis import RedisOptions, RedisServer


class TestRedisWorkingMemory(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, on a real server."""

    @pytest.fixture
    async def memory(self, redis_url: str) -> AsyncIterator[WorkingMemoryUnderTest]:
        async with memory_under_test(patient(redis_url)) as memory:
            yield memory


@pytest.fixture(scope="module")
def cluster() -> Iterator[RedisServer]:
    """A real cluster of one node."""
    with RedisServer(RedisOptions(cluster=True)) as server:
        yield server


class TestRedisWorkingMemoryOnACluster(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, on a real cluster, which refuses keys of different slots."""

    @pytest.fixture
    async def memory(self, cluster: RedisServer) -> AsyncIterator[WorkingMemoryUnderTest]:
        cluster.flush()
        async with memory_under_test(patient(cluster.url, cluster=True)) as memory:
            yield memory


class TestRedisWorkingMemoryOnTheFake(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says, without a server."""

    @pytest.fixture
    async def memory(self) -> AsyncIterator[WorkingMemoryUnderTest]:
        server = FakeServer()
        settings = patient("redis://nowhere")
        async with memory_under_test(settings, lambda _: FakeAsyncRedis(server=server)) as memory:
            yield memory
