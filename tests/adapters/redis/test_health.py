"""What ``ap doctor`` is told about Redis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import pytest

from artifact_plane.adapters.redis.health import examine_redis
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.ports.health import Condition, Finding
from tests.adapters.redis.stand_in import answering
from tests.doubles.server_redis import RedisOptions, RedisServer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server to set up as a test likes."""
    with RedisServer() as server:
        yield server


def conditions(findings: Sequence[Finding]) -> dict[str, Condition]:
    """What was looked at, and how it is."""
    return {one.subject: one.condition for one in findings}


@pytest.mark.parametrize("cluster", [False, True])
async def test_a_server_without_bounds_works_and_deserves_a_look(cluster: bool) -> None:
    """It answers, is new enough and can be written; that its memory is unbounded is said with what to set."""
    with RedisServer(RedisOptions(cluster=cluster)) as server:
        findings = await examine_redis(RedisSettings(url=server.url, cluster=cluster))
    assert conditions(findings) == {
        "reachable": Condition.OK,
        "version": Condition.OK,
        "role": Condition.OK,
        "maxmemory": Condition.WARNING,
        "eviction": Condition.WARNING,
    }
    assert all(one.remedy for one in findings if one.condition is Condition.WARNING)


async def test_a_bounded_server_that_evicts_is_well() -> None:
    with RedisServer(RedisOptions(maxmemory=100 << 20, eviction="volatile-ttl")) as server:
        findings = await examine_redis(RedisSettings(url=server.url))
    assert set(conditions(findings).values()) == {Condition.OK}
    assert [one.detail for one in findings][-2:] == ["100 MiB", "volatile-ttl"]


async def test_a_replica_has_failed(server: RedisServer) -> None:
    """Nothing can be kept in it."""
    server.call("REPLICAOF", "127.0.0.1", "1")
    assert conditions(await examine_redis(RedisSettings(url=server.url)))["role"] is Condition.FAILED


async def test_a_server_that_is_away_has_failed(server: RedisServer) -> None:
    server.kill()
    (finding,) = await examine_redis(RedisSettings(url=server.url))
    assert finding.condition is Condition.FAILED


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "loading"),
        (b"-NOPERM this user has no permissions to run the 'info' command\r\n", "refuses to say"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as Redis does"),
        (b"$25\r\nredis_version:6.2.14\r\nx:1\r\n\r\n", "keeps nothing for us"),
    ],
)
async def test_what_is_wrong_is_told_apart(answer: bytes, detail: str) -> None:
    async with answering(answer) as url:
        findings = await examine_redis(RedisSettings(url=url))
    assert any(detail in one.detail and one.condition is Condition.FAILED for one in findings)


async def test_a_password_is_told_to_nobody(server: RedisServer) -> None:
    """Neither the wrong one nor the right one."""
    server.call("CONFIG", "SET", "requirepass", "open-sesame")
    right = RedisSettings(url=server.url.replace("//", "//:open-sesame@"))
    wrong = attrs.evolve(right, url=server.url.replace("//", "//:guess-wrongly@"))
    assert conditions(await examine_redis(right))["reachable"] is Condition.OK
    (finding,) = await examine_redis(wrong)
    assert "refuses the user or the password" in finding.detail
    assert "guess" not in f"{finding!r} {wrong!r}"
