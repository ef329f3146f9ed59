"""PostgresHome: the record store in a database, opened for one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from artifact_plane.adapters.postgres.artifact_registry import PostgresArtifactRegistry
from artifact_plane.adapters.postgres.blob_references import PostgresBlobReferences
from artifact_plane.adapters.postgres.credentials import PostgresCredentials
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.leases_aside import LeasesAside
from artifact_plane.adapters.postgres.ledger import PostgresLedger
from artifact_plane.adapters.postgres.lineage_feed import PostgresLineageFeed
from artifact_plane.adapters.postgres.lineage_graph import PostgresLineageGraph
from artifact_plane.adapters.postgres.opening import check_database
from artifact_plane.adapters.postgres.outbox import PostgresOutbox
from artifact_plane.adapters.postgres.record_archive import PostgresRecordArchive
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.adapters.postgres.state_surface import PostgresStateSurface
from artifact_plane.adapters.postgres.write_ahead_log import PostgresWriteAheadLog
from artifact_plane.adapters.postgres.writer import Writer


@attrs.frozen(kw_only=True)
class PostgresHome:
    """All ports of one record store. Any number of processes, on any machines, may have a database open at once."""

    ledger: PostgresLedger
    registry: PostgresArtifactRegistry
    state: PostgresStateSurface
    log: PostgresWriteAheadLog
    outbox: PostgresOutbox
    references: PostgresBlobReferences
    lineage: PostgresLineageGraph
    feed: PostgresLineageFeed
    credentials: PostgresCredentials
    archive: PostgresRecordArchive
    database: Database
    leases: LeasesAside

    @staticmethod
    @asynccontextmanager
    async def open(settings: PostgresSettings) -> AsyncIterator[PostgresHome]:
        """The record store; closed on the way out, after everything queued is written.

        Raises:
            Unavailable: the database stays away, is not at this release's schema, or the role is not one for which
                row security holds; the remedy says what to run.
        """
        async with AsyncExitStack() as stack:
            database = Database(settings)
            stack.push_async_callback(database.close)
            await check_database(database)
            leases = await stack.enter_async_context(LeasesAside.open(_for_renewals(settings)))
            writer = Writer(settings)
            stack.push_async_callback(writer.close)
            yield PostgresHome(
                ledger=PostgresLedger(database, writer),
                registry=PostgresArtifactRegistry(database),
                state=PostgresStateSurface(database, leases),
                log=PostgresWriteAheadLog(database),
                outbox=PostgresOutbox(database),
                references=PostgresBlobReferences(database),
                lineage=PostgresLineageGraph(database),
                feed=PostgresLineageFeed(database),
                credentials=PostgresCredentials(database),
                archive=PostgresRecordArchive(database),
                database=database,
                leases=leases,
            )


def _for_renewals(settings: PostgresSettings) -> PostgresSettings:
    """A connection of their own, on which nothing takes longer than a lease can bear: whatever reads and writes wait
    for, and whatever holds up the event loop, a process that lives must be able to say so."""
    third = settings.lease / 3
    return attrs.evolve(
        settings, reading=1, acquire=third, connect=min(settings.connect, third), command=third, deadline=third
    )
