"""What the working memory leaves on Redis: names, times to live, indices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import attrs
import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from artifact_plane.adapters.redis import keys
from artifact_plane.adapters.redis.connection import connect
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.ports.working_memory import MemoryKey
from tests.adapters.redis.under_test import HASHER, patient, raw
from tests.contracts.working_memory import KEY, VALUE, recall, remember
from tests.doubles.samples import NOW, SESSION, TENANT, a_digest, at

ENTRY = "artifact:{acme:artifact-1}:1:png"
INDEX = "artifact:{acme:artifact-1}"
SESSION_INDEX = "session:{acme:session-1}"


@attrs.frozen
class Pair:
    """A working memory on a fake, and a client that looks into it."""

    memory: RedisWorkingMemory
    client: Redis


@pytest.fixture
async def fake() -> AsyncIterator[Pair]:
    """One of each."""
    server = FakeServer()
    settings = attrs.evolve(patient("redis://nowhere"), largest_entry=1_000)
    async with (
        RedisWorkingMemory.open(settings, HASHER, connecting=lambda _: FakeAsyncRedis(server=server)) as memory,
        FakeAsyncRedis(server=server) as client,
    ):
        yield Pair(memory=memory, client=client)


async def names(client: Redis) -> set[str]:
    """All names that are there."""
    return {name.decode() for name in await client.keys("*") if isinstance(name, bytes)}


async def test_the_names_are_the_seeds_with_a_hash_tag(fake: Pair) -> None:
    """``artifact:{tenant_id}:{artifact_id}`` and part; what belongs to one artifact shares a slot."""
    await remember(fake.memory)
    assert await names(fake.client) == {ENTRY, INDEX, SESSION_INDEX}


async def test_a_value_stands_beside_its_digest(fake: Pair) -> None:
    await remember(fake.memory)
    data = await fake.client.get(ENTRY)
    assert isinstance(data, bytes)
    header, _, value = data.partition(b"\n")
    assert value == VALUE
    assert header.split(b" ")[1] == a_digest(VALUE).encode()


@pytest.mark.parametrize("days", [0.0001, 1, 30, 400])
async def test_redis_drops_a_value_at_its_time_to_the_second(redis_url: str, days: float) -> None:
    """Over days too, whatever the clock of Redis says: it is told how long, and by us (NOW is not its time)."""
    async with RedisWorkingMemory.open(patient(redis_url), HASHER) as memory, raw(redis_url) as client:
        await remember(memory, expires_at=NOW + timedelta(days=days))
        for name in (ENTRY, INDEX, SESSION_INDEX):
            left = await client.pttl(name)
            assert days * 86_400_000 - 1_000 < left <= days * 86_400_000 + 1


async def test_an_index_lives_as_long_as_the_longest_of_its_entries(fake: Pair) -> None:
    """Whichever was kept first; and no longer."""
    for seconds in (60, 600, 6):
        await remember(fake.memory, attrs.evolve(KEY, part=f"part-{seconds}"), expires_at=at(seconds))
        longest = 60 if seconds == 60 else 600
        for name in (INDEX, SESSION_INDEX):
            assert longest - 5 < await fake.client.ttl(name) <= longest


async def test_indices_do_not_grow_with_what_has_expired(fake: Pair) -> None:
    """An artifact that is cached again and again, version after version, leaves no trail."""
    for version in range(1, 200):
        key, now = attrs.evolve(KEY, version=version), at(version * 10)
        assert await fake.memory.remember(
            key, VALUE, a_digest(VALUE), now=now, expires_at=at(version * 10 + 15), session_id=SESSION
        )
    assert await fake.client.zcard(INDEX) == 2
    assert await fake.client.zcard(SESSION_INDEX) == 2


async def test_forgetting_leaves_no_name_behind(fake: Pair) -> None:
    """Neither entries nor indices, by artifact and by session, also of many."""
    keys_of_session = [attrs.evolve(KEY, artifact_id=f"artifact-{number}") for number in range(1_100)]
    for key in keys_of_session:
        await remember(fake.memory, key)
    await fake.memory.forget_session(TENANT, SESSION)
    assert await names(fake.client) == set()
    await remember(fake.memory)
    await fake.memory.forget(TENANT, "artifact-1")
    assert await names(fake.client) == {SESSION_INDEX}
    await fake.memory.forget_session(TENANT, SESSION)
    assert await names(fake.client) == set()


async def test_a_value_that_is_too_large_drops_what_it_was_to_replace(fake: Pair) -> None:
    """As does one whose time has passed."""
    for value, expires_at in ((bytes(1_001), at(60)), (b"late", NOW)):
        await remember(fake.memory)
        assert not await remember(fake.memory, value=value, expires_at=expires_at)
        assert await recall(fake.memory) is None
        assert await fake.client.exists(ENTRY) == 0


async def test_a_foreign_giant_is_not_read_whole(fake: Pair) -> None:
    """No more than the largest entry is taken from Redis: what is longer is damaged."""
    await remember(fake.memory)
    data = await fake.client.get(ENTRY)
    assert isinstance(data, bytes)
    await fake.client.set(ENTRY, data.partition(b"\n")[0] + b"\n" + bytes(10_000_000))
    assert await recall(fake.memory, value=VALUE) is None


@pytest.mark.parametrize("member", [b"", b":", b"a", b"a:b", b"a:b:c", b"a:-1:png", "a:²:x".encode()])
def test_what_is_no_member_of_an_index_names_no_entry(member: bytes) -> None:
    """A foreign member is passed over."""
    assert keys.of_session(TENANT, member) is None


def test_an_index_names_its_entries() -> None:
    """From the member back to the key."""
    for key in (KEY, MemoryKey(tenant_id="t", artifact_id="a.b-c_d", version=12, part="_x.1")):
        assert keys.of_session(key.tenant_id, keys.in_session(key).encode()) == key
        assert keys.of_artifact(key.tenant_id, key.artifact_id, keys.in_artifact(key).encode()) == key


async def test_foreign_members_of_an_index_do_not_stop_forgetting(fake: Pair) -> None:
    await remember(fake.memory)
    for index in (INDEX, SESSION_INDEX):
        await fake.client.zadd(index, {"no member of ours": 1, "7": 2, "\N{SNOWMAN}": 3})
    await fake.memory.forget_session(TENANT, SESSION)
    await fake.memory.forget(TENANT, "artifact-1")
    assert await names(fake.client) == set()


@pytest.mark.parametrize("url", ["", "nonsense", "http://secret@host", "redis://secret@host:port", "memcached://x"])
@pytest.mark.parametrize("cluster", [False, True])
def test_an_address_that_is_none_is_refused_and_not_quoted(url: str, cluster: bool) -> None:
    """It may hold a password."""
    with pytest.raises(InvalidInput) as caught:
        connect(RedisSettings(url=url, cluster=cluster))
    assert "secret" not in f"{caught.value} {caught.value.remedy} {caught.value.__cause__}"
