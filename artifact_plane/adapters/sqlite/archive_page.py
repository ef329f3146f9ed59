"""One page of the archive, read from the tables (see ``queries/archive.sql``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import apsw

from artifact_plane.adapters.codec.records import execution_of, unreadable
from artifact_plane.adapters.codec.tables import CURRENT, DELETED, RECORD_KINDS, RELATIONS, UNREADABLE, json_of
from artifact_plane.adapters.sqlite.rows import artifacts_of
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.domain.model.change import JournalEntry, RecordKind
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, artifact_node, execution_node
from artifact_plane.ports.lineage_feed import FeedEntry
from artifact_plane.ports.record_archive import ArchivedChange, ArchivedExecution, ArchivedVersion, ArchivePage

_KINDS: Final = {number: kind for kind, number in RECORD_KINDS.items()}
_RELATIONS: Final = {number: relation for relation, number in RELATIONS.items()}
_STANDING: Final = 4
"""The column of an artifact's standing."""


def page_of(connection: apsw.Connection, after: int, limit: int) -> ArchivePage:
    """The page after position ``after``; of one state of the tables, which the caller sees to.

    Raises:
        Damaged: a row does not read back.
    """
    rows = select(connection, "changes_after", after, limit)
    if not rows:
        return ArchivePage(after=after, up_to=after)
    up_to = rows[-1][0]
    first, last = _nodes_end(connection, after), _nodes_end(connection, up_to)
    changes = tuple(_changes(connection, rows, after))
    executions = tuple(_executions(connection, after, up_to))
    return ArchivePage(
        after=after,
        up_to=up_to,
        changes=changes,
        lineage=_Lineage(connection, changes, executions).between(first, last),
        versions=tuple(_versions(connection, first, last)),
        executions=executions,
    )


def _nodes_end(connection: apsw.Connection, position: int) -> int:
    """The last node of the commits up to a position, as far as is known."""
    if position == 0:
        return 0
    ((journal_end,),) = select(connection, "journal_end", position)
    later = select(connection, "first_execution_node", position)
    later += select(connection, "first_version_node", journal_end)
    if later:
        return int(min(k for (k,) in later)) - 1
    ((last,),) = select(connection, "last_node")
    return int(last)


def _changes(connection: apsw.Connection, rows: Sequence[Row], after: int) -> Iterator[ArchivedChange]:
    journal: defaultdict[int, list[JournalEntry]] = defaultdict(list)
    ((begin,),) = select(connection, "journal_end", after)
    for position, kind, subject, body in select(connection, "journal_between", begin, rows[-1][4]):
        try:
            entry = JournalEntry(kind=_KINDS[kind], subject=subject, body=json_of(body, "journal record"))
        except KeyError as error:
            raise unreadable("journal record", error) from error
        journal[position].append(entry)
    for position, tenant_id, change_id, at, _ in rows:
        yield ArchivedChange(
            position=position,
            tenant_id=tenant_id,
            change_id=change_id,
            at=_moment(at),
            journal=tuple(journal[position]),
        )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except UNREADABLE as error:
        raise unreadable("change", error) from error


def _executions(connection: apsw.Connection, after: int, up_to: int) -> Iterator[ArchivedExecution]:
    for position, record in select(connection, "executions_between", after, up_to):
        yield ArchivedExecution(position=position, execution=execution_of(json_of(record, "execution")))


def _versions(connection: apsw.Connection, first: int, last: int) -> Iterator[ArchivedVersion]:
    for tenant_id, body, *row in select(connection, "versions_between", first, last):
        (artifact,) = artifacts_of([tuple(row)], tenant_id)
        yield ArchivedVersion(artifact=artifact, current=row[_STANDING] in (CURRENT, DELETED), body=body)


class _Lineage:
    """Nodes and edges, each at the position of the last commit of its tenant that is known to come before it."""

    def __init__(
        self,
        connection: apsw.Connection,
        changes: Sequence[ArchivedChange],
        executions: Sequence[ArchivedExecution],
    ) -> None:
        self._connection: Final = connection
        self._up_to: Final = changes[-1].position
        self._known: Final = dict(_known(changes, executions))
        self._current: Final[dict[str, int]] = {}
        self._nodes: Final[defaultdict[tuple[int, str], list[NodeId]]] = defaultdict(list)
        self._edges: Final[defaultdict[tuple[int, str], list[LineageEdge]]] = defaultdict(list)

    def between(self, first: int, last: int) -> tuple[FeedEntry, ...]:
        """What came with the nodes after number ``first`` up to ``last``."""
        places: dict[int, tuple[int, str]] = {}
        for k, tenant_id, node in select(self._connection, "nodes_between", first, last):
            places[k] = place = self._position(tenant_id, node), tenant_id
            self._nodes[place].append(node)
        for k, _, source, relation, target in select(self._connection, "edges_between", first, last):
            try:
                edge = LineageEdge(source, _RELATIONS[relation], target)
            except KeyError as error:
                raise unreadable("lineage edge", error) from error
            self._edges[places[k]].append(edge)
        return tuple(self._entries(self._nodes, self._edges))

    def _position(self, tenant_id: str, node: NodeId) -> int:
        known = self._known.get((tenant_id, node)) or self._current.get(tenant_id)
        if known is None:
            ((known,),) = select(self._connection, "position_of_tenant", tenant_id, self._up_to)
        self._current[tenant_id] = known
        return known

    @staticmethod
    def _entries(
        nodes: Mapping[tuple[int, str], Sequence[NodeId]], edges: Mapping[tuple[int, str], Sequence[LineageEdge]]
    ) -> Iterator[FeedEntry]:
        for position, tenant_id in sorted({*nodes, *edges}):
            place = position, tenant_id
            yield FeedEntry(
                position=position,
                tenant_id=tenant_id,
                nodes=tuple(nodes.get(place, ())),
                edges=tuple(edges.get(place, ())),
            )


def _known(
    changes: Sequence[ArchivedChange], executions: Sequence[ArchivedExecution]
) -> Iterator[tuple[tuple[str, NodeId], int]]:
    """The nodes whose positions are known: versions by their receipts, and executions."""
    for change in changes:
        for entry in change.journal:
            version = entry.body.get("version")
            if entry.kind is RecordKind.GOVERNANCE_DECISION and isinstance(version, int):
                yield (change.tenant_id, artifact_node(entry.subject, version)), change.position
    for one in executions:
        yield (one.execution.tenant_id, execution_node(one.execution.execution_id)), one.position
