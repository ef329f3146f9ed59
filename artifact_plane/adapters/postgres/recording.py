"""Recording a group of changes: one call of ``record_changes``, and what its answer says about each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Final, Protocol, TypeAlias

import asyncpg

from artifact_plane.adapters.codec.tables import DELETED
from artifact_plane.adapters.postgres.change_rows import NODES, TABLES, ChangeRows, Row
from artifact_plane.adapters.postgres.database import named
from artifact_plane.domain.model.artifact import deleted_origin, no_such_artifact
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.request import key_is_taken
from artifact_plane.ports.ledger import Committed

Outcome: TypeAlias = "Committed | ArtifactPlaneError"
_OF_A_CHANGE: Final = 4
_OF_A_NODE: Final = 2
_ARGUMENTS: Final = 1 + _OF_A_CHANGE + _OF_A_NODE + sum(1 + columns for columns in TABLES.values())
_CALL: Final = f"SELECT * FROM artifact_plane.record_changes({', '.join(f'${n + 1}' for n in range(_ARGUMENTS))})"  # noqa: S608
_READ_AGAIN: Final = "read it again and repeat the change on what is there now"


class Asked(Protocol):
    """A connection of the driver's."""

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        """The first row of a statement."""


async def record(group: Sequence[ChangeRows], connection: Asked) -> list[Outcome]:
    """Record the changes that may be recorded, in one statement, and say of each what became of it.

    None of them may touch what another one writes. Outside a transaction what is recorded is durable when this
    returns. Raises what the driver raises, with nothing recorded, or nobody knows what.
    """
    answer = await connection.fetchrow(_CALL, *_arguments(group))
    if answer is None:
        raise AssertionError("the function answers with one row")
    return [_outcome(number, group, answer) for number in range(len(group))]


def _arguments(group: Sequence[ChangeRows]) -> Iterator[object]:
    changes = [one.change for one in group]
    yield named(tuple(dict.fromkeys(change.tenant_id for change in changes)))
    yield [change.tenant_id for change in changes]
    yield [change.change_id for change in changes]
    yield [one.at for one in group]
    yield [change.at for change in changes]
    numbers = _Numbers(group)
    yield from _columns(list(numbers.nodes), _OF_A_NODE)
    for table, columns in TABLES.items():
        yield from _columns(numbers.rows(table), 1 + columns)


def _columns(rows: Sequence[Row], width: int) -> Iterable[object]:
    """Rows as arrays; None for one that holds nothing: the function can tell at a glance, and has less to unpack."""
    if not rows:
        return (None,) * width
    return [None if column.count(None) == len(rows) else column for column in zip(*rows, strict=True)]


class _Numbers:
    """The numbers that changes, nodes and origins have in a group, each from 1."""

    def __init__(self, group: Sequence[ChangeRows]) -> None:
        self.nodes: Final[dict[tuple[str, object], int]] = {}
        self._group: Final = group
        self._of_changes: Final = [self._of(one) for one in group]
        self._origins_before: Final = list(accumulate((len(one.tables["origins"]) for one in group), initial=0))

    def rows(self, table: str) -> Sequence[Row]:
        """The rows of a table with the number of their change, and numbers in the place of nodes and origins."""
        columns = NODES.get(table, ())
        rows: list[Row] = []
        for index, one in enumerate(self._group):
            for row in one.tables[table]:
                numbered = [index + 1, *row]
                for column in columns:
                    numbered[1 + column] = self._number(index, row[column])
                rows.append(tuple(numbered))
        return rows

    def _of(self, one: ChangeRows) -> Mapping[object, int]:
        """The number of each node that a change's rows name."""
        nodes = [row[0] for table in ("nodes", "needs") for row in one.tables[table]]
        return {node: self.nodes.setdefault((one.tenant_id, node), len(self.nodes) + 1) for node in nodes}

    def _number(self, index: int, named: object) -> int | None:
        if isinstance(named, int):
            return named - self._origins_before[index]
        return self._of_changes[index].get(named)


def _outcome(number: int, group: Sequence[ChangeRows], answer: asyncpg.Record) -> Outcome:
    trouble = answer["trouble"][number]
    if trouble is None:
        return Committed(position=answer["positions"][number], repeated=answer["repeated"][number])
    version, standing = answer["found_version"][number], answer["found_standing"][number]
    if trouble == "origin":
        (origin,) = _item(group, "origins", answer["item"][number])
        return no_such_artifact(str(origin)) if standing is None else deleted_origin(str(origin))
    if trouble == "artifact":
        return _artifact(_item(group, "artifacts", answer["item"][number]), version, standing)
    if trouble == "node":
        (node,) = _item(group, "needs", answer["item"][number])
        return NotFound(f"there is no {printable(str(node))}", where="lineage", remedy="name a version that there is")
    return _EXPLAIN[trouble](group[number].change, version)


def _item(group: Sequence[ChangeRows], table: str, item: int) -> Row:
    """The row that the function counts as ``item``: it counts those of all changes together, from 1."""
    return next(islice((row for one in group for row in one.tables[table]), item - 1, None))


def _artifact(row: Row, version: int | None, standing: int | None) -> ArtifactPlaneError:
    _, _, artifact_id, _, replaces, _, wanted, *_ = row
    if wanted == DELETED and version is None:
        return no_such_artifact(str(artifact_id))
    if standing == DELETED:
        return Conflict("it was deleted", where=f"artifact {artifact_id}", remedy=_READ_AGAIN)
    return _conflict(f"artifact {artifact_id}", replaces, version)


def _execution(change: Change, version: int | None) -> Conflict:
    write = change.execution
    if write is None:
        raise AssertionError("only a change with an execution is refused because of it")
    return _conflict(f"execution {write.execution.execution_id}", write.replaces, version)


def _attempt(change: Change, _: int | None) -> Conflict:
    write = change.execution
    if write is None:
        raise AssertionError("only a change with an execution is refused because of it")
    return Conflict(
        f"the intent {write.execution.intent_id} has an execution of attempt {write.execution.attempt} already",
        where=f"execution {write.execution.execution_id}",
        remedy="read the intent's latest execution",
    )


def _request(change: Change, _: int | None) -> Conflict:
    return key_is_taken("" if change.request is None else change.request.key)


def _claim(change: Change, _: int | None) -> Conflict:
    return Conflict(
        "a claim of the change was taken by a sweeper, because its holder did not renew its lease",
        where=f"change {change.change_id}",
        remedy="begin again: claim, put and commit anew",
    )


_EXPLAIN: Final[Mapping[str, Callable[[Change, int | None], ArtifactPlaneError]]] = {
    "execution": _execution,
    "attempt": _attempt,
    "request": _request,
    "claim": _claim,
}


def _conflict(where: str, replaces: object, version: int | None) -> Conflict:
    if version is None:
        reason = f"it is not there, and the change expects version {replaces}"
    elif replaces is None:
        reason = "it exists already"
    else:
        reason = f"it is at version {version}, and the change expects version {replaces}"
    return Conflict(reason, where=where, remedy=_READ_AGAIN)
