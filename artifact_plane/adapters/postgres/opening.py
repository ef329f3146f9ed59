"""What a running plane makes sure of before it works on a database: its tables, its role, and row security."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.database import WHERE, Database
from artifact_plane.adapters.postgres.migrating import COMMAND, applied, check_current
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.errors import Unavailable

_MIGRATE: Final = f"run `{COMMAND}` as the database's owner"
_OTHER_ROLE: Final = (
    f"connect as the role that `{COMMAND}` has given its rights (the setting runtime_role), which owns nothing"
)
_WEAKEN_WORKER: Final = "as a superuser: ALTER ROLE {worker} NOSUPERUSER NOCREATEROLE"
_NAME_WORKER: Final = (
    "name the one that is there, or make this one: "
    f"write it as worker_role of [migration] too, and run `{COMMAND}` as the database's owner"
)
_JOIN_WORKER: Final = (
    "check worker_role in [postgres] and in [migration], which should name the same, and runtime_role, which should "
    f"name the role of this connection; then run `{COMMAND}` as the database's owner"
)

# What the statement ``standing`` answers, what is wrong where that is true, and what to do.
_CHECKS: Final = (
    ("superuser", "the role is a superuser: row security does not hold for it", _OTHER_ROLE),
    ("bypasses", "the role may bypass row security", _OTHER_ROLE),
    ("owner", "the role owns the tables, and could switch row security off", _OTHER_ROLE),
    ("unforced", "row security is not forced on every table", _MIGRATE),
    ("no_worker", "there is no role {worker!r}, which the setting worker_role of [postgres] names", _NAME_WORKER),
    ("inherits", "the role inherits the worker's rights, and would see every tenant's rows", _MIGRATE),
    ("no_member", "the role may not turn into the worker role {worker!r}, which worker_role names", _JOIN_WORKER),
    ("mighty", "the worker role {worker!r}, which this role turns into, may do more than work on rows", _WEAKEN_WORKER),
    ("unread", "the role has lost rights that it was given", _MIGRATE),
)


async def check_database(database: Database) -> None:
    """Refuse a database that is not this release's, and a role for which row security does not hold.

    Raises:
        Unavailable: so it is, or the database stays away; the remedy says what to run.
    """
    await database.retried(lambda connection: _check(connection, database.settings.worker_role))


async def _check(connection: Connection, worker_role: str) -> None:
    check_current(await applied(connection))
    await check_standing(connection, worker_role)


async def check_standing(connection: Connection, worker_role: str) -> None:
    """Refuse a role for which row security does not hold.

    Raises:
        Unavailable: so it is; the remedy says what to run.
    """
    found = await connection.fetchrow(statement("standing"), worker_role)
    for column, message, remedy in _CHECKS:
        if found is None or found[column]:
            said = message.format(worker=worker_role), remedy.format(worker=worker_role)
            raise Unavailable(said[0], where=WHERE, remedy=said[1], retryable=False)
