"""Finding what a lineage page shows: the walks that are asked for, joined, cut to what can be drawn, and counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from artifact_plane.adapters.web.lineage.impact import walks_of_impact
from artifact_plane.adapters.web.lineage.question import Question, Way
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.lineage import (
    Bounds,
    Lineage,
    LineageEdge,
    LineageNode,
    NodeId,
    NodeKind,
    Relation,
    attachment_node,
    execution_node,
    intent_node,
)
from artifact_plane.ports.application import Application

MOST_DRAWN: Final = 200
COUNTED: Final = 6_000
"""Nodes up to which a page counts what it does not show."""

_NEIGHBOURS: Final = Bounds(depth=1, nodes=500)
_MOST_OUTPUTS: Final = 50
_AT_ONCE: Final = 8


@attrs.frozen(kw_only=True)
class Found:
    """What is shown: nodes by distance from the start, the edges among them, and what is left out.

    ``total`` counts what the question is about, ``more`` says that there is even more than that. ``hidden`` counts,
    where it is known, a shown node's neighbours that are not shown.
    """

    start: NodeId
    nodes: Mapping[NodeId, LineageNode]
    distances: Mapping[NodeId, int]
    edges: tuple[LineageEdge, ...]
    total: int
    more: bool
    hidden: Mapping[NodeId, int]
    position: int
    left_out: tuple[LineageNode, ...] = ()
    """What is counted in the total and not shown, nearest first."""

    @property
    def reached(self) -> int:
        """How many steps away the farthest node is that is shown."""
        return max(self.distances.values())


@attrs.frozen(kw_only=True)
class Answers:
    """What the application answered: the walks from the start, and those round the opened nodes."""

    walks: tuple[Lineage, ...]
    around: tuple[Lineage, ...]

    @property
    def start(self) -> LineageNode:
        """The artifact that it is about."""
        first = self.walks[0]
        return next(node for node in first.nodes if node.id == first.start)


async def ask(app: Application, tenant_id: str, question: Question) -> Answers:
    """Ask the application all that the question needs. Raises NotFound, Unavailable."""
    walks = await _walks(app, tenant_id, question)
    limit = asyncio.Semaphore(_AT_ONCE)
    around = await asyncio.gather(*(_around(app, tenant_id, node, limit) for node in question.opened))
    return Answers(walks=tuple(walks), around=tuple(walk for walks in around for walk in walks))


def found_in(answers: Answers, question: Question) -> Found:
    """What is to be shown of the answers."""
    gathered = _Gathered(question.steps)
    for walk in answers.walks:
        gathered.take(walk)
    gathered.open(question.opened, answers.around)
    return gathered.found()


async def _walks(app: Application, tenant_id: str, question: Question) -> list[Lineage]:
    """The walks that answer; each goes one step further than is shown, to know what lies there."""
    bounds = Bounds(depth=question.steps + 1, nodes=COUNTED)
    if question.way is Way.IMPACT:
        return await walks_of_impact(app, tenant_id, question.artifact_id, bounds)
    ways = {Way.UPSTREAM: (app.lineage.upstream,), Way.DOWNSTREAM: (app.lineage.downstream,)}
    asked = (
        ask(question.artifact_id, tenant_id, bounds=bounds, version=question.version)
        for ask in ways.get(question.way, (app.lineage.upstream, app.lineage.downstream))
    )
    return list(await asyncio.gather(*asked))


async def _around(app: Application, tenant_id: str, node: NodeId, limit: asyncio.Semaphore) -> list[Lineage]:
    """What lies one step round a node; nothing where it is not there (any more)."""
    kind, _, name = node.partition(":")
    async with limit:
        try:
            if kind == NodeKind.ARTIFACT.value:
                return await _around_artifact(app, tenant_id, name)
            if kind == NodeKind.EXECUTION.value:
                return await _around_execution(app, tenant_id, name)
        except NotFound:
            return []
    return []


async def _around_artifact(app: Application, tenant_id: str, name: str) -> list[Lineage]:
    artifact_id, _, version = name.rpartition("@")
    asked = (
        ask(artifact_id, tenant_id, bounds=_NEIGHBOURS, version=int(version))
        for ask in (app.lineage.upstream, app.lineage.downstream)
    )
    return list(await asyncio.gather(*asked))


async def _around_execution(app: Application, tenant_id: str, execution_id: str) -> list[Lineage]:
    """An execution's outputs, each with what it came from; the first of them leads to what the execution used."""
    execution = (await app.runtime.execution(execution_id, tenant_id)).execution
    outputs = execution.references[:_MOST_OUTPUTS]
    asked = [
        app.lineage.upstream(
            one.artifact_id,
            tenant_id,
            version=one.version,
            bounds=attrs.evolve(_NEIGHBOURS, depth=1 if index else 2),
        )
        for index, one in enumerate(outputs)
    ]
    walks = await asyncio.gather(*asked)
    return [_beginning(execution), *(_near(walk, execution_node(execution_id)) for walk in walks)]


def _near(walk: Lineage, node: NodeId) -> Lineage:
    """Of a walk, what touches one node."""
    edges = tuple(edge for edge in walk.edges if node in (edge.source, edge.target))
    ends = {end for edge in edges for end in (edge.source, edge.target)} | {node}
    return attrs.evolve(walk, start=node, nodes=tuple(one for one in walk.nodes if one.id in ends), edges=edges)


def _beginning(execution: Execution) -> Lineage:
    """An execution with its intent and its attachments, as its own record tells."""
    node = execution_node(execution.execution_id)
    intent = LineageNode(id=intent_node(execution.intent_id), kind=NodeKind.INTENT)
    files = [
        LineageNode(
            id=attachment_node(one.digest), kind=NodeKind.ATTACHMENT, facts={"name": one.name, "size": one.size}
        )
        for one in execution.attachments
    ]
    itself = LineageNode(
        id=node,
        kind=NodeKind.EXECUTION,
        facts={"intent_type": execution.intent_type, "state": execution.state.value},
    )
    return Lineage(
        start=node,
        nodes=(itself, intent, *files),
        edges=(
            LineageEdge(node, Relation.WAS_STARTED_BY, intent.id),
            *(LineageEdge(node, Relation.USED, one.id) for one in files),
        ),
        truncated=False,
        position=0,
    )


class _Gathered:
    """All that the walks brought together, and how far from the start it is."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._start = ""
        self._nodes: dict[NodeId, LineageNode] = {}
        self._edges: dict[LineageEdge, None] = {}
        self._within: dict[NodeId, int] = {}
        self._more = False
        self._position = 0

    def take(self, walk: Lineage) -> None:
        """A walk from where the question starts."""
        self._start = self._start or walk.start
        self._position = max(self._position, walk.position)
        self._join(walk)
        reached = _distances(walk)
        for node, distance in reached.items():
            if distance <= self._steps:
                self._within[node] = min(distance, self._within.get(node, distance))
        # A walk that was cut one step beyond what is asked for has still told all that is asked for.
        self._more = self._more or (walk.truncated and max(reached.values()) <= self._steps)

    def open(self, opened: Iterable[NodeId], walks: Iterable[Lineage]) -> None:
        """Show what lies round the opened nodes too, in the order in which they were opened."""
        for walk in walks:
            self._join(walk)
        neighbours = self._neighbours()
        for node in opened:
            if node in self._within:
                for near in neighbours[node]:
                    self._within.setdefault(near, self._within[node] + 1)

    def found(self) -> Found:
        """What is to be shown of it: the nearest nodes."""
        nearest = sorted(self._within, key=lambda node: self._within[node])
        shown = nearest[:MOST_DRAWN]
        kept = frozenset(shown)
        neighbours = self._neighbours()
        return Found(
            start=self._start,
            nodes={node: self._nodes[node] for node in shown},
            distances={node: self._within[node] for node in shown},
            edges=tuple(edge for edge in self._edges if edge.source in kept and edge.target in kept),
            total=len(self._within),
            more=self._more,
            hidden={node: count for node in shown if (count := len(set(neighbours[node]) - kept))},
            position=self._position,
            left_out=tuple(self._nodes[node] for node in nearest[MOST_DRAWN:]),
        )

    def _join(self, walk: Lineage) -> None:
        self._nodes.update((node.id, node) for node in walk.nodes if node.id not in self._nodes or node.facts)
        self._edges.update(dict.fromkeys(walk.edges))

    def _neighbours(self) -> dict[NodeId, list[NodeId]]:
        return _neighbours(self._edges)


def _distances(walk: Lineage) -> dict[NodeId, int]:
    """How many steps each node of a walk is from its start."""
    neighbours = _neighbours(walk.edges)
    distances = {walk.start: 0}
    queue = deque([walk.start])
    while queue:
        node = queue.popleft()
        for near in neighbours[node]:
            if near not in distances:
                distances[near] = distances[node] + 1
                queue.append(near)
    return distances


def _neighbours(edges: Iterable[LineageEdge]) -> dict[NodeId, list[NodeId]]:
    found: defaultdict[NodeId, list[NodeId]] = defaultdict(list)
    for edge in edges:
        found[edge.source].append(edge.target)
        found[edge.target].append(edge.source)
    return found
