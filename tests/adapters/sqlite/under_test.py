"""A SQLite home under test: its ports, further handles, its death, and the back door to its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import apsw
import orjson

from artifact_plane.adapters.codec.tables import RELATIONS
from artifact_plane.adapters.sqlite.database import DEFAULTS, SqliteSettings
from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.adapters.sqlite.statements import Row
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge
from artifact_plane.domain.model.rendering import Digest
from tests.contracts.under_test import RecordBackdoor, RecordStoreUnderTest

_CENSUS: Final = {
    "versions": "SELECT count(*) FROM artifact",
    "bodies": "SELECT count(*) FROM body",
    "receipts": "SELECT count(*) FROM journal WHERE kind = 4",
    "edges": "SELECT count(*) FROM edge",
    "executions": "SELECT count(*) FROM execution",
    "journal": "SELECT count(*) FROM journal",
    "events": "SELECT count(*) FROM event",
    "policies": "SELECT count(*) FROM policy",
    "references": "SELECT count(*) FROM blob_reference",
    "claims": "SELECT count(*) FROM claim",
}
_WHICH: Final = """
    SELECT a.k FROM artifact AS a JOIN tenant AS t ON t.k = a.tenant
    WHERE t.tenant_id = ? AND a.artifact_id = ? AND a.version = ?
"""
_EDGES: Final = """
    SELECT s.id, e.relation, g.id
    FROM edge AS e JOIN node AS s ON s.k = e.source JOIN node AS g ON g.k = e.target JOIN tenant AS t ON t.k = s.tenant
    WHERE t.tenant_id = ?
"""


class FileBackdoor(RecordBackdoor):
    """The record store's file, opened past the adapter for each call."""

    def __init__(self, file: Path) -> None:
        self._file: Final = file

    def rows(self, sql: str, *values: str | int | bytes) -> list[Row]:
        """What a statement says about the file."""
        connection = apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(5000)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    async def census(self) -> Mapping[str, int]:
        return {name: self.rows(sql)[0][0] for name, sql in _CENSUS.items()}

    async def body(self, tenant_id: str, artifact_id: str, version: int) -> bytes | None:
        found = self.rows(f"SELECT data FROM body WHERE k = ({_WHICH})", tenant_id, artifact_id, version)  # noqa: S608
        return found[0][0] if found else None

    async def set_body(self, tenant_id: str, artifact_id: str, version: int, data: bytes) -> None:
        changed = self.rows(
            f"UPDATE body SET data = ? WHERE k = ({_WHICH}) RETURNING k",  # noqa: S608
            data,
            tenant_id,
            artifact_id,
            version,
        )
        assert changed

    async def edges(self, tenant_id: str) -> frozenset[LineageEdge]:
        relations = {number: relation for relation, number in RELATIONS.items()}
        return frozenset(
            LineageEdge(source, relations[relation], target)
            for source, relation, target in self.rows(_EDGES, tenant_id)
        )

    async def event_body(self, event_id: str) -> JsonObject | None:
        found = self.rows("SELECT record FROM event WHERE event_id = ?", event_id)
        return orjson.loads(found[0][0])["body"] if found else None

    async def references(self, tenant_id: str) -> Sequence[Digest]:
        sql = "SELECT digest FROM blob_reference WHERE tenant = (SELECT k FROM tenant WHERE tenant_id = ?) ORDER BY 1"
        return [digest for (digest,) in self.rows(sql, tenant_id)]


async def opened(stack: AsyncExitStack, folder: Path, settings: SqliteSettings = DEFAULTS) -> RecordStoreUnderTest:
    """A handle on the home in ``folder``, closed when ``stack`` is."""
    own = await stack.enter_async_context(AsyncExitStack())
    home = await own.enter_async_context(SqliteHome.open(folder, settings))

    async def reopen() -> RecordStoreUnderTest:
        return await opened(stack, folder, settings)

    return RecordStoreUnderTest(
        ledger=home.ledger,
        registry=home.registry,
        state=home.state,
        log=home.log,
        outbox=home.outbox,
        references=home.references,
        lineage=home.lineage,
        reopen=reopen,
        # What the death of a process does to others is that its locks go; real deaths are in test_processes.py.
        die=own.aclose,
        backdoor=FileBackdoor(folder / RECORDS_FILE),
    )
