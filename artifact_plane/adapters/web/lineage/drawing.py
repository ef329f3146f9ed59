"""The drawing: from places to SVG, each text escaped, each name whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise

import attrs

from artifact_plane.adapters.web.lineage.finding import Found
from artifact_plane.adapters.web.lineage.layout import Placed
from artifact_plane.adapters.web.lineage.question import Question, Way
from artifact_plane.adapters.web.lineage.shapes import Shape, matches, name_of
from artifact_plane.adapters.web.lineage.stems import Point
from artifact_plane.adapters.web.words import RELATIONS
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, NodeKind

_CORNER = 7.0


@attrs.frozen(kw_only=True)
class DrawnNode:
    """A node in its place: its outline as a path, its lines of text with their baselines, and what a click does."""

    id: NodeId
    shape: Shape
    classes: str
    x: float
    y: float
    outline: str
    lines: tuple[tuple[str, float, str], ...]
    toggle: str | None
    opened: bool
    hidden: int


@attrs.frozen(kw_only=True)
class DrawnEdge:
    """An edge as a path with its arrow's tip, and what it says."""

    path: str
    arrow: str
    relation: str
    title: str


@attrs.frozen(kw_only=True)
class Drawing:
    """Everything a template needs to write the SVG."""

    width: int
    height: int
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]


def drawing_of(found: Found, shapes: Mapping[NodeId, Shape], placed: Placed, question: Question) -> Drawing:
    """The drawing of what was found."""
    nodes = tuple(_node(node, shapes[node], placed.middles[node], found, question) for node in shapes)
    return Drawing(
        width=math.ceil(placed.width),
        height=math.ceil(placed.height),
        nodes=nodes,
        edges=tuple(_edge(edge, points, found) for edge, points in placed.routes),
    )


def _node(node: NodeId, shape: Shape, middle: Point, found: Found, question: Question) -> DrawnNode:
    marks = {"start": node == found.start, "match": matches(found.nodes[node], question.wanted)}
    x, y = middle[0] - shape.width / 2, middle[1] - shape.height / 2
    opens = shape.kind in (NodeKind.ARTIFACT, NodeKind.EXECUTION)
    around = question.way is Way.BOTH and node == found.start  # all that is round it is shown, or was left out
    return DrawnNode(
        id=node,
        shape=shape,
        classes=" ".join((shape.classes, *(mark for mark, holds in marks.items() if holds))),
        x=round(x, 1),
        y=round(y, 1),
        outline=outline(shape),
        lines=tuple(_lines(shape)),
        toggle=question.toggled(node) if opens and not around else None,
        opened=node in question.opened,
        hidden=found.hidden.get(node, 0),
    )


def _lines(shape: Shape) -> Iterable[tuple[str, float, str]]:
    """Each line of text: its class, its baseline from the top of the box, and the text."""
    y = 8.0
    for line in shape.name:
        y += 17.0
        yield "name", y - 3.0, line
    for line in shape.id:
        y += 14.0
        yield "small", y - 2.5, line
    if shape.facts:
        yield "fact", y + 13.5, shape.facts


def outline(shape: Shape) -> str:
    """The outline that tells kinds apart: box, hexagon, rounded box, sheet with a folded corner."""
    w, h = shape.width, shape.height
    if shape.kind is NodeKind.EXECUTION:
        return f"M12 0H{w - 12:g}L{w:g} {h / 2:g}L{w - 12:g} {h:g}H12L0 {h / 2:g}Z"
    if shape.kind is NodeKind.INTENT:
        r = min(h / 2, 22.0)
        return (
            f"M{r:g} 0H{w - r:g}A{r:g} {r:g} 0 0 1 {w:g} {r:g}V{h - r:g}A{r:g} {r:g} 0 0 1 {w - r:g} {h:g}"
            f"H{r:g}A{r:g} {r:g} 0 0 1 0 {h - r:g}V{r:g}A{r:g} {r:g} 0 0 1 {r:g} 0Z"
        )
    if shape.kind is NodeKind.ATTACHMENT:
        return f"M0 0H{w - 12:g}L{w:g} 12V{h:g}H0ZM{w - 12:g} 0V12H{w:g}"
    return f"M4 0H{w - 4:g}Q{w:g} 0 {w:g} 4V{h - 4:g}Q{w:g} {h:g} {w - 4:g} {h:g}H4Q0 {h:g} 0 {h - 4:g}V4Q0 0 4 0Z"


def _edge(edge: LineageEdge, points: tuple[Point, ...], found: Found) -> DrawnEdge:
    later, earlier = found.nodes[edge.source], found.nodes[edge.target]
    told = f"{name_of(later)} {RELATIONS[edge.relation]} {name_of(earlier)}"
    return DrawnEdge(path=rounded(points), arrow=_arrow(points), relation=edge.relation.value, title=told)


def rounded(points: tuple[Point, ...]) -> str:
    """A path through the points, its corners rounded."""
    steps = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        entry, leave = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{entry[0]:g} {entry[1]:g}Q{corner[0]:g} {corner[1]:g} {leave[0]:g} {leave[1]:g}")
    steps.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(steps)


def _towards(corner: Point, other: Point) -> Point:
    """The point near a corner, on the way to the other end of the segment."""
    length = math.dist(corner, other)
    part = min(_CORNER, length / 2) / length if length else 0.0
    return round(corner[0] + (other[0] - corner[0]) * part, 1), round(corner[1] + (other[1] - corner[1]) * part, 1)


def _arrow(points: tuple[Point, ...]) -> str:
    """A triangle at the end, in the direction of the last segment that has a length."""
    tip = points[-1]
    before = next((one for one, two in reversed(list(pairwise(points))) if one != two), (tip[0] - 1.0, tip[1]))
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [tip, *(_polar(tip, angle + turn, 8.5) for turn in (math.pi - 0.42, math.pi + 0.42))]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _polar(origin: Point, angle: float, length: float) -> Point:
    return origin[0] + math.cos(angle) * length, origin[1] + math.sin(angle) * length
