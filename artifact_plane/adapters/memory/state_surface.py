"""The state surface in memory."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Final

from artifact_plane.adapters.memory.cursors import cursor, place_of
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.execution import Execution, no_such_execution
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.state_surface import UNFINISHED_PAGE, StateSurface

_LIST: Final = "executions"


class MemoryStateSurface(StateSurface):
    """Reads the executions of a ``MemoryRecordStore``. One object is one process: it knows whom it holds."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records
        self._held: Final[set[str]] = set()

    async def close(self) -> None:
        """End everything that this object holds, as the end of its process would."""
        with self._records.lock:
            self._records.holders.difference_update(self._held)
            self._held.clear()

    async def execution(self, tenant_id: str, execution_id: str) -> Execution:
        with self._records.lock:
            found = self._records.tenant(tenant_id).executions.by_id.get(execution_id)
        if found is None:
            raise no_such_execution(execution_id)
        return found

    async def latest_attempt(self, tenant_id: str, intent_id: str) -> Execution | None:
        with self._records.lock:
            return self._records.tenant(tenant_id).executions.latest_attempt(intent_id)

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        before = place_of(_LIST, after)
        with self._records.lock:
            newest = self._records.tenant(tenant_id).executions.newest_first(before)
            wanted = (one for one in newest if session_id is None or one[1].session_id == session_id)
            found = list(islice(wanted, limit + 1))
        page = found[:limit]
        more = page and len(found) > limit
        return tuple(execution for _, execution in page), cursor(_LIST, page[-1][0]) if more else None

    async def unfinished(
        self, *, limit: int = UNFINISHED_PAGE, after: Execution | None = None
    ) -> tuple[Execution, ...]:
        with self._records.lock:
            return tuple(islice(self._records.unfinished_after(after), limit))

    async def hold(self, holder: str) -> None:
        with self._records.lock:
            self._held.add(holder)
            self._records.holders.add(holder)

    async def let_go(self, holder: str) -> None:
        with self._records.lock:
            self._held.discard(holder)
            self._records.holders.discard(holder)

    async def is_alive(self, holder: str) -> bool:
        with self._records.lock:
            return self._records.is_alive(holder)

    async def policy(self, digest: str) -> PolicyDocument:
        with self._records.lock:
            found = self._records.policies.get(digest)
        if found is None:
            raise NotFound(f"there is no policy {printable(digest)}", remedy="give the whole digest of a receipt")
        return found

    async def request(self, tenant_id: str, key: str, now: datetime) -> Request | None:
        with self._records.lock:
            return self._records.tenant(tenant_id).request(key, now)
