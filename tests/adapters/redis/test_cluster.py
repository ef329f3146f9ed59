"""A cluster of several nodes: what is asked is asked once, slots move, nodes die (case F18)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory
from artifact_plane.ports.working_memory import MemoryKey
from tests.adapters.redis.test_faults import PATIENCE, soon
from tests.adapters.redis.under_test import HASHER, patient
from tests.contracts.working_memory import KEY, VALUE, recall, remember
from tests.doubles.samples import TENANT
from tests.doubles.server_redis import RedisServer
from tests.doubles.server_redis_cluster import RedisClusterServers

KEYS: Final = [attrs.evolve(KEY, artifact_id=f"artifact-{number}") for number in range(60)]
CALLS: Final = 20


def place(key: MemoryKey) -> str:
    """The name that decides where an artifact's entries lie."""
    return keys.artifact_index(key.tenant_id, key.artifact_id)


@pytest.fixture
async def memory(redis_cluster: RedisClusterServers) -> AsyncIterator[RedisWorkingMemory]:
    """A memory on the cluster that knows all values of ``KEYS``."""
    async with RedisWorkingMemory.open(patient(redis_cluster.url, cluster=True), HASHER) as memory:
        await until_all_of(set(KEYS), memory)
        yield memory


async def hits(memory: RedisWorkingMemory) -> set[MemoryKey]:
    """The keys whose value is recalled; whatever is not must be missed soon."""
    return {key for key in KEYS if await soon(recall(memory, key)) == VALUE}


def reads(servers: Iterable[RedisServer]) -> int:
    """How often the servers have read from a client; asking them costs one each."""
    said = (server.call("INFO", "stats") for server in servers)
    return sum(int(one.partition(b"total_reads_processed:")[2].split(b"\r")[0]) for one in said)


async def round_trips(memory: RedisWorkingMemory, servers: list[RedisServer]) -> tuple[float, float]:
    """What a call costs the servers together: to recall, to remember."""
    await remember(memory)
    asking = -(reads(servers) - reads(servers))
    counts = [reads(servers)]
    for call in (recall, remember):
        for _ in range(CALLS):
            await call(memory)
        counts.append(reads(servers))
    return (counts[1] - counts[0] - asking) / CALLS, (counts[2] - counts[1] - asking) / CALLS


async def test_a_call_is_one_round_trip(redis_server: RedisServer, redis_url: str) -> None:
    """Batched by pipeline, to recall and to remember."""
    async with RedisWorkingMemory.open(patient(redis_url), HASHER) as memory:
        assert await round_trips(memory, [redis_server]) == (1, 1)


async def test_on_a_cluster_a_call_is_one_round_trip_too(
    memory: RedisWorkingMemory, redis_cluster: RedisClusterServers
) -> None:
    """An entry lies beside the index that must name it; only the session's index may lie elsewhere, asked meanwhile."""
    recalling, remembering = await round_trips(memory, redis_cluster.nodes)
    assert recalling == 1
    assert remembering == (1 if session_lies_beside(redis_cluster) else 2)


def session_lies_beside(cluster: RedisClusterServers) -> bool:
    """Whether the session's index is on the node of the entries that ``KEY`` names."""
    return cluster.owner(place(KEY)) is cluster.owner(keys.session_index(TENANT, "session-1"))


async def test_entries_spread_over_the_nodes(memory: RedisWorkingMemory, redis_cluster: RedisClusterServers) -> None:
    """Those of one tenant too."""
    assert await hits(memory) == set(KEYS)
    assert {redis_cluster.owner(place(key)).port for key in KEYS} == {node.port for node in redis_cluster.nodes}


async def test_a_slot_may_move_meanwhile(memory: RedisWorkingMemory, redis_cluster: RedisClusterServers) -> None:
    """While it moves (ASK) and afterwards (MOVED) its values are recalled, replaced and forgotten, at no error."""
    key = KEYS[0]
    source = redis_cluster.owner(place(key))
    target = next(node for node in redis_cluster.nodes if node is not source)
    redis_cluster.begin_to_move(place(key), target)
    assert await recall(memory, key) == VALUE
    assert await remember(memory, key, b"replaced") is True
    assert await recall(memory, key, b"replaced") == b"replaced"
    await memory.forget(TENANT, key.artifact_id)
    assert await recall(memory, key, b"replaced") is None
    assert await remember(memory, key)
    redis_cluster.finish_to_move(place(key), target)
    assert redis_cluster.owner(place(key)) is target
    assert await hits(memory) == set(KEYS)
    await memory.forget(TENANT, key.artifact_id)
    assert await hits(memory) == set(KEYS[1:])


async def test_of_a_node_that_is_killed_all_is_missed_soon_and_of_the_others_nothing(
    redis_cluster: RedisClusterServers,
) -> None:
    """Though it is the one that the address names; and when it is back, values are kept on it again."""
    victim = redis_cluster.nodes[0]
    lost = {key for key in KEYS if redis_cluster.owner(place(key)) is victim}
    settings = RedisSettings(url=redis_cluster.url, cluster=True, cool_down_ms=20)
    async with RedisWorkingMemory.open(settings, HASHER) as memory:
        await until_all_of(set(KEYS), memory)
        victim.kill()
        assert not any([await soon(recall(memory, key)) for key in lost])  # so many that the circuit opens
        assert await hits(memory) <= set(KEYS) - lost
        redis_cluster.await_death()
        await until_all_of(set(KEYS) - lost, memory)
        assert not any([await soon(remember(memory, key)) for key in lost])
        victim.restart()
        await until_all_of(set(KEYS), memory)


async def until_all_of(wanted: set[MemoryKey], memory: RedisWorkingMemory) -> None:
    """Keep and recall until it is these that are recalled; whatever is missed on the way is missed soon."""
    async with asyncio.timeout(PATIENCE):
        while await hits(memory) != wanted:
            for key in KEYS:
                await soon(remember(memory, key))
            await asyncio.sleep(0.05)
