"""SqliteHome: the record store of a home, opened for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs

from artifact_plane.adapters.sqlite.artifact_registry import SqliteArtifactRegistry
from artifact_plane.adapters.sqlite.blob_references import SqliteBlobReferences
from artifact_plane.adapters.sqlite.checkpoints import Checkpoints
from artifact_plane.adapters.sqlite.credentials import SqliteCredentials
from artifact_plane.adapters.sqlite.database import DEFAULTS, Database, SqliteSettings
from artifact_plane.adapters.sqlite.holders import Holders
from artifact_plane.adapters.sqlite.ledger import SqliteLedger
from artifact_plane.adapters.sqlite.lineage_graph import SqliteLineageGraph
from artifact_plane.adapters.sqlite.opening import RECORDS
from artifact_plane.adapters.sqlite.outbox import SqliteOutbox
from artifact_plane.adapters.sqlite.record_archive import SqliteRecordArchive
from artifact_plane.adapters.sqlite.state_surface import SqliteStateSurface
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.adapters.sqlite.write_ahead_log import SqliteWriteAheadLog
from artifact_plane.adapters.sqlite.writer import Writer

RECORDS_FILE: Final = "records.sqlite3"
HOLDERS_FOLDER: Final = "holders"


@attrs.frozen(kw_only=True)
class SqliteHome:
    """All ports of one record store. Several processes, and several handles of one, may have a home open at once."""

    ledger: SqliteLedger
    registry: SqliteArtifactRegistry
    state: SqliteStateSurface
    log: SqliteWriteAheadLog
    outbox: SqliteOutbox
    references: SqliteBlobReferences
    lineage: SqliteLineageGraph
    credentials: SqliteCredentials
    archive: SqliteRecordArchive

    @staticmethod
    @asynccontextmanager
    async def open(folder: Path, settings: SqliteSettings = DEFAULTS) -> AsyncIterator[SqliteHome]:
        """The home in ``folder``, made if there is none; closed on the way out, after everything queued is written.

        Raises:
            Unavailable: the folder or its files cannot be made or written, are locked, or SQLite is too old.
            InvalidInput: a newer release has made the home, or the file is another program's.
            Damaged: the file is corrupt.
        """
        database = Database(folder.resolve() / RECORDS_FILE, RECORDS, settings)
        try:
            connection = await asyncio.to_thread(database.open)
            holders = Holders(database.path.parent / HOLDERS_FOLDER)
            checkpoints = Checkpoints(database, connection)
            writer = Writer(database, connection, checkpoints)
            try:
                yield SqliteHome._joined(database, writer, holders)
            finally:
                await writer.close()
                holders.close()
                await asyncio.to_thread(checkpoints.close)
        finally:
            await asyncio.to_thread(database.close)

    @staticmethod
    def _joined(database: Database, writer: Writer, holders: Holders) -> SqliteHome:
        tenants = Tenants()
        return SqliteHome(
            ledger=SqliteLedger(writer),
            registry=SqliteArtifactRegistry(database, tenants),
            state=SqliteStateSurface(database, tenants, holders),
            log=SqliteWriteAheadLog(database, tenants),
            outbox=SqliteOutbox(database, writer),
            references=SqliteBlobReferences(database, writer, tenants, holders),
            lineage=SqliteLineageGraph(database, tenants),
            credentials=SqliteCredentials(database, writer),
            archive=SqliteRecordArchive(database, writer),
        )
