"""Databases of tests: made, cloned from a migrated template, and dropped again."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

import asyncpg
import attrs

from tests.doubles.server_postgres import PostgresServer

OWNER: Final = "plane_owner"
"""The role of a database's owner, who migrates it and makes the runtime's roles. No superuser."""

RUNTIME: Final = "artifact_plane_runtime"
"""The role of a running plane, by its default name: it owns nothing."""


@attrs.frozen(kw_only=True)
class PostgresDatabase:
    """A database of one test: its addresses over TCP, without passwords, by role."""

    server: PostgresServer
    name: str

    @property
    def owner(self) -> str:
        """Who migrates it."""
        return self.server.dsn(self.name, OWNER)

    @property
    def runtime(self) -> str:
        """Who uses it once it is migrated."""
        return self.server.dsn(self.name, RUNTIME)

    @property
    def raw(self) -> str:
        """Whom row security does not bind: for back doors."""
        return self.server.dsn(self.name)


async def clone(server: PostgresServer) -> PostgresDatabase:
    """A new database with the plane's tables in it; whoever asks drops it."""
    template = await _template(server)
    database = PostgresDatabase(server=server, name=f"test_{uuid4().hex}")
    await execute(server.dsn(), f"CREATE DATABASE {database.name} OWNER {OWNER} TEMPLATE {template}")
    return database


async def execute(dsn: str, sql: str) -> None:
    """Carry out SQL on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _template(server: PostgresServer) -> str:
    """The database that those of the tests are cloned from, made by the first one that asks."""
    # Most runs of a few tests need no database.
    from artifact_plane.adapters.postgres.migrating import migrate
    from artifact_plane.adapters.postgres.settings import MigrationSettings

    template = PostgresDatabase(server=server, name="template_migrated")
    if not await _is_there(server, "SELECT FROM pg_database WHERE datname = $1", template.name):
        await make_owner(server)
        await execute(server.dsn(), f"CREATE DATABASE {template.name}_draft OWNER {OWNER}")
        draft = attrs.evolve(template, name=f"{template.name}_draft")
        await migrate(MigrationSettings(dsn=draft.owner))
        await execute(server.dsn(), f"ALTER DATABASE {template.name}_draft RENAME TO {template.name}")
    return template.name


async def make_owner(server: PostgresServer) -> None:
    """Make the role OWNER where it is missing."""
    if not await _is_there(server, "SELECT FROM pg_roles WHERE rolname = $1", OWNER):
        await execute(server.dsn(), f"CREATE ROLE {OWNER} LOGIN CREATEROLE")


async def _is_there(server: PostgresServer, question: str, name: str) -> bool:
    connection = await asyncpg.connect(server.dsn())
    try:
        return bool(await connection.fetch(question, name))
    finally:
        await connection.close()


async def drop(database: PostgresDatabase) -> None:
    """Remove a database, whatever the test has done to its server, and whoever is still connected."""
    database.server.heal()
    await execute(database.server.dsn(), f"DROP DATABASE {database.name} WITH (FORCE)")
