"""Faults: fail the n-th effect of any port, as an error or as a crash, before or after it took place.

SQLite's method: run the same use case for n = 1, 2, 3 … until no fault fires any more, and look at the world after
each. A crash ends the process: from then on no effect of this process takes place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeVar

import attrs

from artifact_plane.composition.adapters import Adapters, RecordStore
from artifact_plane.domain.model.change import Change, Claim
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.blob_references import CLAIMS_PAGE, BlobReferences
from artifact_plane.ports.ledger import Committed, Ledger
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory

Result = TypeVar("Result")


class Crashed(BaseException):
    """The process died here."""


class Fault(Enum):
    """What happens at the chosen effect. AFTER means that it took place, and its reply was lost."""

    ERROR_BEFORE = "error before"
    ERROR_AFTER = "error after"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"


class Effects:
    """Counts the effects of one process, and makes the n-th fail."""

    def __init__(self, fail_at: int, fault: Fault) -> None:
        self._fail_at = fail_at
        self._fault = fault
        self._dead = False
        self.seen: list[str] = []

    @property
    def fired(self) -> bool:
        """Whether the chosen effect was reached."""
        return len(self.seen) >= self._fail_at

    def die(self) -> None:
        """Let the process die now, whatever it was doing."""
        self._dead = True

    async def step(self, name: str, effect: Callable[[], Awaitable[Result]]) -> Result:
        """Carry out ``effect``, unless this is the one that fails or the process is dead."""
        if self._dead:
            raise Crashed(name)
        self.seen.append(name)
        if len(self.seen) != self._fail_at:
            return await effect()
        if self._fault in (Fault.ERROR_AFTER, Fault.CRASH_AFTER):
            await effect()
        if self._fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            self._dead = True
            raise Crashed(name)
        raise Unavailable(f"a fault was injected at {name}", retryable=False)


@attrs.frozen
class FaultyLedger(Ledger):
    """Fails commits."""

    inner: Ledger
    effects: Effects

    async def commit(self, change: Change) -> Committed:
        return await self.effects.step("commit", lambda: self.inner.commit(change))


@attrs.frozen
class FaultyReferences(BlobReferences):
    """Fails claims and what becomes of them."""

    inner: BlobReferences
    effects: Effects

    async def claim(self, claim: Claim) -> None:
        await self.effects.step("claim", lambda: self.inner.claim(claim))

    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        await self.effects.step("abandon", lambda: self.inner.abandon(tenant_id, claim_ids))

    async def settle(self, claim: Claim) -> None:
        await self.effects.step("settle", lambda: self.inner.settle(claim))

    async def abandoned(
        self, tenant_id: str | None = None, *, limit: int = CLAIMS_PAGE, after: Claim | None = None
    ) -> tuple[Claim, ...]:
        return await self.inner.abandoned(tenant_id, limit=limit, after=after)

    async def removable(self, tenant_id: str, digest: Digest) -> bool:
        return await self.inner.removable(tenant_id, digest)


@attrs.frozen
class FaultyPayloadStore(PayloadStore):
    """Fails puts and deletes; a put's claim is an effect of its own."""

    inner: PayloadStore
    effects: Effects

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        return await self.effects.step("put", lambda: self.inner.put(tenant_id, source, claim))

    async def delete(self, payload: StoredPayload) -> bool:
        return await self.effects.step("delete", lambda: self.inner.delete(payload))

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        return await self.inner.find(tenant_id, digest)

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        return await self.inner.source(tenant_id, digest)

    def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        return self.inner.list(tenant_id, prefix, older_than=older_than)


@attrs.frozen
class FaultyWorkingMemory(WorkingMemory):
    """Crashes at remembering and forgetting; an error of the cache is a miss, which is the adapter's to see to."""

    inner: WorkingMemory
    effects: Effects

    async def remember(
        self, key: MemoryKey, value: bytes, digest: Digest, *, now: datetime, expires_at: datetime, session_id: str
    ) -> bool:
        return await self._quiet(
            "remember",
            lambda: self.inner.remember(key, value, digest, now=now, expires_at=expires_at, session_id=session_id),
        )

    async def recall(self, key: MemoryKey, digest: Digest, *, now: datetime) -> bytes | None:
        return await self.inner.recall(key, digest, now=now)

    async def forget(self, tenant_id: str, artifact_id: str) -> None:
        await self._quiet("forget", lambda: self._forget(tenant_id, artifact_id))

    async def forget_session(self, tenant_id: str, session_id: str) -> None:
        await self.inner.forget_session(tenant_id, session_id)

    async def _forget(self, tenant_id: str, artifact_id: str) -> bool:
        await self.inner.forget(tenant_id, artifact_id)
        return True

    async def _quiet(self, name: str, effect: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await self.effects.step(name, effect)
        except Unavailable:
            return False


def with_faults(adapters: Adapters, effects: Effects) -> Adapters:
    """The same adapters, as a process sees them whose n-th effect fails."""
    records: RecordStore = attrs.evolve(
        adapters.records,
        ledger=FaultyLedger(adapters.records.ledger, effects),
        references=FaultyReferences(adapters.records.references, effects),
    )
    return attrs.evolve(
        adapters,
        records=records,
        payloads=FaultyPayloadStore(adapters.payloads, effects),
        memory=FaultyWorkingMemory(adapters.memory, effects),
    )
