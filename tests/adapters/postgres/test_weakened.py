"""A database that was sound once: what somebody has changed in it since is found, and what the remedy says mends it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest

from artifact_plane.adapters.postgres.health import examine_postgres
from artifact_plane.adapters.postgres.migrating import migrate
from artifact_plane.adapters.postgres.settings import MigrationSettings
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.ports.health import Condition, Finding
from tests.adapters.postgres.under_test import settings_of
from tests.doubles.databases import RUNTIME, PostgresDatabase, execute

_MIGHTY = "a_worker_that_may_do_anything"


async def _told(database: PostgresDatabase, **otherwise: str) -> Mapping[str, Finding]:
    settings = attrs.evolve(settings_of(database), **otherwise)  # type: ignore[arg-type]  # all that is said is text
    return {one.subject: one for one in await examine_postgres(settings, SystemClock().now)}


@pytest.mark.parametrize(
    ("weakening", "said"),
    [
        ("ALTER TABLE artifact_plane.artifact NO FORCE ROW LEVEL SECURITY", "row security is not forced"),
        ("ALTER TABLE artifact_plane.node DISABLE ROW LEVEL SECURITY", "row security is not forced"),
        ("REVOKE SELECT ON artifact_plane.artifact FROM artifact_plane_runtime", "has lost rights"),
    ],
)
async def test_migrating_again_mends_what_it_is_said_to_mend(
    postgres_database: PostgresDatabase, weakening: str, said: str
) -> None:
    """Also where no step is pending."""
    await execute(postgres_database.raw, weakening)
    ill = (await _told(postgres_database))["row security"]
    assert (ill.condition, said in ill.detail) == (Condition.FAILED, True)
    assert "ap migrate" in (ill.remedy or "")
    await migrate(MigrationSettings(dsn=postgres_database.owner))
    assert (await _told(postgres_database))["row security"].condition is Condition.OK


async def test_a_worker_that_is_a_superuser_is_refused(postgres_database: PostgresDatabase) -> None:
    """Whoever may turn into it may do anything."""
    await execute(postgres_database.raw, f"CREATE ROLE {_MIGHTY} SUPERUSER; GRANT {_MIGHTY} TO {RUNTIME}")
    try:
        ill = (await _told(postgres_database, worker_role=_MIGHTY))["row security"]
    finally:
        await execute(postgres_database.raw, f"DROP ROLE {_MIGHTY}")
    assert ill.condition is Condition.FAILED
    assert f"ALTER ROLE {_MIGHTY} NOSUPERUSER" in (ill.remedy or "")


async def test_transactions_that_are_read_only_by_a_setting_are_told(postgres_database: PostgresDatabase) -> None:
    name = postgres_database.name
    await execute(
        postgres_database.raw, f"ALTER ROLE {RUNTIME} IN DATABASE {name} SET default_transaction_read_only = on"
    )
    ill = (await _told(postgres_database))["server"]
    assert (ill.condition, "read-only" in ill.detail) == (Condition.FAILED, True)
