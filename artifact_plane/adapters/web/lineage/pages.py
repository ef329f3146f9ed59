"""The lineage page. Its head is sent while the drawing is still being laid out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final

import attrs
from litestar import get
from litestar.params import FromPath
from litestar.response import Stream
from markupsafe import Markup

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.adapters.web.lineage.drawing import Drawing, drawing_of, matches
from artifact_plane.adapters.web.lineage.finding import Found, find
from artifact_plane.adapters.web.lineage.layout import CannotBeLaidOut, lay_out
from artifact_plane.adapters.web.lineage.question import Question, Way
from artifact_plane.adapters.web.lineage.shapes import Shape, address_of, name_of, shape_of
from artifact_plane.adapters.web.page import HTML, page_headers, page_text
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.lineage import LineageEdge, LineageNode, NodeId

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


@get("/artifacts/{artifact_id:str}/lineage", include_in_schema=False)
async def lineage_page(request: HttpRequest, artifact_id: FromPath[str]) -> Stream:
    """Where an artifact came from and what came of it, drawn and as a table."""
    app, tenant = service_of(request).application, caller_of(request).tenant_id
    question = Question.of(artifact_id, Asked.of(request))
    found = await find(app, tenant, question)
    shapes = {node.id: shape_of(node) for node in found.nodes.values()}
    concerned = await app.lineage.impact(artifact_id, tenant) if question.way is Way.IMPACT else ()
    text = page_text(request, "lineage.html", drawing=_HERE, **_facts(question, found, shapes, concerned))
    before, _, after = text.partition(_HERE)
    return Stream(_parts(request, before, after, question, found, shapes), media_type=HTML, headers=page_headers())


def _facts(
    question: Question, found: Found, shapes: Mapping[NodeId, Shape], concerned: tuple[Artifact, ...]
) -> dict[str, object]:
    rows = [_row(node, question, found, shapes) for node in found.nodes.values()]
    return {
        "question": question,
        "found": found,
        "start": shapes[found.start],
        "ways": list(Way),
        "rows": rows,
        "matched": sum(row.match for row in rows),
        "concerned": concerned,
    }


def _row(node: LineageNode, question: Question, found: Found, shapes: Mapping[NodeId, Shape]) -> Row:
    return Row(
        node=node,
        shape=shapes[node.id],
        name=name_of(node),
        href=address_of(node),
        steps=found.distances[node.id],
        origins=tuple(_origin(edge, found) for edge in found.origins(node.id)),
        match=matches(shapes[node.id], node.id, question.wanted),
    )


def _origin(edge: LineageEdge, found: Found) -> tuple[LineageEdge, str, str | None]:
    target = found.nodes[edge.target]
    return edge, name_of(target), address_of(target)


async def _parts(
    request: HttpRequest,
    before: str,
    after: str,
    question: Question,
    found: Found,
    shapes: Mapping[NodeId, Shape],
) -> AsyncIterator[bytes]:
    """The page in parts: the layout begins at once, and what stands above the drawing need not wait for it."""
    drawing = asyncio.create_task(asyncio.to_thread(_drawn, question, found, shapes))
    try:
        yield before.encode()
        yield page_text(request, "lineage_drawing.html", drawing=await drawing, question=question).encode()
        yield after.encode()
    finally:
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing


def _drawn(question: Question, found: Found, shapes: Mapping[NodeId, Shape]) -> Drawing | None:
    """The drawing; None where it cannot be laid out, the table below it has everything."""
    try:
        return drawing_of(found, shapes, lay_out(shapes, found.edges), question)
    except CannotBeLaidOut:
        return None
