"""SqliteRecordArchive: everything in the record store's file, taken out in the order of its commits, and put in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import apsw
import orjson

from artifact_plane.adapters.codec.records import event_body, event_of, policy_body, policy_of
from artifact_plane.adapters.codec.tables import json_of
from artifact_plane.adapters.sqlite.archive_page import page_of
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.record_restoring import restore
from artifact_plane.adapters.sqlite.rows import microseconds, moment_of
from artifact_plane.adapters.sqlite.statements import Row, select, snapshot
from artifact_plane.adapters.sqlite.writer import Writer
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.record_archive import (
    ArchivedEvent,
    ArchivedRequest,
    ArchivePage,
    LooseEnds,
    RecordArchive,
)


class SqliteRecordArchive(RecordArchive):
    """The archive of a home's file."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database: Final = database
        self._writer: Final = writer

    async def position(self) -> int:
        ((position,),) = await self._database.read(lambda connection: select(connection, "position"))
        return int(position)

    async def export(self, after: int, *, limit: int) -> ArchivePage:
        def question(connection: apsw.Connection) -> ArchivePage:
            with snapshot(connection):
                return page_of(connection, after, limit)

        return await self._database.read_apart(question)

    async def policies(self) -> tuple[PolicyRecord, ...]:
        rows = await self._database.read_apart(lambda connection: select(connection, "all_policies"))
        return tuple(
            PolicyRecord(digest=digest, document=policy_of(json_of(document, "policy"))) for digest, document in rows
        )

    async def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        number, key = 0, ("", "")
        while True:
            events = await self._rows("events_after", number, limit)
            requests = await self._rows("requests_after", *key, limit)
            if not events and not requests:
                return
            number = events[-1][0] if events else number
            key = (requests[-1][0], requests[-1][1]) if requests else key
            yield LooseEnds(events=tuple(map(_event, events)), requests=tuple(map(_request, requests)))

    async def restore(self, page: ArchivePage) -> None:
        await self._writer.write(lambda draft: restore(page, draft))

    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        def carry_out(draft: Draft) -> None:
            for policy in policies:
                draft.now("add_policy", policy.digest, orjson.dumps(policy_body(policy.document)))

        await self._writer.write(carry_out)

    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        def carry_out(draft: Draft) -> None:
            for event in batch.events:
                draft.now("put_event", *_event_values(event, draft))
            for one in batch.requests:
                draft.now("put_request_if_new", *_request_values(one, draft))

        await self._writer.write(carry_out)

    async def _rows(self, name: str, *values: str | int) -> list[Row]:
        return await self._database.read_apart(lambda connection: select(connection, name, *values))


def _event(row: Row) -> ArchivedEvent:
    _, due, tries, trouble, set_aside, record = row
    return ArchivedEvent(
        event=event_of(json_of(record, "event")),
        due=moment_of(due) if due else None,
        tries=tries,
        trouble=trouble,
        set_aside=bool(set_aside),
    )


def _event_values(waiting: ArchivedEvent, draft: Draft) -> Row:
    event, due = waiting.event, waiting.due
    return (
        event.event_id,
        draft.known.tenant(event.tenant_id),
        event.subject,
        0 if due is None else microseconds(due),
        waiting.tries,
        waiting.trouble,
        int(waiting.set_aside),
        orjson.dumps(event_body(event)),
    )


def _request(row: Row) -> ArchivedRequest:
    tenant_id, key, fingerprint, subject, expires = row
    request = Request(key=key, fingerprint=Digest(fingerprint), subject=subject, expires_at=moment_of(expires))
    return ArchivedRequest(tenant_id=tenant_id, request=request)


def _request_values(one: ArchivedRequest, draft: Draft) -> Row:
    request = one.request
    tenant = draft.known.tenant(one.tenant_id)
    return tenant, request.key, request.fingerprint, request.subject, microseconds(request.expires_at)
