"""Putting a page of an archive into the tables, in one transaction: a statement for each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from artifact_plane.adapters.codec.tables import CURRENT, DELETED, RELATIONS, REPLACED, REPLACED_AND_DELETED
from artifact_plane.adapters.postgres.change_rows import Row, rows_of
from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.change import ArtifactWrite, Change, ExecutionWrite
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.lineage import artifact_node, attachment_node, execution_node
from artifact_plane.ports.record_archive import ArchivedChange, ArchivedExecution, ArchivedVersion, ArchivePage


async def restore(page: ArchivePage, connection: Connection) -> None:
    """Put the page in.

    Raises:
        Conflict: the store is not at ``page.after``.
        InvalidInput: it holds text that the database cannot keep.
        And what the driver raises.
    """
    if not await connection.fetch(statement("move_position"), page.after, page.up_to):
        raise Conflict(
            f"the record store is not at position {page.after}",
            where="record archive",
            remedy="let nobody else write to it meanwhile",
        )
    for name, width, rows in _tables(page):
        if rows:
            await connection.execute(statement(name), *columns(rows, width))


def columns(rows: Iterable[Row], width: int) -> tuple[Sequence[object], ...]:
    """The columns of rows of so many values, for ``unnest``."""
    return tuple(zip(*rows, strict=True)) or ((),) * width


def _tables(page: ArchivePage) -> Iterator[tuple[str, int, Sequence[Row]]]:
    """Statements, how many columns they take, and their rows, in the order in which rows refer to one another."""
    lineage, versions, executions = page.lineage, page.versions, page.executions
    yield "restore_changes", 4, [row for one in page.changes for row in _change(one)]
    yield "restore_journal", 6, [row for one in page.changes for row in _journal(one)]
    yield "restore_nodes", 3, [(entry.tenant_id, node, entry.position) for entry in lineage for node in entry.nodes]
    yield (
        "restore_edges",
        5,
        [
            (entry.tenant_id, edge.source, RELATIONS[edge.relation], edge.target, entry.position)
            for entry in lineage
            for edge in entry.edges
        ],
    )
    yield "retire_versions", 3, [(*_key(one), one.artifact.version) for one in versions]
    yield "restore_versions", 11, [_version(one) for one in versions]
    yield "restore_bodies", 3, [(*_owner(one), one.body) for one in versions if one.body is not None]
    yield "restore_executions", 11, [_execution(one) for one in executions]
    yield "name_attachments", 4, [row for one in executions for row in _attachments(one)]
    kept = [row for one in versions for row in _blobs(one)]
    yield "restore_references", 4, kept + [row for one in executions for row in _kept(one)]


def _change(change: ArchivedChange) -> Iterator[Row]:
    rows = rows_of(_as_change(change))
    yield change.tenant_id, change.change_id, change.position, rows.at


def _journal(change: ArchivedChange) -> Iterator[Row]:
    for row in rows_of(_as_change(change)).tables["journal"]:
        yield change.tenant_id, change.position, *row


def _as_change(change: ArchivedChange) -> Change:
    return Change(change_id=change.change_id, tenant_id=change.tenant_id, at=change.at, journal=change.journal)


def _key(version: ArchivedVersion) -> Row:
    return version.artifact.tenant_id, version.artifact.artifact_id


def _owner(version: ArchivedVersion) -> Row:
    artifact = version.artifact
    return artifact.tenant_id, artifact_node(artifact.artifact_id, artifact.version)


def _version(version: ArchivedVersion) -> Row:
    artifact = version.artifact
    write = ArtifactWrite(artifact=artifact)
    change = Change(change_id="", tenant_id=artifact.tenant_id, at=artifact.updated_at, artifacts=(write,))
    ((_, _, artifact_id, number, _, _, _, *values, _),) = rows_of(change).tables["artifacts"]
    return artifact.tenant_id, artifact_id, number, _standing(version), *values


def _standing(version: ArchivedVersion) -> int:
    if version.artifact.state is ArtifactState.DELETED:
        return DELETED if version.current else REPLACED_AND_DELETED
    return CURRENT if version.current else REPLACED


def _blobs(version: ArchivedVersion) -> Iterator[Row]:
    if version.artifact.state is ArtifactState.ACTIVE:
        for part in version.artifact.blobs:
            yield *_owner(version), part.digest, part.name


def _execution(archived: ArchivedExecution) -> Row:
    ((_, execution_id, version, _, *values),) = _run(archived)["executions"]
    return archived.execution.tenant_id, execution_id, archived.position, version, *values


def _kept(archived: ArchivedExecution) -> Iterator[Row]:
    execution = archived.execution
    for row in _run(archived)["kept"]:
        yield execution.tenant_id, execution_node(execution.execution_id), *row


def _run(archived: ArchivedExecution) -> Mapping[str, Sequence[Row]]:
    execution = archived.execution
    write = ExecutionWrite(execution=execution)
    change = Change(change_id="", tenant_id=execution.tenant_id, at=execution.updated_at, execution=write)
    return rows_of(change).tables


def _attachments(archived: ArchivedExecution) -> Iterator[Row]:
    for record in archived.execution.attachments:
        yield archived.execution.tenant_id, attachment_node(record.digest), record.name, record.size
