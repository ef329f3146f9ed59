"""What there is to know of the database: whether it answers, its version, schema, role, row security and clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.migrating import COMMAND, applied, check_current, known
from artifact_plane.adapters.postgres.opening import check_standing
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.ports.health import Condition, Finding, doubtful, failed, found, waiting

_COMPONENT: Final = "postgres"
_OLDEST: Final = 150_000
_UNKNOWN: Final = 190_000
"""The first version that there was not yet when this was written."""
_FAR: Final = 2.0
"""Seconds by which clocks may differ before it deserves a look: leases run by the database's, the rest by ours."""

_FACTS: Final = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS number,
    pg_is_in_recovery() AS standby, clock_timestamp() AS now, current_user AS role,
    current_setting('transaction_read_only') = 'on' AS read_only,
    current_setting('synchronous_commit') AS synchronous
"""
_EVENTS: Final = """
SELECT count(*) FILTER (WHERE NOT set_aside) AS pending, count(*) FILTER (WHERE set_aside) AS aside
FROM artifact_plane.event
"""


async def examine_postgres(settings: PostgresSettings, now: Callable[[], datetime]) -> tuple[Finding, ...]:
    """Everything that a running plane needs of its database.

    Raises:
        Unavailable: it does not answer, or refuses the role.
    """
    database = Database(settings)
    try:
        findings = await database.retried(lambda connection: _examined(connection, settings, now))
        sound = all(finding.condition is not Condition.FAILED for finding in findings)
        return (*findings, await _events(database)) if sound else findings
    finally:
        await database.close()


async def _events(database: Database) -> Finding:
    async with database.everyone() as connection:
        counts = await connection.fetchrow(_EVENTS)
    assert counts is not None  # noqa: S101 - counts without GROUP BY have one row
    return waiting(_COMPONENT, counts["pending"], counts["aside"])


async def _examined(
    connection: Connection, settings: PostgresSettings, now: Callable[[], datetime]
) -> tuple[Finding, ...]:
    facts = await connection.fetchrow(_FACTS)
    assert facts is not None  # noqa: S101 - a SELECT without FROM has one row
    difference = (now() - facts["now"]).total_seconds()
    return (
        found(_COMPONENT, "reachable", f"as {facts['role']}"),
        _version(facts["version"], facts["number"]),
        _primary(facts["standby"], facts["read_only"]),
        _synchronous(facts["synchronous"]),
        await _schema(connection),
        await _standing(connection, settings),
        _clock(difference),
    )


def _version(version: str, number: int) -> Finding:
    if number < _OLDEST:
        return failed(_COMPONENT, "version", version, "upgrade to PostgreSQL 15 or newer")
    if number >= _UNKNOWN:
        return doubtful(_COMPONENT, "version", f"{version} is not what this was written for", "use PostgreSQL 15 to 18")
    return found(_COMPONENT, "version", version)


def _primary(standby: bool, read_only: bool) -> Finding:
    if standby:
        return failed(_COMPONENT, "server", "a standby, which takes no writes", "give the primary's address")
    if read_only:
        remedy = "reset default_transaction_read_only for the role, the database and the server"
        return failed(_COMPONENT, "server", "transactions are read-only unless they say otherwise", remedy)
    return found(_COMPONENT, "server", "takes writes")


def _synchronous(setting: str) -> Finding:
    if setting == "off":
        remedy = "switch synchronous_commit on for the runtime's role"
        return doubtful(_COMPONENT, "durability", "a crash can lose the last commits", remedy)
    return found(_COMPONENT, "durability", f"synchronous_commit is {setting}")


async def _schema(connection: Connection) -> Finding:
    steps = await applied(connection)
    try:
        check_current(steps)
    except ArtifactPlaneError as error:
        return failed(_COMPONENT, "schema", error.message, error.remedy or f"run `{COMMAND}`")
    return found(_COMPONENT, "schema", f"step {len(steps)} of {len(known())}")


async def _standing(connection: Connection, settings: PostgresSettings) -> Finding:
    try:
        await check_standing(connection, settings.worker_role)
    except ArtifactPlaneError as error:
        return failed(_COMPONENT, "row security", error.message, error.remedy or f"run `{COMMAND}`")
    return found(_COMPONENT, "row security", "forced on every table, and the role owns none")


def _clock(difference: float) -> Finding:
    detail = f"{abs(difference):.1f} s apart from ours"
    if abs(difference) > _FAR:
        return doubtful(_COMPONENT, "clock", detail, "let both machines keep time by the same servers")
    return found(_COMPONENT, "clock", detail)
