"""Speaking to Redis: the client, one pipeline a call, and which of its errors mean that it is not there."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterError, RedisClusterException, RedisError, ResponseError

from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.domain.model.errors import InvalidInput

Client: TypeAlias = "Redis | RedisCluster"
Command: TypeAlias = "tuple[str | bytes | int, ...]"
Reply: TypeAlias = object

FAULTS: Final = (
    *(RedisError, RedisClusterException, OSError, EOFError),
    *(ValueError, TypeError, LookupError, AttributeError, RecursionError),
)
"""What the client raises where the server is away or late (a time that is up is an OSError), and what its parsers trip
over where the server is no Redis at all."""

_READ_AT_ONCE: Final = 1 << 18


def connect(settings: RedisSettings) -> Client:
    """A client that has not connected yet. It neither retries nor keeps time: its caller does.

    Raises:
        InvalidInput: the address is none of Redis.
    """
    try:
        kind = RedisCluster if settings.cluster else Redis
        return kind.from_url(
            settings.url,
            max_connections=settings.pool,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=None,
            socket_read_size=_READ_AT_ONCE,
            driver_info=None,
            protocol=2,
        )
    except FAULTS:
        # The cause is not kept: it quotes the address, which may hold a password.
        raise InvalidInput(
            "it is no address of Redis" + (", or none that a cluster can have" if settings.cluster else ""),
            where="the address of Redis",
            remedy="write it as in redis://localhost:6379/0, rediss://… for TLS, unix:///run/redis.sock",
        ) from None


async def run(client: Client, commands: Sequence[Command]) -> tuple[Reply, ...]:
    """Send the commands at once, in order for each server; an answer each. What a server refuses is an exception in
    the answers.

    Raises:
        FAULTS: there is no answer, or none of Redis.
    """
    pipeline = client.pipeline(transaction=False) if isinstance(client, Redis) else client.pipeline()
    for command in commands:
        pipeline.execute_command(*command)
    replies = tuple(await pipeline.execute(raise_on_error=False))
    for reply in replies:
        if isinstance(reply, Exception) and (not isinstance(reply, ResponseError) or isinstance(reply, ClusterError)):
            raise reply
    return replies


async def probe(client: Client) -> None:
    """Whether the server answers; a cluster's layout is learnt anew.

    Raises:
        FAULTS: it does not.
    """
    if isinstance(client, RedisCluster):
        await client.aclose()
        await _learn(client)
    await client.ping()


async def _learn(cluster: RedisCluster) -> None:
    """Learn who owns what. The first primary is asked what commands there are: if it is away, another is next time."""
    try:
        await cluster.initialize()
    except (*FAULTS, CancelledError):
        for first in cluster.get_primaries()[:1]:
            cluster.nodes_manager.move_node_to_end_of_cached_nodes(first.name)
        raise


async def info(client: Client) -> Mapping[str, object]:
    """What a server says of itself: any one, of a cluster.

    Raises:
        FAULTS: it does not say.
    """
    if isinstance(client, RedisCluster):
        await client.initialize()
        said = await client.execute_command("INFO", target_nodes=client.get_random_node())
    else:
        said = await client.execute_command("INFO")  # type: ignore[no-untyped-call]  # as the client has it
    if not isinstance(said, dict) or "redis_version" not in said:
        raise ResponseError("INFO is answered by something else")
    return said


def refused(reply: Reply) -> bool:
    """Whether the server has refused that command: full, read-only, of the wrong type, not allowed."""
    return isinstance(reply, Exception)
