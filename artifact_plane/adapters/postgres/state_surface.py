"""PostgresStateSurface: executions and policies in the database; holders as leases in the database's own time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from artifact_plane.adapters.codec.paging import cursor_of, sequence_of
from artifact_plane.adapters.codec.records import execution_of, policy_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.leases_aside import LeasesAside
from artifact_plane.adapters.postgres.pages import page
from artifact_plane.adapters.postgres.rows import answerable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.execution import Execution, no_such_execution
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.state_surface import UNFINISHED_PAGE, StateSurface


class PostgresStateSurface(StateSurface):
    """Execution state in the database."""

    def __init__(self, database: Database, leases: LeasesAside) -> None:
        self._database: Final = database
        self._leases: Final = leases

    async def execution(self, tenant_id: str, execution_id: str) -> Execution:
        rows = await self._database.rows("execution", tenant_id, execution_id) if answerable(execution_id) else []
        if not rows:
            raise no_such_execution(execution_id)
        return _execution(rows[0][0])

    async def latest_attempt(self, tenant_id: str, intent_id: str) -> Execution | None:
        rows = await self._database.rows("latest_attempt", tenant_id, intent_id) if answerable(intent_id) else []
        return _execution(rows[0][0]) if rows else None

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        before = sequence_of("e", after)
        if session_id is None:
            rows = await page(self._database, "executions", limit + 1, tenant_id, before, limit + 1)
        elif answerable(session_id):
            values = before, limit + 1, session_id
            rows = await page(self._database, "executions_of_session", limit + 1, tenant_id, *values)
        else:
            rows = []
        cursor = cursor_of("e", rows[limit - 1][0]) if len(rows) > limit else None
        return tuple([_execution(record) for _, record in rows[:limit]]), cursor

    async def unfinished(
        self, *, limit: int = UNFINISHED_PAGE, after: Execution | None = None
    ) -> tuple[Execution, ...]:
        last = ("", "") if after is None else (after.tenant_id, after.execution_id)
        async with self._database.everyone() as connection:
            rows = await connection.fetch(statement("unfinished"), *last, limit)
        return tuple([_execution(record) for (record,) in rows])

    async def hold(self, holder: str) -> None:
        await self._leases.hold(holder)

    async def let_go(self, holder: str) -> None:
        await self._leases.let_go(holder)

    async def is_alive(self, holder: str) -> bool:
        # A question like any other: who waits for another process has more time than a renewal has.
        if not answerable(holder):
            return False
        rows = await self._database.retried(lambda connection: connection.fetch(statement("is_alive"), holder))
        return bool(rows)

    async def policy(self, digest: str) -> PolicyDocument:
        rows = []
        if answerable(digest):
            rows = await self._database.retried(lambda connection: connection.fetch(statement("policy"), digest))
        if not rows:
            raise NotFound("no such policy was recorded", where=f"policy {printable(digest)}")
        return policy_of(json_of(rows[0][0], "policy"))

    async def request(self, tenant_id: str, key: str, now: datetime) -> Request | None:
        rows = await self._database.rows("request", tenant_id, key, now) if answerable(key) else []
        if not rows:
            return None
        fingerprint, subject, expires_at = rows[0]
        return Request(key=key, fingerprint=Digest(fingerprint), subject=subject, expires_at=expires_at)


def _execution(record: bytes) -> Execution:
    return execution_of(json_of(record, "execution"))
