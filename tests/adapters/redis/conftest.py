"""A cluster of several servers, for those tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doubles.server_redis_cluster import RedisClusterServers


@pytest.fixture(scope="package")
def _redis_cluster() -> Iterator[RedisClusterServers]:
    with RedisClusterServers(whole=False) as cluster:
        yield cluster


@pytest.fixture
def redis_cluster(_redis_cluster: RedisClusterServers) -> RedisClusterServers:
    """Three primaries that share the slots, answering and empty."""
    _redis_cluster.heal()
    _redis_cluster.flush()
    return _redis_cluster
