"""What the store knows of the things that a group of changes refers to, looked up for the whole group at once.

While the group is recorded this is kept up to date, so that a later change of the group sees the earlier ones before
any of their rows is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, TypeAlias

import apsw
import attrs

from artifact_plane.adapters.codec.tables import CURRENT
from artifact_plane.adapters.sqlite.change_rows import ChangeRows
from artifact_plane.adapters.sqlite.statements import Row, select

Key: TypeAlias = tuple[int, str]
"""A tenant's number and an id."""


@attrs.frozen
class Head:
    """The current version of an artifact: its number, version, standing, and the first version's number."""

    k: int
    version: int
    standing: int
    sequence: int

    @property
    def active(self) -> bool:
        """Whether it was not deleted."""
        return self.standing == CURRENT


@attrs.frozen
class Run:
    """An execution as it stands: its number, version, the position at which it was accepted, and whether the
    payload store keeps attachments for it."""

    k: int
    version: int
    sequence: int
    attached: bool


class Known:
    """Changes, artifacts, executions and nodes that a group refers to; what is absent is not there."""

    def __init__(self, connection: apsw.Connection, tenants: dict[str, int]) -> None:
        self.tenants: Final = tenants
        self.changes: Final[dict[Key, int]] = {}
        self.heads: Final[dict[Key, Head]] = {}
        self.runs: Final[dict[Key, Run]] = {}
        self.attempts: Final[set[tuple[int, str, int]]] = set()
        self.nodes: Final[dict[Key, int]] = {}
        self.requests: Final[dict[Key, int]] = {}
        self._connection: Final = connection

    def look_up(self, changes: Iterable[ChangeRows]) -> None:
        """Look up everything that ``changes`` refer to."""
        by_tenant: defaultdict[str, list[ChangeRows]] = defaultdict(list)
        for change in changes:
            by_tenant[change.tenant_id].append(change)
        for tenant_id, group in by_tenant.items():
            self._look_up(self.tenant(tenant_id), group)

    def tenant(self, tenant_id: str) -> int:
        """The tenant's number, a new one if need be."""
        found = self.tenants.get(tenant_id)
        if found is None:
            rows = select(self._connection, "tenant_number", tenant_id)
            rows = rows or select(self._connection, "add_tenant", tenant_id)
            found = self.tenants[tenant_id] = int(rows[0][0])
        return found

    def _look_up(self, tenant: int, group: list[ChangeRows]) -> None:
        for change_id, position in self._rows("known_changes", tenant, {change.change_id for change in group}):
            self.changes[tenant, change_id] = position
        artifact_ids = {one.artifact_id for change in group for one in change.artifacts}
        artifact_ids.update(origin for change in group for _, origin in change.derivations)
        for artifact_id, *head in self._rows("known_heads", tenant, artifact_ids):
            self.heads[tenant, artifact_id] = Head(*head)
        for node, k in self._rows("known_nodes", tenant, _nodes(group)):
            self.nodes[tenant, node] = k
        keys = {change.request.key for change in group if change.request is not None}
        for key, expires in self._rows("known_requests", tenant, keys):
            self.requests[tenant, key] = expires
        runs = [change.execution for change in group if change.execution is not None]
        for execution_id, *run in self._rows("known_executions", tenant, {run.execution_id for run in runs}):
            self.runs[tenant, execution_id] = Run(*run)
        new = {run.intent_id for run in runs if run.replaces is None}
        self.attempts.update(
            (tenant, intent_id, attempt) for intent_id, attempt in self._rows("known_attempts", tenant, new)
        )

    def _rows(self, name: str, tenant: int, wanted: set[str]) -> list[Row]:
        if not wanted:
            return []
        return select(self._connection, name, tenant, apsw.carray(tuple(wanted)))


def _nodes(group: Iterable[ChangeRows]) -> set[str]:
    """The nodes that edges point to, and those of executions; a new artifact's node cannot be there yet."""
    nodes: set[str] = set()
    for change in group:
        nodes.update(target for _, _, target in change.edges)
        if change.attaches_edges:
            nodes.update(source for source, _, _ in change.edges)
        if change.execution is not None:
            nodes.update(node for node, _, _ in change.execution.nodes)
    return nodes
