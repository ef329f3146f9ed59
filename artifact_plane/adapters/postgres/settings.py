"""How to reach the database, and how much of it to use."""

from __future__ import annotations

from typing import Final

import attrs

RUNTIME_ROLE: Final = "artifact_plane_runtime"
WORKER_ROLE: Final = "artifact_plane_worker"


@attrs.frozen(kw_only=True)
class PostgresSettings:
    """Settings of a running plane. Times are in seconds. The address may hold a password, and is never shown.

    ``pooler`` says that a pooler in transaction mode (PgBouncer) stands in between: nothing is kept in a session.
    ``reading`` is how many connections reads share; beside them there is one that writes. ``acquire`` is how long a
    read waits for a connection to come free, ``command`` how long one statement may take, ``deadline`` how long a
    lost connection is tried anew. ``group`` is how many changes go into one transaction at most, ``group_bytes`` how
    large they may be together; ``queue_changes`` and ``queue_bytes`` bound what waits to be written.
    """

    dsn: str = attrs.field(repr=False, metadata={"example": f"postgresql://{RUNTIME_ROLE}@localhost/artifact_plane"})
    worker_role: str = WORKER_ROLE
    application_name: str = "artifact-plane"
    pooler: bool = False
    reading: int = 8
    acquire: float = 5.0
    connect: float = 5.0
    command: float = 30.0
    deadline: float = 30.0
    lease: float = 15.0
    group: int = 32
    group_bytes: int = 8 * 1024 * 1024
    queue_changes: int = 1024
    queue_bytes: int = 64 * 1024 * 1024

    @property
    def server_limit_ms(self) -> int:
        """After how many milliseconds the server itself ends a statement, or a transaction that stands idle.

        It is less than ``command``: the server's word that nothing was done comes before we stop listening.
        """
        return max(1, int(self.command * 900))


@attrs.frozen(kw_only=True)
class MigrationSettings:
    """Who migrates: the address of the database as its owner, and the roles that are given their rights.

    ``lock`` is how long to wait for another migration, and for tables that are in use.
    """

    dsn: str = attrs.field(repr=False, metadata={"example": "postgresql://owner@localhost/artifact_plane"})
    runtime_role: str = RUNTIME_ROLE
    worker_role: str = WORKER_ROLE
    connect: float = 5.0
    lock: float = 60.0
