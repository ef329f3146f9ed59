"""MemoryHome: the record store in memory, opened for one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from artifact_plane.adapters.memory.artifact_registry import MemoryArtifactRegistry
from artifact_plane.adapters.memory.blob_references import MemoryBlobReferences
from artifact_plane.adapters.memory.credentials import MemoryCredentials
from artifact_plane.adapters.memory.ledger import MemoryLedger
from artifact_plane.adapters.memory.lineage_feed import MemoryLineageFeed
from artifact_plane.adapters.memory.lineage_graph import MemoryLineageGraph
from artifact_plane.adapters.memory.outbox import MemoryOutbox
from artifact_plane.adapters.memory.record_archive import MemoryRecordArchive
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.state_surface import MemoryStateSurface
from artifact_plane.adapters.memory.write_ahead_log import MemoryWriteAheadLog


@attrs.frozen(kw_only=True)
class MemoryHome:
    """All ports of one record store."""

    ledger: MemoryLedger
    registry: MemoryArtifactRegistry
    state: MemoryStateSurface
    log: MemoryWriteAheadLog
    outbox: MemoryOutbox
    references: MemoryBlobReferences
    lineage: MemoryLineageGraph
    credentials: MemoryCredentials
    feed: MemoryLineageFeed
    archive: MemoryRecordArchive

    @staticmethod
    @asynccontextmanager
    async def open(records: MemoryRecordStore | None = None) -> AsyncIterator[MemoryHome]:
        """A home over ``records``, which several may share as processes share a folder; without, over new ones.

        On the way out its holders die, as those of a process do.
        """
        shared = MemoryRecordStore() if records is None else records
        state = MemoryStateSurface(shared)
        try:
            yield MemoryHome(
                ledger=MemoryLedger(shared),
                registry=MemoryArtifactRegistry(shared),
                state=state,
                log=MemoryWriteAheadLog(shared),
                outbox=MemoryOutbox(shared),
                references=MemoryBlobReferences(shared),
                lineage=MemoryLineageGraph(shared),
                credentials=MemoryCredentials(shared),
                feed=MemoryLineageFeed(shared),
                archive=MemoryRecordArchive(shared),
            )
        finally:
            await state.close()
