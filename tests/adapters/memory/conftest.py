"""The memory adapters, each with its back door, as the suites want them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack

import attrs
import pytest

from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge
from artifact_plane.domain.model.rendering import Digest
from tests.contracts.under_test import RecordBackdoor, RecordStoreUnderTest


@attrs.frozen
class MemoryBackdoor(RecordBackdoor):
    """Looks into the dicts themselves."""

    records: MemoryRecordStore

    async def census(self) -> Mapping[str, int]:
        found: Counter[str] = Counter(
            journal=len(self.records.journal),
            events=len(self.records.outbox.rows),
            policies=len(self.records.policies),
        )
        for tenant in self.records.tenants.values():
            lines = tenant.artifacts.lines.values()
            found["versions"] += sum(len(line.versions) for line in lines)
            found["bodies"] += sum(len(line.bodies) for line in lines)
            found["receipts"] += sum(map(len, tenant.artifacts.receipts.values()))
            found["edges"] += sum(map(len, tenant.lineage.upstream.values()))
            found["executions"] += len(tenant.executions.by_id)
            found["references"] += sum(map(len, tenant.blobs.references.values()))
            found["claims"] += len(tenant.blobs.claims)
        kinds = ("versions", "bodies", "receipts", "edges", "executions", "references", "claims")
        return dict.fromkeys(kinds, 0) | found

    async def body(self, tenant_id: str, artifact_id: str, version: int) -> bytes | None:
        return self.records.tenants[tenant_id].artifacts.lines[artifact_id].bodies.get(version)

    async def set_body(self, tenant_id: str, artifact_id: str, version: int, data: bytes) -> None:
        self.records.tenants[tenant_id].artifacts.lines[artifact_id].bodies[version] = data

    async def edges(self, tenant_id: str) -> frozenset[LineageEdge]:
        lineage = self.records.tenants[tenant_id].lineage
        leaving = frozenset(edge for edges in lineage.upstream.values() for edge in edges)
        assert leaving == frozenset(edge for edges in lineage.downstream.values() for edge in edges)
        return leaving

    async def event_body(self, event_id: str) -> JsonObject | None:
        rows = self.records.outbox.rows.values()
        return next((row.event.body for row in rows if row.event.event_id == event_id), None)

    async def references(self, tenant_id: str) -> Sequence[Digest]:
        held = self.records.tenants[tenant_id].blobs.references.values()
        return sorted(reference.digest for references in held for reference in references)


async def opened(records: MemoryRecordStore, stack: AsyncExitStack) -> RecordStoreUnderTest:
    """What one process has open on these records, until ``stack`` is closed."""
    process = await stack.enter_async_context(AsyncExitStack())
    home = await process.enter_async_context(MemoryHome.open(records))

    async def reopen() -> RecordStoreUnderTest:
        return await opened(records, stack)

    return RecordStoreUnderTest(
        ledger=home.ledger,
        registry=home.registry,
        state=home.state,
        log=home.log,
        outbox=home.outbox,
        references=home.references,
        lineage=home.lineage,
        reopen=reopen,
        die=process.aclose,
        backdoor=MemoryBackdoor(records),
    )


@pytest.fixture
async def store() -> AsyncIterator[RecordStoreUnderTest]:
    """A first handle on an empty record store."""
    async with AsyncExitStack() as stack:
        yield await opened(MemoryRecordStore(), stack)
