"""The lineage projection in memory keeps the port's law."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.memory.lineage_projection import MemoryLineageProjection, ProjectedRecords
from artifact_plane.ports.lineage_projection import LineageProjection
from tests.contracts.lineage_projection import LineageProjectionContract, ProjectionUnderTest
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.clock import SettableClock
from tests.doubles.samples import a_change, an_artifact


@pytest.fixture
async def projected(store: RecordStoreUnderTest) -> ProjectionUnderTest:
    """A projection that was never fed, beside a record store with one artifact."""
    await store.ledger.commit(a_change(an_artifact()))
    records, clock = ProjectedRecords(), SettableClock(automatic=False)

    async def reopen() -> LineageProjection:
        return MemoryLineageProjection(records, store.lineage, clock)

    async def stored() -> int:
        return len(records.nodes) + len(records.edges)

    return ProjectionUnderTest(projection=await reopen(), reopen=reopen, stored=stored, clock=clock)


class TestMemoryLineageProjection(LineageProjectionContract):
    """Everything that ``LineageProjectionContract`` says."""
