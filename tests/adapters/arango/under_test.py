"""Lineage in ArangoDB under test: beside a record store in memory, or a projection alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import cast

import attrs
from arango.client import ArangoClient
from arango.database import StandardDatabase

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.names import Names
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.lineage_feed import MemoryLineageFeed
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.use_cases.projection import LineageProjector
from artifact_plane.ports.ledger import Committed, Ledger
from artifact_plane.ports.lineage_projection import LineageProjection
from tests.adapters.memory.conftest import opened as opened_in_memory
from tests.contracts.lineage_projection import ProjectionUnderTest
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.clock import SettableClock
from tests.doubles.samples import a_change, an_artifact


@attrs.frozen
class ProjectedLedger(Ledger):
    """A ledger whose commits return when the projection has seen them, so that the graph's suite can ask at once."""

    ledger: Ledger
    projector: LineageProjector

    async def commit(self, change: Change) -> Committed:
        """Commit, and catch up."""
        committed = await self.ledger.commit(change)
        await self.projector.catch_up(committed.position)
        return committed


async def opened(stack: AsyncExitStack, settings: ArangoSettings, records: MemoryRecordStore) -> RecordStoreUnderTest:
    """A handle on ``records`` with lineage from the server that ``settings`` name, until ``stack`` is closed."""
    process = await stack.enter_async_context(AsyncExitStack())
    store = await opened_in_memory(records, process)
    clock = SystemClock()
    graph = await process.enter_async_context(ArangoLineageGraph.open(settings, store.lineage, clock))
    await graph.prepare()

    async def reopen() -> RecordStoreUnderTest:
        return await opened(stack, settings, records)

    projector = LineageProjector(MemoryLineageFeed(records), graph, clock)
    return attrs.evolve(
        store,
        ledger=ProjectedLedger(store.ledger, projector),
        lineage=graph,
        reopen=reopen,
        die=process.aclose,
    )


async def projection_of(stack: AsyncExitStack, settings: ArangoSettings) -> ProjectionUnderTest:
    """A projection that was never fed, beside a record store with one artifact."""
    store = await opened_in_memory(MemoryRecordStore(), stack)
    await store.ledger.commit(a_change(an_artifact()))
    clock, names = SettableClock(automatic=False), Names(settings.prefix)

    async def reopen() -> LineageProjection:
        return await stack.enter_async_context(ArangoLineageGraph.open(settings, store.lineage, clock))

    async def stored() -> int:
        with client(settings) as database:
            return sum(count(database, collection) for collection in (names.nodes, names.edges))

    projection = await reopen()
    assert isinstance(projection, ArangoLineageGraph)
    await projection.prepare()
    return ProjectionUnderTest(projection=projection, reopen=reopen, stored=stored, clock=clock)


@contextmanager
def client(settings: ArangoSettings) -> Iterator[StandardDatabase]:
    """The driver itself on the settings' database, past the adapter; for the back door."""
    arango = ArangoClient(hosts=list(settings.urls))
    try:
        yield arango.db(settings.database, username=settings.username, password=settings.password)
    finally:
        arango.close()


def count(database: StandardDatabase, collection: str) -> int:
    """How many documents a collection has."""
    return cast(int, database.collection(collection).count())
