"""Where nodes and edges go: layers from origins on the left to what came of them on the right, by graphlay.

graphlay (MIT or Apache-2.0) is deterministic, knows each node's size, routes edges round nodes, and works without
holding Python's lock. Of the libraries compared, it drew the fewest crossings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypedDict, cast

import attrs
import graphlay

from artifact_plane.adapters.web.lineage.shapes import Shape
from artifact_plane.adapters.web.lineage.stems import FAN, Point, Route, on_stems
from artifact_plane.domain.model.lineage import LineageEdge, NodeId

MARGIN: Final = 24.0
_PRESET: Final = "process_map"
_LANE: Final = 8.0
_LANES: Final = 48.0
"""Pixels that the lanes of a fan may take together, before they are gathered: more would drive the layers apart."""

_REMEMBERED: Final = 32
"""Graphs whose places are kept: to search, to fit or to load again what one looks at does not move it."""

_DENSE: Final = 300
"""Edges from which on looking longer saves next to no crossings any more."""


@attrs.frozen(kw_only=True)
class Placed:
    """A drawing's nodes by their middles, its edges by the points they run through, and its size, all in pixels."""

    middles: Mapping[NodeId, Point]
    routes: Sequence[Route]
    width: float
    height: float


class CannotBeLaidOut(Exception):
    """The library refused the graph."""


def lay_out(shapes: Mapping[NodeId, Shape], edges: Sequence[LineageEdge]) -> Placed:
    """The places of all nodes and edges; the same for the same graph. Blocks: it belongs off the event loop.

    Raises:
        CannotBeLaidOut: the library refused the graph.
    """
    return _laid_out(tuple((node, shape.width, shape.height) for node, shape in shapes.items()), tuple(edges))


@lru_cache(maxsize=_REMEMBERED)
def _laid_out(boxes: tuple[tuple[NodeId, float, float], ...], edges: tuple[LineageEdge, ...]) -> Placed:
    graph = graphlay.Graph()
    for node, width, height in boxes:
        graph.node(node, width=width, height=height)
    for edge in edges:
        graph.edge(edge.target, edge.source)
    try:
        made = graphlay.layout(graph, preset=_PRESET, options=_options(edges))
    except graphlay.GraphlayError as error:
        raise CannotBeLaidOut(str(error)) from error
    return _placed(cast(_Raw, made.to_dict()), [node for node, _, _ in boxes], edges)


def _options(edges: Sequence[LineageEdge]) -> dict[str, object]:
    """How the library is to draw; its rounds of polishing ports take cubic time where a node has many edges."""
    ends = Counter(end for edge in edges for end in (edge.source, edge.target))
    most = max(ends.values(), default=1)
    return {
        "direction": "leftright",
        "effort": "fast" if len(edges) > _DENSE else "balanced",
        "routing": {
            "style": "orthogonal",
            "merge_edges": "none",
            "port_sides": "facing_only",  # out of one side, into the other: whatever comes of a node is right of it
            "lane_gap": _LANE if most <= FAN else _LANES / most,
        },
        "spacing": {"layer_gap": 60.0, "node_gap": 22.0, "dummy_gap": 16.0},
        "tuning": {"routing": {"port_relax_rounds": 0, "overlap_repair_rounds": 0}},
    }


class _XY(TypedDict):
    x: float
    y: float


class _Node(TypedDict):
    center: _XY


class _Edge(TypedDict):
    points: list[_XY]


class _Bounds(TypedDict):
    min: _XY
    max: _XY


class _Raw(TypedDict):
    nodes: list[_Node]
    edges: list[_Edge]
    bounds: _Bounds


def _placed(raw: _Raw, nodes: Sequence[NodeId], edges: Sequence[LineageEdge]) -> Placed:
    low, high = raw["bounds"]["min"], raw["bounds"]["max"]

    def moved(point: _XY) -> Point:
        return round(point["x"] - low["x"] + MARGIN, 1), round(point["y"] - low["y"] + MARGIN, 1)

    middles = {node: moved(one["center"]) for node, one in zip(nodes, raw["nodes"], strict=True)}
    routes = [(edge, tuple(map(moved, one["points"]))) for edge, one in zip(edges, raw["edges"], strict=True)]
    return Placed(
        middles=middles,
        routes=on_stems(routes, middles),
        width=high["x"] - low["x"] + 2 * MARGIN,
        height=high["y"] - low["y"] + 2 * MARGIN,
    )
