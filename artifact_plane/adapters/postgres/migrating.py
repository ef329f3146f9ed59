"""Migrations: numbered SQL files, each carried out once, in a transaction of its own, by the database's owner.

A table keeps the number, name and checksum of each file that was carried out. A running plane changes nothing: it
compares that table with its own files and refuses to work with other tables than its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import attrs

from artifact_plane.adapters.postgres.connections import Connection, closed
from artifact_plane.adapters.postgres.database import persistent
from artifact_plane.adapters.postgres.errors import gave_way, translating, unreadable_address
from artifact_plane.adapters.postgres.settings import MigrationSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Unavailable

WHERE: Final = "the Postgres record store"
COMMAND: Final = "ap migrate"
_SCHEMA: Final = Path(__file__).with_name("schema")
_FILE: Final = re.compile(r"(\d{4})_(\w+)\.sql")
_LOCK: Final = 0x0A27_1FAC_7031
"""The advisory lock of whoever migrates; any number that nobody else uses."""
_ROLES: Final = "roles.sql"
_MOMENT_MS: Final = 500
"""How long one try waits for a table that is in use."""
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Migration:
    """One step of the schema: its number, what it is called, and the SHA-256 of its text."""

    number: int
    name: str
    checksum: str
    text: str = attrs.field(repr=False, eq=False)


@attrs.frozen(kw_only=True)
class Applied:
    """What the database says was carried out."""

    number: int
    name: str
    checksum: str


@attrs.frozen(kw_only=True)
class Migrated:
    """What a migration did, or with ``dry_run`` would have done: the steps, in order."""

    steps: tuple[Migration, ...]
    dry_run: bool


@cache
def known() -> tuple[Migration, ...]:
    """The migrations of this release, in order."""
    files = sorted((_SCHEMA / "migrations").glob("*.sql"))
    return tuple(_migration(file) for file in files)


async def pending(settings: MigrationSettings) -> tuple[Migration, ...]:
    """The steps that the database lacks; nothing is changed.

    Raises:
        Conflict: the database was migrated by a newer release, or a file was changed after it was carried out.
        Unavailable: the database cannot be reached, or refuses the role.
    """
    with translating(WHERE):
        async with _connected(settings) as connection:
            return lacking(await applied(connection))


async def migrate(settings: MigrationSettings, *, dry_run: bool = False) -> Migrated:
    """Carry out what is pending, and give the roles their rights; with ``dry_run`` only say what that would be.

    Several at once take turns. Each step is carried out whole or not at all; what was carried out before a step that
    fails, stays. Repeating it has no effect.

    Raises:
        Conflict: as ``pending``.
        Unavailable: the database cannot be reached, refuses the role or a statement, or another migration takes
            longer than the settings allow.
    """
    steps = await pending(settings)
    if dry_run:
        return Migrated(steps=steps, dry_run=True)
    done: list[Migration] = []
    with translating(WHERE):
        async with _connected(settings) as connection:
            while (step := await _in_time(settings, lambda: _next_step(connection))) is not None:
                done.append(step)
            await _in_time(settings, lambda: _give_rights(connection, settings))
    return Migrated(steps=tuple(done), dry_run=False)


async def applied(connection: Connection) -> tuple[Applied, ...]:
    """What was carried out in the database, in order; nothing where it has no tables of the plane yet."""
    if await connection.fetchval("SELECT to_regclass('artifact_plane.migration')") is None:
        return ()
    rows = await connection.fetch("SELECT number, name, checksum FROM artifact_plane.migration ORDER BY number")
    return tuple(Applied(number=row[0], name=row[1], checksum=row[2]) for row in rows)


def lacking(found: Sequence[Applied]) -> tuple[Migration, ...]:
    """What a database in which ``found`` was carried out still lacks.

    Raises:
        Conflict: something else was carried out in it than this release has.
    """
    problem = _difference(found)
    if problem is not None:
        raise Conflict(problem, where=WHERE, remedy="use the release that migrated this database, or a newer one")
    return known()[len(found) :]


def check_current(found: Sequence[Applied]) -> None:
    """Make sure that a running plane finds exactly its own tables.

    Raises:
        Unavailable: it does not; the remedy names the command to run.
    """
    problem = _difference(found)
    if problem is None and len(found) == len(known()):
        return
    if problem is None:
        at = f"is at step {len(found)}" if found else "has no tables of the plane"
        problem = f"the database {at}, and this release needs step {len(known())}"
        remedy = f"run `{COMMAND}` as the database's owner"
    else:
        remedy = f"use the release that ran `{COMMAND}` on this database, or a newer one"
    raise Unavailable(problem, where=WHERE, remedy=remedy, retryable=False)


def _difference(found: Sequence[Applied]) -> str | None:
    if len(found) > len(known()):
        return f"the database is at step {found[-1].number}, and this release knows {len(known())}: it is newer"
    for one, ours in zip(found, known(), strict=False):
        if (one.number, one.checksum) != (ours.number, ours.checksum):
            return f"step {one.number} ({one.name}) of the database has another text than that of this release"
    return None


async def _in_time(settings: MigrationSettings, carry_out: Callable[[], Awaitable[T]]) -> T:
    """Carry out, again and again for as long as the settings say where tables are in use.

    Whoever waits for a table keeps all who come later from it: so each try waits a moment only.
    """
    async for attempt in persistent(settings.lock, _is_in_use):
        with attempt:
            return await carry_out()
    raise AssertionError("repeating ends with an answer or an error")


def _is_in_use(error: Exception) -> bool:
    return gave_way(error) or isinstance(error, asyncpg.LockNotAvailableError)


async def _next_step(connection: Connection) -> Migration | None:
    """Carry out the first step that is lacking. Somebody else may have done so while this waited for the lock."""
    async with _transaction(connection):
        await _lock(connection)
        await connection.execute((_SCHEMA / "migration_table.sql").read_text("utf-8"))
        steps = lacking(await applied(connection))
        if not steps:
            return None
        step = steps[0]
        await _carry_out(connection, step)
        await connection.execute(
            "INSERT INTO artifact_plane.migration (number, name, checksum) VALUES ($1, $2, $3)",
            step.number,
            step.name,
            step.checksum,
        )
        return step


async def _carry_out(connection: Connection, step: Migration) -> None:
    try:
        await connection.execute(step.text)
    except asyncpg.PostgresError as error:
        if _is_in_use(error):
            raise
        raise _failed(f"step {step.number} ({step.name})", error) from error


async def _give_rights(connection: Connection, settings: MigrationSettings) -> None:
    async with _transaction(connection):
        await _lock(connection)
        for name, value in (("runtime_role", settings.runtime_role), ("worker_role", settings.worker_role)):
            await connection.execute("SELECT set_config($1, $2, true)", f"artifact_plane.{name}", value)
        try:
            await connection.execute((_SCHEMA / _ROLES).read_text("utf-8"))
        except asyncpg.PostgresError as error:
            if _is_in_use(error):
                raise
            raise _failed("giving the roles their rights", error) from error


async def _lock(connection: Connection) -> None:
    """Take the lock for the rest of the transaction; what was read before it was taken, says nothing."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await connection.execute(f"SET LOCAL lock_timeout = {_MOMENT_MS}")


def _failed(what: str, error: asyncpg.PostgresError) -> ArtifactPlaneError:
    # These are our own statements: what the server says about them quotes nobody's data.
    return Unavailable(
        f"{what} failed: {error.args[0] if error.args else type(error).__name__}",
        where=WHERE,
        remedy=f"run `{COMMAND}` as a role that owns the database and may create roles",
        retryable=False,
    )


@asynccontextmanager
async def _connected(settings: MigrationSettings) -> AsyncIterator[Connection]:
    try:
        connection: Connection = await asyncpg.connect(
            settings.dsn,
            timeout=settings.connect,
            statement_cache_size=0,
            server_settings={
                "application_name": "artifact-plane migrate",
                "lock_timeout": f"{round(settings.lock * 1000)}ms",
            },
        )
    except ValueError:
        raise unreadable_address() from None  # the cause quotes parts of the address
    try:
        yield connection
    finally:
        await closed(connection)


@asynccontextmanager
async def _transaction(connection: Connection) -> AsyncIterator[None]:
    """A transaction, rolled back where an error leaves it. Who is cancelled does not wait for the server to say so."""
    transaction = connection.transaction()
    await transaction.start()
    settle = transaction.rollback
    try:
        yield
        settle = transaction.commit
    except asyncio.CancelledError:
        connection.terminate()
        raise
    finally:
        if not connection.is_closed():
            await settle()


def _migration(file: Path) -> Migration:
    found = _FILE.fullmatch(file.name)
    if found is None:
        raise AssertionError(f"{file.name} is not a migration's name")
    text = file.read_text("utf-8")
    return Migration(number=int(found[1]), name=found[2], checksum=hashlib.sha256(text.encode()).hexdigest(), text=text)


def numbered_without_gaps(migrations: Iterable[Migration]) -> bool:
    """Whether the migrations count from 1."""
    return all(one.number == number for number, one in enumerate(migrations, start=1))
