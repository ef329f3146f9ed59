"""The lineage page. Its head is sent while the drawing is still being laid out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Final

import attrs
from litestar import get
from litestar.params import FromPath
from markupsafe import Markup

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.adapters.web.lineage.drawing import Drawing, drawing_of
from artifact_plane.adapters.web.lineage.finding import COUNTED, MOST_DRAWN, Answers, Found, ask, found_in
from artifact_plane.adapters.web.lineage.impact import Impact, impact_of, walks_of_impact
from artifact_plane.adapters.web.lineage.layout import CannotBeLaidOut, lay_out
from artifact_plane.adapters.web.lineage.question import MOST_STEPS, Question, Way
from artifact_plane.adapters.web.lineage.shapes import Shape, address_of, matches, name_of, shape_of
from artifact_plane.adapters.web.page import page_headers, page_parts, page_text
from artifact_plane.adapters.web.sending import PageInParts
from artifact_plane.domain.model.lineage import Bounds, Lineage, LineageEdge, LineageNode, NodeId, NodeKind
from artifact_plane.ports.application import Application

_HERE: Final = Markup("<!-- the drawing -->")
"""Stands in the page for the drawing; escaped text cannot hold it."""


@attrs.frozen(kw_only=True)
class Row:
    """A node as a row of the table: what it is, how many steps away, and what it came from."""

    node: LineageNode
    shape: Shape
    name: str
    href: str | None
    steps: int
    origins: tuple[tuple[LineageEdge, str, str | None], ...]
    match: bool


@attrs.frozen(kw_only=True)
class Elsewhere:
    """A node that is looked for and not shown: its page, and for an artifact the lineage round it."""

    name: str
    id: str
    href: str | None
    lineage: str | None


@attrs.define(kw_only=True)
class Shown:
    """What was found, as it is shown; each thing is made when the page comes to it."""

    question: Question
    answers: Answers

    @property
    def start(self) -> str:
        """What people call the artifact that it is about."""
        return name_of(self.answers.start)

    @cached_property
    def found(self) -> Found:
        """What is shown of the answers."""
        return found_in(self.answers, self.question)

    @cached_property
    def shapes(self) -> Mapping[NodeId, Shape]:
        """What each node looks like."""
        return {node.id: shape_of(node) for node in self.found.nodes.values()}

    def matched(self) -> int:
        """How many of the nodes are looked for."""
        return sum(matches(node, self.question.wanted) for node in self.found.nodes.values())

    @cached_property
    def beyond(self) -> tuple[Elsewhere, ...]:
        """What is looked for and not among the nodes that are shown, nearest first."""
        return tuple(_elsewhere(node) for node in self.found.left_out if matches(node, self.question.wanted))

    def rows(self) -> Iterator[Row]:
        """The nodes as rows, nearest first."""
        origins: defaultdict[NodeId, list[LineageEdge]] = defaultdict(list)
        for edge in self.found.edges:
            origins[edge.source].append(edge)
        for node in self.found.nodes.values():
            yield self._row(node, origins[node.id])

    def drawing(self) -> Drawing | None:
        """The drawing; None where it cannot be laid out: the table has everything. Blocks."""
        try:
            placed = lay_out(self.shapes, self.found.edges)
        except CannotBeLaidOut:
            return None
        return drawing_of(self.found, self.shapes, placed, self.question)

    def _row(self, node: LineageNode, origins: Iterable[LineageEdge]) -> Row:
        nodes = self.found.nodes
        return Row(
            node=node,
            shape=self.shapes[node.id],
            name=name_of(node),
            href=address_of(node),
            steps=self.found.distances[node.id],
            origins=tuple((edge, name_of(nodes[edge.target]), address_of(nodes[edge.target])) for edge in origins),
            match=matches(node, self.question.wanted),
        )


def _elsewhere(node: LineageNode) -> Elsewhere:
    told = node.id.partition(":")[2]
    artifact_id, _, version = told.rpartition("@")
    own = Question(artifact_id=artifact_id, version=int(version)) if node.kind is NodeKind.ARTIFACT else None
    return Elsewhere(
        name=name_of(node), id=artifact_id or told, href=address_of(node), lineage=own.address() if own else None
    )


@get("/artifacts/{artifact_id:str}/lineage", include_in_schema=False)
async def lineage_page(request: HttpRequest, artifact_id: FromPath[str]) -> PageInParts:
    """Where an artifact came from and what came of it, drawn and as a table."""
    app, tenant = service_of(request).application, caller_of(request).tenant_id
    question = Question.of(artifact_id, Asked.of(request))
    answers = await ask(app, tenant, question)
    shown = Shown(question=question, answers=answers)
    impact = await _impact(app, tenant, question, answers) if question.way is Way.IMPACT else None
    parts = page_parts(
        request,
        "lineage.html",
        drawing=_HERE,
        question=question,
        shown=shown,
        ways=list(Way),
        impact=impact,
        most=MOST_DRAWN,
    )
    return PageInParts(_sent(request, shown, parts), page_headers())


async def _impact(app: Application, tenant_id: str, question: Question, answers: Answers) -> Impact:
    """All that a change would concern, however few steps are drawn."""
    walks: Sequence[Lineage] = answers.walks
    if question.steps < MOST_STEPS:
        bounds = Bounds(depth=MOST_STEPS, nodes=COUNTED)
        walks = await walks_of_impact(app, tenant_id, question.artifact_id, bounds)
    return impact_of(question.artifact_id, walks)


async def _sent(request: HttpRequest, shown: Shown, parts: Iterator[str]) -> AsyncGenerator[bytes]:
    """The page in parts: what stands above the drawing need not wait for its layout."""
    yield next(parts).encode()
    _ = shown.shapes  # made here, once: the layout in its thread and the table both need them
    drawing = asyncio.create_task(asyncio.to_thread(shown.drawing))
    try:
        for part in parts:
            before, here, after = part.partition(_HERE)
            yield before.encode()
            if here:
                drawn = page_text(request, "lineage_drawing.html", drawing=await drawing, question=shown.question)
                yield (drawn + after).encode()
    finally:
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing
