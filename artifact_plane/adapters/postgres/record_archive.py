"""PostgresRecordArchive: everything in the database, taken out in the order of its commits, and put in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import orjson

from artifact_plane.adapters.codec.records import event_body, event_of, execution_of, policy_body, policy_of, unreadable
from artifact_plane.adapters.codec.tables import CURRENT, DELETED, RECORD_KINDS, RELATIONS, UNREADABLE, json_of
from artifact_plane.adapters.postgres.connections import Connection, Row
from artifact_plane.adapters.postgres.database import Database, named
from artifact_plane.adapters.postgres.record_restoring import columns, restore
from artifact_plane.adapters.postgres.rows import artifacts_of, printable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.change import JournalEntry, PolicyRecord
from artifact_plane.domain.model.lineage import LineageEdge, NodeId
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.lineage_feed import FeedEntry
from artifact_plane.ports.record_archive import (
    ArchivedChange,
    ArchivedEvent,
    ArchivedExecution,
    ArchivedRequest,
    ArchivedVersion,
    ArchivePage,
    LooseEnds,
    RecordArchive,
)

_KINDS: Final = {number: kind for kind, number in RECORD_KINDS.items()}
_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_STANDING: Final = 2
_BODY: Final = 10
_NODE: Final = 11
"""Columns of ``archived_versions``."""


class PostgresRecordArchive(RecordArchive):
    """The archive of a database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def position(self) -> int:
        rows = await self._database.retried(lambda connection: connection.fetch(statement("position")))
        return int(rows[0][0])

    async def export(self, after: int, *, limit: int) -> ArchivePage:
        async with self._database.everyone(snapshot=True) as connection:
            changes = await connection.fetch(statement("archived_changes"), after, limit)
            if not changes:
                return ArchivePage(after=after, up_to=after)
            up_to = changes[-1]["position"]
            journal = await connection.fetch(statement("archived_journal"), after, up_to)
            nodes = await connection.fetch(statement("archived_nodes"), after, up_to)
            edges = await connection.fetch(statement("archived_edges"), after, up_to)
            executions = await connection.fetch(statement("archived_executions"), after, up_to)
        return ArchivePage(
            after=after,
            up_to=up_to,
            changes=tuple(_changes(changes, journal)),
            lineage=tuple(_lineage(nodes, edges)),
            versions=await self._versions(nodes),
            executions=tuple(
                ArchivedExecution(position=position, execution=execution_of(json_of(record, "execution")))
                for position, record in executions
            ),
        )

    async def policies(self) -> tuple[PolicyRecord, ...]:
        rows = await self._worker("archived_policies")
        return tuple(
            PolicyRecord(digest=digest, document=policy_of(json_of(document, "policy"))) for digest, document in rows
        )

    async def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        number, key = 0, ("", "")
        while True:
            events = await self._worker("archived_events", number, limit)
            requests = await self._worker("archived_requests", *key, limit)
            if not events and not requests:
                return
            number = events[-1]["k"] if events else number
            key = (requests[-1]["tenant_id"], requests[-1]["key"]) if requests else key
            yield LooseEnds(events=tuple(map(_event, events)), requests=tuple(map(_request, requests)))

    async def restore(self, page: ArchivePage) -> None:
        tenants = {change.tenant_id for change in page.changes} | {entry.tenant_id for entry in page.lineage}
        async with self._tenants(tenants) as connection:
            await restore(page, connection)

    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        rows = [(one.digest, orjson.dumps(policy_body(one.document))) for one in policies]
        if rows:
            await self._database.retried(
                lambda connection: connection.execute(statement("restore_policies"), *columns(rows, 2))
            )

    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        tenants = {one.event.tenant_id for one in batch.events} | {one.tenant_id for one in batch.requests}
        async with self._tenants(tenants) as connection:
            await connection.execute(statement("restore_events"), *columns(map(_event_values, batch.events), 8))
            await connection.execute(statement("restore_requests"), *columns(map(_request_values, batch.requests), 5))

    async def _versions(self, nodes: Sequence[Row]) -> tuple[ArchivedVersion, ...]:
        wanted: defaultdict[str, list[NodeId]] = defaultdict(list)
        for _, tenant_id, node in nodes:
            wanted[tenant_id].append(node)
        found: dict[tuple[str, NodeId], ArchivedVersion] = {}
        for tenant_id, ids in wanted.items():
            async with self._database.tenant(tenant_id, snapshot=True) as connection:
                rows = await connection.fetch(statement("archived_versions"), tenant_id, ids)
            found |= {(tenant_id, row[_NODE]): _version(row, tenant_id) for row in rows}
        return tuple(found[tenant_id, node] for _, tenant_id, node in nodes if (tenant_id, node) in found)

    async def _worker(self, name: str, *values: object) -> list[Row]:
        async with self._database.everyone() as connection:
            return await connection.fetch(statement(name), *values)

    @asynccontextmanager
    async def _tenants(self, tenants: set[str]) -> AsyncIterator[Connection]:
        """A connection in a transaction of several tenants."""
        ordered = sorted(tenants) or ["nobody"]
        async with self._database.tenant(ordered[0]) as connection:
            await connection.fetchval(statement("ask_as_tenants"), named(ordered))
            yield connection


def _changes(changes: Sequence[Row], journal: Sequence[Row]) -> Iterator[ArchivedChange]:
    entries: defaultdict[int, list[JournalEntry]] = defaultdict(list)
    try:
        for position, kind, subject, body in journal:
            entry = JournalEntry(kind=_KINDS[kind], subject=subject, body=json_of(body, "journal record"))
            entries[position].append(entry)
        for position, tenant_id, change_id, at in changes:
            yield ArchivedChange(
                position=position,
                tenant_id=tenant_id,
                change_id=change_id,
                at=datetime.fromisoformat(at),
                journal=tuple(entries[position]),
            )
    except UNREADABLE as error:
        raise unreadable("journal record", error) from error


def _lineage(nodes: Sequence[Row], edges: Sequence[Row]) -> Iterator[FeedEntry]:
    added: Mapping[tuple[int, str], tuple[list[NodeId], list[LineageEdge]]] = defaultdict(lambda: ([], []))
    for position, tenant_id, node in nodes:
        added[position, tenant_id][0].append(node)
    try:
        for position, tenant_id, source, relation, target in edges:
            added[position, tenant_id][1].append(LineageEdge(source, _RELATIONS[relation], target))
    except KeyError as error:
        raise unreadable("lineage edge", error) from error
    for (position, tenant_id), (own_nodes, own_edges) in sorted(added.items()):
        yield FeedEntry(position=position, tenant_id=tenant_id, nodes=tuple(own_nodes), edges=tuple(own_edges))


def _version(row: Row, tenant_id: str) -> ArchivedVersion:
    (artifact,) = artifacts_of([row], tenant_id)
    return ArchivedVersion(artifact=artifact, current=row[_STANDING] in (CURRENT, DELETED), body=row[_BODY])


def _event(row: Row) -> ArchivedEvent:
    return ArchivedEvent(
        event=event_of(json_of(row["record"], "event")),
        due=row["due"],
        tries=row["tries"],
        trouble=row["trouble"],
        set_aside=row["set_aside"],
    )


def _event_values(one: ArchivedEvent) -> tuple[object, ...]:
    event, trouble = one.event, None if one.trouble is None else printable(one.trouble)
    record = orjson.dumps(event_body(event))
    return event.tenant_id, event.event_id, event.subject, one.due, one.tries, trouble, one.set_aside, record


def _request(row: Row) -> ArchivedRequest:
    tenant_id, key, fingerprint, subject, expires_at = row
    request = Request(key=key, fingerprint=Digest(fingerprint), subject=subject, expires_at=expires_at)
    return ArchivedRequest(tenant_id=tenant_id, request=request)


def _request_values(one: ArchivedRequest) -> tuple[object, ...]:
    request = one.request
    return one.tenant_id, request.key, request.fingerprint, request.subject, request.expires_at
