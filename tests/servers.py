"""Fixtures with real servers: one of each kind for the whole run (for each worker of it, where tests run in several
processes: they hurt the servers), started when the first test asks for it.

A test that hurts a server may leave it dead: the next one that asks for it finds it healed. What must be set up
otherwise is a server of the test's own: ``with RedisServer(RedisOptions(...)) as server``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.doubles.databases import OWNER, PostgresDatabase, clone, drop, execute, make_owner
from tests.doubles.server_gcs import GcsServer
from tests.doubles.server_postgres import PostgresServer
from tests.doubles.server_redis import RedisServer
from tests.doubles.warden import dismiss_warden

if TYPE_CHECKING:
    from tests.doubles.arango.standin import ArangoStandIn
    from tests.doubles.cloud_home import CloudServers


@pytest.fixture(scope="session", autouse=True)
def _servers_end_with_the_run() -> Iterator[None]:
    yield
    dismiss_warden()


# PostgreSQL


@pytest.fixture(scope="session")
def _postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_server(_postgres: PostgresServer) -> PostgresServer:
    """The run's PostgreSQL, answering."""
    _postgres.heal()
    return _postgres


@pytest.fixture
async def postgres_empty_database(postgres_server: PostgresServer) -> AsyncIterator[PostgresDatabase]:
    """A database with nothing in it, which belongs to OWNER; dropped after the test."""
    await make_owner(postgres_server)
    database = PostgresDatabase(server=postgres_server, name=f"empty_{uuid4().hex}")
    await execute(postgres_server.dsn(), f"CREATE DATABASE {database.name} OWNER {OWNER}")
    yield database
    await drop(database)


@pytest.fixture
async def postgres_database(postgres_server: PostgresServer) -> AsyncIterator[PostgresDatabase]:
    """A migrated database of this test, cloned from a template; dropped after it."""
    database = await clone(postgres_server)
    yield database
    await drop(database)


# Redis


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_server(_redis: RedisServer) -> RedisServer:
    """The run's Redis-compatible server, answering and empty."""
    _redis.heal()
    _redis.flush()
    return _redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of the empty database 0."""
    return redis_server.url


# Google Cloud Storage


@pytest.fixture(scope="session")
def _gcs() -> Iterator[GcsServer]:
    with GcsServer() as server:
        yield server


@pytest.fixture
def gcs_server(_gcs: GcsServer) -> GcsServer:
    """The run's emulator, answering; its buckets are in memory."""
    _gcs.heal()
    return _gcs


@pytest.fixture
def gcs_bucket(gcs_server: GcsServer) -> str:
    """The name of a new bucket of this test."""
    name = f"bucket-{uuid4().hex}"
    gcs_server.make_bucket(name)
    return name


# The cloud profile


@pytest.fixture(scope="session")
def _arango() -> Iterator[ArangoStandIn]:
    from tests.doubles.arango.standin import ArangoStandIn
    from tests.doubles.cloud_home import ARANGO_PASSWORD

    server = ArangoStandIn(ARANGO_PASSWORD)
    server.start()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def cloud_servers(
    postgres_server: PostgresServer, redis_server: RedisServer, gcs_server: GcsServer, _arango: ArangoStandIn
) -> CloudServers:
    """What homes on the cloud profile stand on."""
    from tests.doubles.cloud_home import CloudServers

    return CloudServers(postgres=postgres_server, redis=redis_server, gcs=gcs_server, arango=_arango)
