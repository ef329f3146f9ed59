"""SqliteStateSurface: executions and policies in the record store's file; holders as locked files beside it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from artifact_plane.adapters.codec.paging import cursor_of, sequence_of
from artifact_plane.adapters.codec.records import execution_of, policy_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.sqlite.artifact_registry import SHORT
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.holders import Holders
from artifact_plane.adapters.sqlite.rows import microseconds, moment_of
from artifact_plane.adapters.sqlite.statements import select
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.execution import Execution, no_such_execution
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.state_surface import UNFINISHED_PAGE, StateSurface


class SqliteStateSurface(StateSurface):
    """Execution state in the record store's file."""

    def __init__(self, database: Database, tenants: Tenants, holders: Holders) -> None:
        self._database: Final = database
        self._tenants: Final = tenants
        self._holders: Final = holders

    async def execution(self, tenant_id: str, execution_id: str) -> Execution:
        rows = await self._database.read(self._tenants.question("execution", tenant_id, execution_id))
        if not rows:
            raise no_such_execution(execution_id)
        return _execution(rows[0][0])

    async def latest_attempt(self, tenant_id: str, intent_id: str) -> Execution | None:
        rows = await self._database.read(self._tenants.question("latest_attempt", tenant_id, intent_id))
        return _execution(rows[0][0]) if rows else None

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        before = sequence_of("e", after)
        if session_id is None:
            question = self._tenants.question("executions", tenant_id, before, limit + 1)
        else:
            question = self._tenants.question("executions_of_session", tenant_id, before, limit + 1, session_id)
        rows = await (self._database.read(question) if limit <= SHORT else self._database.read_apart(question))
        page = rows[:limit]
        cursor = cursor_of("e", page[-1][0]) if len(rows) > limit else None
        return tuple([_execution(record) for _, record in page]), cursor

    async def unfinished(
        self, *, limit: int = UNFINISHED_PAGE, after: Execution | None = None
    ) -> tuple[Execution, ...]:
        tenant_id, execution_id = ("", "") if after is None else (after.tenant_id, after.execution_id)
        question = self._tenants.question("unfinished", tenant_id, execution_id, limit)
        return tuple([_execution(record) for (record,) in await self._database.read_apart(question)])

    async def hold(self, holder: str) -> None:
        await asyncio.to_thread(self._holders.hold, holder)

    async def let_go(self, holder: str) -> None:
        self._holders.let_go(holder)

    async def is_alive(self, holder: str) -> bool:
        return self._holders.is_alive(holder)

    async def policy(self, digest: str) -> PolicyDocument:
        rows = await self._database.read(lambda one: select(one, "policy", digest))
        if not rows:
            raise NotFound("no such policy was recorded", where=f"policy {digest}")
        return policy_of(json_of(rows[0][0], "policy"))

    async def request(self, tenant_id: str, key: str, now: datetime) -> Request | None:
        rows = await self._database.read(self._tenants.question("request", tenant_id, key, microseconds(now)))
        if not rows:
            return None
        fingerprint, subject, expires = rows[0]
        return Request(key=key, fingerprint=fingerprint, subject=subject, expires_at=moment_of(expires))


def _execution(record: bytes) -> Execution:
    return execution_of(json_of(record, "execution"))
