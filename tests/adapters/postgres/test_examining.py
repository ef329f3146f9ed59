"""What ``ap doctor`` is told of a server that is not as it should be: each thing by itself, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from artifact_plane.adapters.postgres.health import examine_postgres
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.ports.health import Condition, Finding
from tests.adapters.postgres.disguise import disguised
from tests.adapters.postgres.under_test import settings_of
from tests.doubles.databases import RUNTIME, PostgresDatabase, clone
from tests.doubles.server_postgres import PostgresServer

NOW = SystemClock().now


async def ill(settings: PostgresSettings, now: Callable[[], datetime] = NOW) -> Sequence[Finding]:
    """What is not well; each says what to do."""
    found = [one for one in await examine_postgres(settings, now) if one.condition is not Condition.OK]
    assert all(one.remedy for one in found)
    return found


async def test_of_a_server_that_is_well_nothing_is_said(postgres_database: PostgresDatabase) -> None:
    assert await ill(settings_of(postgres_database)) == []


@pytest.mark.parametrize("apart", [timedelta(minutes=-3), timedelta(minutes=3)])
async def test_clocks_that_are_minutes_apart_deserve_a_look(
    postgres_database: PostgresDatabase, apart: timedelta
) -> None:
    """Whichever is ahead: leases run by the database's, the rest by ours."""
    (clock,) = await ill(settings_of(postgres_database), lambda: NOW() + apart)
    assert (clock.subject, clock.condition) == ("clock", Condition.WARNING)
    seconds = float(clock.detail.partition(" ")[0])
    assert 180 - 60 < seconds < 180 + 60


@pytest.mark.parametrize(
    ("major", "condition", "said"),
    [("14", Condition.FAILED, "PostgreSQL 15 or newer"), ("99", Condition.WARNING, "PostgreSQL 15 to 18")],
)
async def test_a_version_that_this_was_not_written_for_is_named(
    postgres_database: PostgresDatabase, major: str, condition: Condition, said: str
) -> None:
    """One that is too old has failed, one that nobody knew deserves a look; the rest is looked at all the same."""
    connection = await asyncpg.connect(postgres_database.raw)
    version = connection.get_settings().server_version
    number = int(await connection.fetchval("SELECT current_setting('server_version_num')::integer"))
    await connection.close()
    own = str(number // 10_000)
    other = int(major) * 10_000 + number % 10_000
    told = {version.encode(): version.replace(own, major).encode(), number.to_bytes(4, "big"): other.to_bytes(4, "big")}
    async with disguised(postgres_database.server.port, told) as port:
        dsn = f"postgresql://{RUNTIME}@127.0.0.1:{port}/{postgres_database.name}"
        (finding,) = await ill(PostgresSettings(dsn=dsn))
    assert (finding.subject, finding.condition) == ("version", condition)
    assert finding.detail.startswith(major)
    assert said in (finding.remedy or "")


async def test_a_standby_has_failed_though_all_can_be_read_from_it() -> None:
    """A plane's commits are refused there: that it is one is said, and where to go instead."""
    with PostgresServer() as server:
        database = await clone(server)
        server.stop()
        signal = server.data / "standby.signal"
        signal.touch()
        os.chown(signal, server.account.uid, server.account.gid)
        server.start()
        (finding,) = await ill(settings_of(database))
    assert (finding.subject, finding.condition) == ("server", Condition.FAILED)
    assert "standby" in finding.detail and "primary" in (finding.remedy or "")
