"""A Postgres record store under test: its ports, further handles, its death, and the back door to its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg
import attrs
import orjson

from artifact_plane.adapters.codec.tables import RELATIONS
from artifact_plane.adapters.postgres.home import PostgresHome
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge
from artifact_plane.domain.model.rendering import Digest
from tests.contracts.under_test import RecordBackdoor, RecordStoreUnderTest
from tests.doubles.databases import PostgresDatabase

_CENSUS: Final = """
    SELECT
        (SELECT count(*) FROM artifact_plane.artifact) AS versions,
        (SELECT count(*) FROM artifact_plane.body) AS bodies,
        (SELECT count(*) FROM artifact_plane.journal WHERE kind = 4) AS receipts,
        (SELECT count(*) FROM artifact_plane.edge) AS edges,
        (SELECT count(*) FROM artifact_plane.execution) AS executions,
        (SELECT count(*) FROM artifact_plane.journal) AS journal,
        (SELECT count(*) FROM artifact_plane.event) AS events,
        (SELECT count(*) FROM artifact_plane.policy) AS policies,
        (SELECT count(*) FROM artifact_plane.blob_reference) AS "references",
        (SELECT count(*) FROM artifact_plane.claim) AS claims
"""
_BODY: Final = """
    SELECT b.data FROM artifact_plane.body AS b JOIN artifact_plane.artifact AS a USING (tenant_id, k)
    WHERE a.tenant_id = $1 AND a.artifact_id = $2 AND a.version = $3
"""
_SET_BODY: Final = """
    UPDATE artifact_plane.body AS b SET data = $4 FROM artifact_plane.artifact AS a
    WHERE a.tenant_id = $1 AND a.artifact_id = $2 AND a.version = $3 AND b.tenant_id = a.tenant_id AND b.k = a.k
    RETURNING 1
"""
_EDGES: Final = """
    SELECT s.id, e.relation, t.id
    FROM artifact_plane.edge AS e
        JOIN artifact_plane.node AS s ON s.tenant_id = e.tenant_id AND s.k = e.source
        JOIN artifact_plane.node AS t ON t.tenant_id = e.tenant_id AND t.k = e.target
    WHERE e.tenant_id = $1
"""
_WAIT: Final = """
    UPDATE artifact_plane.event
    SET due = due - make_interval(secs => $1), claimed_until = claimed_until - make_interval(secs => $1)
"""


class TableBackdoor(RecordBackdoor):
    """The record store's tables, as a superuser on a connection of its own for each call."""

    def __init__(self, dsn: str) -> None:
        self._dsn: Final = dsn

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection whom row security does not bind."""
        connection = await asyncpg.connect(self._dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What a statement says about the tables."""
        async with self.connected() as connection:
            return await connection.fetch(sql, *values)

    async def census(self) -> Mapping[str, int]:
        (row,) = await self.rows(_CENSUS)
        return dict(row)

    async def body(self, tenant_id: str, artifact_id: str, version: int) -> bytes | None:
        found = await self.rows(_BODY, tenant_id, artifact_id, version)
        return found[0][0] if found else None

    async def set_body(self, tenant_id: str, artifact_id: str, version: int, data: bytes) -> None:
        assert await self.rows(_SET_BODY, tenant_id, artifact_id, version, data)

    async def edges(self, tenant_id: str) -> frozenset[LineageEdge]:
        relations = {number: relation for relation, number in RELATIONS.items()}
        return frozenset(
            LineageEdge(source, relations[relation], target)
            for source, relation, target in await self.rows(_EDGES, tenant_id)
        )

    async def event_body(self, event_id: str) -> JsonObject | None:
        found = await self.rows("SELECT record FROM artifact_plane.event WHERE event_id = $1", event_id)
        return orjson.loads(found[0][0])["body"] if found else None

    async def references(self, tenant_id: str) -> Sequence[Digest]:
        sql = "SELECT digest FROM artifact_plane.blob_reference WHERE tenant_id = $1 ORDER BY 1"
        return [Digest(row[0]) for row in await self.rows(sql, tenant_id)]

    async def let_events_wait(self, seconds: float) -> None:
        await self.rows(_WAIT, seconds)

    async def run_out(self, holders: Sequence[str]) -> None:
        """Let the time pass that these holders' leases have left."""
        await self.rows("UPDATE artifact_plane.holder SET lease_until = now() WHERE holder = ANY ($1)", list(holders))


@attrs.frozen(kw_only=True)
class Handle:
    """What one process has open: its home, and that as the suites see it."""

    home: PostgresHome
    store: RecordStoreUnderTest
    backdoor: TableBackdoor


async def handle(stack: AsyncExitStack, settings: PostgresSettings, raw: str) -> Handle:
    """A handle on the database of ``settings``, closed when ``stack`` is; ``raw`` is its address for the back door."""
    own = await stack.enter_async_context(AsyncExitStack())
    home = await own.enter_async_context(PostgresHome.open(settings))
    backdoor = TableBackdoor(raw)

    async def reopen() -> RecordStoreUnderTest:
        return (await handle(stack, settings, raw)).store

    async def die() -> None:
        # What the death of a process does to others is that its connections go, and its leases run out. Leases that
        # run out by themselves are in test_leases.py, real deaths in test_processes.py.
        await backdoor.run_out(home.leases.held)
        await home.leases.stop()
        await own.aclose()

    store = RecordStoreUnderTest(
        ledger=home.ledger,
        registry=home.registry,
        state=home.state,
        log=home.log,
        outbox=home.outbox,
        references=home.references,
        lineage=home.lineage,
        reopen=reopen,
        die=die,
        backdoor=backdoor,
    )
    return Handle(home=home, store=store, backdoor=backdoor)


def settings_of(database: PostgresDatabase) -> PostgresSettings:
    """Settings of a plane that runs on the database as the runtime role."""
    return PostgresSettings(dsn=database.runtime)
