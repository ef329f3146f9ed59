"""Redis down, slow, full, evicting, read-only, foreign: a miss, soon, and never an error (case F18)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Final, TypeVar

import attrs
import pytest

from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory
from artifact_plane.ports.working_memory import MemoryKey
from tests.adapters.redis.stand_in import answering
from tests.adapters.redis.under_test import HASHER, patient, raw
from tests.contracts.working_memory import KEY, VALUE, recall, remember
from tests.doubles.samples import SESSION, TENANT
from tests.doubles.server_redis import RedisOptions, RedisServer

T = TypeVar("T")

SOON: Final = 8.0
"""Seconds that a busy machine may take for what is promised within 50 ms."""

PATIENCE: Final = 90.0


def hasty(url: str) -> RedisSettings:
    """The time limit as it is by default, and a short cool-down."""
    return RedisSettings(url=url, cool_down_ms=20)


def key(number: int) -> MemoryKey:
    """One key of many."""
    return attrs.evolve(KEY, artifact_id=f"artifact-{number}")


async def soon(call: Awaitable[T]) -> T:
    """What ``call`` answers, which it must do soon."""
    return await asyncio.wait_for(call, SOON)


async def all_miss(memory: RedisWorkingMemory) -> None:
    """Every call answers soon, with a miss."""
    for _ in range(5):
        assert not await soon(remember(memory))
        assert await soon(recall(memory)) is None
    await soon(memory.forget(TENANT, "artifact-9"))
    await soon(memory.forget_session(TENANT, "session-9"))


async def works_again(memory: RedisWorkingMemory, of: MemoryKey = KEY) -> None:
    """Sooner or later, values are kept again."""
    async with asyncio.timeout(PATIENCE):
        while not await remember(memory, of):
            await asyncio.sleep(0.02)
        while await recall(memory, of) != VALUE:
            await remember(memory, of)


@pytest.fixture
async def memory(redis_url: str) -> AsyncIterator[RedisWorkingMemory]:
    """The memory on the run's server, in which a value is kept."""
    async with RedisWorkingMemory.open(hasty(redis_url), HASHER) as memory:
        await works_again(memory)
        yield memory


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server of this test's own, to set up as it likes."""
    with RedisServer() as server:
        yield server


async def test_a_server_that_is_not_there_is_a_miss(own_server: RedisServer) -> None:
    """Opening included; it is found when it comes."""
    own_server.kill()
    async with RedisWorkingMemory.open(hasty(own_server.url), HASHER) as memory:
        await all_miss(memory)
        own_server.restart()
        await works_again(memory)


async def test_a_server_that_is_killed_is_a_miss_until_it_is_back(
    memory: RedisWorkingMemory, redis_server: RedisServer
) -> None:
    redis_server.kill()
    await all_miss(memory)
    redis_server.restart()
    await works_again(memory)


async def test_a_cluster_that_is_killed_is_a_miss_until_it_is_back() -> None:
    """Its layout is learnt anew."""
    with RedisServer(RedisOptions(cluster=True)) as server:
        settings = attrs.evolve(hasty(server.url), cluster=True)
        async with RedisWorkingMemory.open(settings, HASHER) as memory:
            await works_again(memory)
            server.kill()
            await all_miss(memory)
            server.restart()
            await works_again(memory)


async def test_a_server_that_restarts_between_two_calls_is_no_trouble(
    memory: RedisWorkingMemory, redis_server: RedisServer
) -> None:
    """Connections that died meanwhile are made anew."""
    redis_server.restart()
    await works_again(memory)


async def test_a_server_that_stands_still_is_a_miss_until_it_goes_on(
    memory: RedisWorkingMemory, redis_server: RedisServer
) -> None:
    redis_server.pause()
    await all_miss(memory)
    await asyncio.gather(*(soon(recall(memory, key(number))) for number in range(100)))
    redis_server.resume()
    await works_again(memory)


async def test_a_server_that_fails_again_and_again_is_left_alone(redis_server: RedisServer) -> None:
    """After so many failures in a row calls do not wait for it: 500 misses take no longer than a few."""
    settings = attrs.evolve(hasty(redis_server.url), cool_down_ms=3_600_000)
    async with RedisWorkingMemory.open(settings, HASHER) as memory:
        redis_server.pause()
        async with asyncio.timeout(500 * settings.seconds / 5):
            for _ in range(500):
                assert await recall(memory) is None
        redis_server.resume()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\x00" * 100,
        b":not a number\r\n",
        b"*-9\r\n$99999999999\r\n",
        pytest.param(b"*1\r\n" * 10_000, id="arrays within arrays"),
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"-MASTERDOWN Link with MASTER is down\r\n",
        b"-ERR max number of clients reached\r\n",
        b"+OK\r\n",
        b"$-1\r\n",
    ],
)
@pytest.mark.parametrize("cluster", [False, True])
async def test_whatever_a_stranger_answers_is_a_miss(answer: bytes | None, cluster: bool) -> None:
    """Silence, hanging up, garbage, another protocol, errors of Redis: none of it is an error here."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(answering(answer))
        settings = attrs.evolve(hasty(url), timeout_ms=10, cluster=cluster)
        memory = await stack.enter_async_context(RedisWorkingMemory.open(settings, HASHER))
        assert await soon(recall(memory)) is None
        assert not await soon(remember(memory, value=b"other")) or answer == b"+OK\r\n"
        await soon(memory.forget(TENANT, "artifact-1"))
        await soon(memory.forget_session(TENANT, SESSION))


async def test_a_full_server_keeps_nothing_new_and_loses_nothing_old() -> None:
    """``OOM command not allowed``: False, while what is there is recalled and can be forgotten; then there is room."""
    with RedisServer(RedisOptions(maxmemory=4 << 20)) as server:
        async with RedisWorkingMemory.open(patient(server.url), HASHER) as memory:
            large = bytes(100_000)
            kept = [await remember(memory, key(number), large) for number in range(50)]
            assert any(kept)
            assert not all(kept)
            for number, was_kept in enumerate(kept):
                assert (await recall(memory, key(number), large) is not None) is was_kept
            await memory.forget_session(TENANT, SESSION)
            assert await remember(memory)


async def test_what_could_not_replace_a_value_has_removed_it() -> None:
    """A full server answers neither the old value nor the new one."""
    with RedisServer(RedisOptions(maxmemory=4 << 20)) as server:
        settings = attrs.evolve(patient(server.url), largest_entry=8 << 20)
        async with RedisWorkingMemory.open(settings, HASHER) as memory:
            await remember(memory)
            assert not await remember(memory, value=bytes(7 << 20))
            assert await recall(memory) is None


async def test_a_server_that_evicts_is_right_or_misses() -> None:
    """Whatever it drops, indices too: the right bytes or none; and what was forgotten is not answered."""
    with RedisServer(RedisOptions(maxmemory=3 << 20, eviction="allkeys-random")) as server:
        async with RedisWorkingMemory.open(patient(server.url), HASHER) as memory:
            values = {number: b"%d" % number * 20_000 for number in range(60)}
            for number, value in values.items():
                await remember(memory, key(number), value)
            found = [number for number, value in values.items() if await recall(memory, key(number), value) == value]
            assert 0 < len(found) < 60
            await memory.forget(TENANT, f"artifact-{found[-1]}")
            assert await recall(memory, key(found[-1]), values[found[-1]]) is None


async def test_an_entry_whose_index_was_evicted_is_a_miss(memory: RedisWorkingMemory, redis_url: str) -> None:
    """Forgetting could not find it any more, so it must not be answered; kept again, it is."""
    async with raw(redis_url) as client:
        assert await client.unlink(keys.artifact_index(TENANT, "artifact-1")) == 1
    assert await recall(memory) is None
    await works_again(memory)


async def test_a_read_only_server_recalls_and_keeps_nothing(
    memory: RedisWorkingMemory, own_server: RedisServer
) -> None:
    """A replica refuses to write: that is a miss."""
    async with RedisWorkingMemory.open(patient(own_server.url), HASHER) as memory:
        await remember(memory)
        own_server.call("REPLICAOF", "127.0.0.1", "1")
        assert not await remember(memory, key(2))
        assert await recall(memory) == VALUE
        own_server.call("REPLICAOF", "NO", "ONE")
        assert await remember(memory, key(2))


async def test_a_foreign_value_under_our_name_is_a_miss_and_makes_way(redis_url: str) -> None:
    """Of the wrong type, under the entry's name and the indices': the second try is kept at the latest."""
    names = [
        keys.entry(KEY),
        keys.artifact_index(TENANT, KEY.artifact_id),
        keys.session_index(TENANT, SESSION),
    ]
    async with raw(redis_url) as client, RedisWorkingMemory.open(patient(redis_url), HASHER) as memory:
        for name in names:
            await client.flushall()
            await client.hset(name, "somebody", "else")
            assert await recall(memory) is None
            await memory.forget_session(TENANT, "another")
            await remember(memory)
            assert await remember(memory)
            assert await recall(memory) == VALUE


@pytest.mark.parametrize(
    "value",
    [b"", b"no header", b"artifact-plane/1\n", b"artifact-plane/2 blake3:00 1 s\na chart", b"\xff" * 600 + b"\n"],
)
async def test_a_value_without_our_header_is_a_miss(memory: RedisWorkingMemory, redis_url: str, value: bytes) -> None:
    async with raw(redis_url) as client:
        await client.set(keys.entry(KEY), value)
    assert await recall(memory) is None
    await memory.forget_session(TENANT, SESSION)
    assert await recall(memory) is None


async def test_a_wrong_password_is_a_miss_and_is_shown_nowhere(own_server: RedisServer) -> None:
    """With the right one it works."""
    own_server.call("CONFIG", "SET", "requirepass", "open-sesame")
    right = patient(own_server.url.replace("//", "//:open-sesame@"))
    wrong = hasty(own_server.url.replace("//", "//:guess-wrongly@"))
    async with RedisWorkingMemory.open(right, HASHER) as memory:
        assert await remember(memory)
        assert "sesame" not in repr(right)
    for settings in (wrong, hasty(own_server.url)):
        async with RedisWorkingMemory.open(settings, HASHER) as memory:
            await all_miss(memory)


async def test_cancelled_callers_leave_no_poisoned_connection(redis_url: str) -> None:
    """After a storm of cancelled calls over two connections, every value is where it belongs."""
    values = {number: b"%d" % number * 5_000 for number in range(40)}
    chance = random.Random(7)  # noqa: S311  # a test's dice
    async with RedisWorkingMemory.open(attrs.evolve(patient(redis_url), pool=2), HASHER) as memory:
        for number, value in values.items():
            await remember(memory, key(number), value)
        for _ in range(10):
            tasks = [asyncio.create_task(recall(memory, key(number), value)) for number, value in values.items()]
            await asyncio.sleep(chance.random() * 0.005)
            for task in chance.sample(tasks, 25):
                task.cancel()
            for task, value in zip(tasks, values.values(), strict=True):
                with suppress(asyncio.CancelledError):
                    assert await task == value
        assert [await recall(memory, key(number), value) for number, value in values.items()] == list(values.values())


async def test_what_could_not_be_forgotten_is_never_answered_again(
    memory: RedisWorkingMemory, redis_server: RedisServer, redis_url: str
) -> None:
    """Forgotten while the server stood still: when it goes on, the debt is paid before anything is recalled."""
    await works_again(memory, key(2))
    redis_server.pause()
    await memory.forget(TENANT, "artifact-1")
    await memory.forget_session(TENANT, SESSION)
    redis_server.resume()
    async with asyncio.timeout(PATIENCE):
        while not await remember(memory, key(3)):
            assert await recall(memory) is None
            await asyncio.sleep(0.01)
    assert await recall(memory) is None
    assert await recall(memory, key(2)) is None
    async with raw(redis_url) as client:
        assert await client.exists(keys.entry(KEY), keys.entry(key(2))) == 0


async def test_what_is_owed_is_paid_when_the_memory_is_closed(redis_server: RedisServer, redis_url: str) -> None:
    """A process that ends after Redis has come back leaves nothing behind that it was to forget."""
    settings = attrs.evolve(hasty(redis_url), timeout_ms=2_000, cool_down_ms=3_600_000)
    async with RedisWorkingMemory.open(settings, HASHER) as memory:
        assert await remember(memory)
        redis_server.pause()
        await memory.forget(TENANT, "artifact-1")
        redis_server.resume()
    async with raw(redis_url) as client:
        assert await client.exists(keys.entry(KEY)) == 0
