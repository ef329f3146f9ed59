"""Stems: the edges of a node that has very many run along one line, as the branches of a tree do, not side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from artifact_plane.domain.model.lineage import LineageEdge, NodeId

Point = tuple[float, float]
Route = tuple[LineageEdge, tuple[Point, ...]]

FAN: Final = 12
"""Edges of one node on one side from which on they share a stem."""

_LEVEL: Final = 1.0
"""Pixels by which a level piece of a route may be off."""


def on_stems(routes: Sequence[Route], middles: Mapping[NodeId, Point]) -> list[Route]:
    """The routes, those of fans on stems: out of the middle of a node's side, and into it."""
    out = _gathered(routes, middles, lambda edge: edge.target)
    back = _gathered([_reversed(route) for route in out], middles, lambda edge: edge.source)
    return [_reversed(route) for route in back]


def _reversed(route: Route) -> Route:
    edge, points = route
    return edge, points[::-1]


def _gathered(
    routes: Sequence[Route], middles: Mapping[NodeId, Point], end: Callable[[LineageEdge], NodeId]
) -> list[Route]:
    """The routes, those that begin at the same node with many others moved onto the stem amid their first turns."""
    counts = Counter(end(edge) for edge, _ in routes)
    turns: defaultdict[NodeId, list[float]] = defaultdict(list)
    for edge, points in routes:
        turn = _turn(points)
        if counts[end(edge)] > FAN and turn is not None:
            turns[end(edge)].append(points[turn][0])
    stems = {node: (min(xs) + max(xs)) / 2 for node, xs in turns.items()}
    return [
        (edge, _moved(points, stems[end(edge)], middles[end(edge)][1]) if end(edge) in stems else points)
        for edge, points in routes
    ]


def _turn(points: Sequence[Point]) -> int | None:
    """Where a route has ended its first turn; None for one that is level all the way."""
    level = points[0][1]
    return next((index for index, point in enumerate(points) if abs(point[1] - level) > _LEVEL), None)


def _moved(points: tuple[Point, ...], stem: float, middle: float) -> tuple[Point, ...]:
    """Level from the node's middle to the stem, along it, and on as before."""
    turn = _turn(points)
    landed, rest = (points[-1], ()) if turn is None else (points[turn], points[turn + 1 :])
    return (points[0][0], middle), (stem, middle), (stem, landed[1]), *(rest or points[-1:])
