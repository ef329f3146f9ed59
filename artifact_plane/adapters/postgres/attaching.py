"""Attaching edges to nodes that exist already: the one change that could close a cycle, and is checked (law 20).

A lock of the tenant is held from before the search until the edges are recorded, so two halves of a cycle cannot be
attached at once. The search goes breadth first, level by level, without recursion, and is bounded. Within a process
the changes of a tenant take turns before they ask for a connection: those that wait for the lock would hold one each,
and keep all reads from theirs.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from artifact_plane.adapters.postgres.change_rows import ChangeRows
from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.database import WHERE, Database, persistent
from artifact_plane.adapters.postgres.recording import record
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.cycles import closes_cycle
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from artifact_plane.domain.model.lineage import MAX_NODES, LineageEdge, NodeId
from artifact_plane.ports.ledger import Committed


class Attaching:
    """Commits changes that attach edges, each alone in a transaction of several statements."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._turns: Final[WeakValueDictionary[str, asyncio.Lock]] = WeakValueDictionary()

    async def commit(self, rows: ChangeRows) -> Committed:
        """Record the change if its edges close no cycle. When the connection is lost, the change id tells the rest.

        Raises:
            ArtifactPlaneError: as ``Ledger.commit`` says.
        """
        async with self._turn(rows.change.tenant_id):
            return await self._persistently(rows)

    @asynccontextmanager
    async def _turn(self, tenant_id: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(tenant_id, asyncio.Lock())
        try:
            async with asyncio.timeout(self._database.settings.deadline):
                await turn.acquire()
        except TimeoutError as error:
            raise Unavailable(
                "other changes to the tenant's lineage did not end in time", where=WHERE, remedy="try again in a while"
            ) from error
        try:
            yield
        finally:
            turn.release()

    async def _persistently(self, rows: ChangeRows) -> Committed:
        try:
            return await self._once(rows)
        except Unavailable as error:
            if not error.retryable:
                raise
        async for attempt in persistent(self._database.settings.deadline, _may_go_through):
            with attempt:
                return Committed(position=(await self._once(rows)).position)
        raise AssertionError("repeating ends with an answer or an error")

    async def _once(self, rows: ChangeRows) -> Committed:
        change = rows.change
        async with self._database.tenant(change.tenant_id) as connection:
            await connection.execute(statement("lock_lineage"), change.tenant_id)
            if not await connection.fetch(statement("recorded_change"), change.tenant_id, change.change_id):
                await _check(change.edges, change.tenant_id, connection)
            (outcome,) = await record([rows], connection)
            if isinstance(outcome, Committed):
                return outcome
            raise outcome


async def _check(edges: Sequence[LineageEdge], tenant_id: str, connection: Connection) -> None:
    """Look whether any of ``edges`` closes a cycle with what is recorded, or with those before it.

    Raises:
        LineageCycle: one does; the message names the cycle.
        InvalidInput: more nodes lie upstream than can be searched.
    """
    search = _Search(tenant_id, connection, await _numbers(edges, tenant_id, connection))
    for edge in edges:
        await search.attach(edge.source, edge.target)


async def _numbers(edges: Sequence[LineageEdge], tenant_id: str, connection: Connection) -> Mapping[NodeId, int]:
    """The numbers of the edges' ends; of those that are new, numbers below zero."""
    ends = list(dict.fromkeys(end for edge in edges for end in (edge.source, edge.target)))
    new = {end: -number for number, end in enumerate(ends, start=1)}
    rows = await connection.fetch(statement("numbers_of_nodes"), tenant_id, ends)
    return new | {row[0]: row[1] for row in rows}


class _Search:
    """The recorded edges, and the attached ones on top of them."""

    def __init__(self, tenant_id: str, connection: Connection, numbers: Mapping[NodeId, int]) -> None:
        self._tenant_id: Final = tenant_id
        self._connection: Final = connection
        self._numbers: Final = numbers
        self._attached: Final[defaultdict[int, list[int]]] = defaultdict(list)

    async def attach(self, source: NodeId, target: NodeId) -> None:
        """Take the edge in if it closes no cycle."""
        start, goal = self._numbers[target], self._numbers[source]
        trail = await self._trail(start, goal)
        if trail:
            raise closes_cycle([source, *await self._names(trail)])
        self._attached[goal].append(start)

    async def _trail(self, start: int, goal: int) -> Sequence[int]:
        """A shortest way upstream from ``start`` to ``goal``, both included; empty where there is none."""
        came_from = {start: start}
        frontier = [start]
        while frontier and goal not in came_from:
            found = [(near, far) for near, far in await self._upstream(frontier) if far not in came_from]
            frontier = list({far: None for _, far in found})
            came_from.update((far, near) for near, far in found)
            if len(came_from) > MAX_NODES:
                raise InvalidInput(
                    f"more than {MAX_NODES} nodes lie upstream: too many to make sure that no cycle arises",
                    where="lineage",
                    remedy="give the origins when the artifact is created",
                )
        return list(_back(came_from, goal))[::-1] if goal in came_from else ()

    async def _upstream(self, frontier: Sequence[int]) -> Sequence[tuple[int, int]]:
        recorded = [k for k in frontier if k > 0]
        rows = (
            await self._connection.fetch(statement("targets_of_nodes"), self._tenant_id, recorded) if recorded else ()
        )
        attached = [(near, far) for near in frontier for far in self._attached.get(near, ())]
        return [*((row[0], row[1]) for row in rows), *attached]

    async def _names(self, trail: Sequence[int]) -> Sequence[NodeId]:
        rows = await self._connection.fetch(statement("ids_of_nodes"), self._tenant_id, list(trail))
        names = {row[0]: row[1] for row in rows} | {number: node for node, number in self._numbers.items()}
        return [names[k] for k in trail]


def _back(came_from: Mapping[int, int], goal: int) -> Iterator[int]:
    yield goal
    while came_from[goal] != goal:
        goal = came_from[goal]
        yield goal


def _may_go_through(error: Exception) -> bool:
    return isinstance(error, Unavailable) and error.retryable
