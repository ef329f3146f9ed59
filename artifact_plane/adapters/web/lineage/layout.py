"""Where nodes and edges go: layers from origins on the left to what came of them on the right, by graphlay.

graphlay (MIT or Apache-2.0) is deterministic, knows each node's size, routes edges round nodes, and works without
holding Python's lock. Of the libraries compared, it drew the fewest crossings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, cast

import attrs
import graphlay

from artifact_plane.adapters.web.lineage.shapes import Shape
from artifact_plane.domain.model.lineage import LineageEdge, NodeId

Point = tuple[float, float]
MARGIN: Final = 24.0
_PRESET: Final = "process_map"
_FAN: Final = 12
"""Edges of one node from which on they share a stem: a lane for each would drive the layers apart."""


_DENSE: Final = 300
"""Edges from which on looking longer saves next to no crossings any more."""


@attrs.frozen(kw_only=True)
class Placed:
    """A drawing's nodes by their middles, its edges by the points they run through, and its size, all in pixels."""

    middles: Mapping[NodeId, Point]
    routes: Sequence[tuple[LineageEdge, tuple[Point, ...]]]
    width: float
    height: float


class CannotBeLaidOut(Exception):
    """The library refused the graph."""


def lay_out(shapes: Mapping[NodeId, Shape], edges: Sequence[LineageEdge]) -> Placed:
    """The places of all nodes and edges; the same for the same graph. Blocks: it belongs off the event loop.

    Raises:
        CannotBeLaidOut: the library refused the graph.
    """
    graph = graphlay.Graph()
    for node, shape in shapes.items():
        graph.node(node, width=shape.width, height=shape.height)
    for edge in edges:
        graph.edge(edge.target, edge.source)
    try:
        made = graphlay.layout(graph, preset=_PRESET, options=_options(edges))
    except graphlay.GraphlayError as error:
        raise CannotBeLaidOut(str(error)) from error
    return _placed(cast(_Raw, made.to_dict()), list(shapes), edges)


def _options(edges: Sequence[LineageEdge]) -> dict[str, object]:
    """How the library is to draw; its rounds of polishing ports take cubic time where a node has many edges."""
    ends = Counter(end for edge in edges for end in (edge.source, edge.target))
    fans = any(count > _FAN for count in ends.values())
    return {
        "direction": "leftright",
        "effort": "fast" if len(edges) > _DENSE else "balanced",
        "routing": {
            "style": "orthogonal",
            "merge_edges": "forks" if fans else "none",
            "lane_gap": 2.0 if fans else 8.0,
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

    return Placed(
        middles={node: moved(one["center"]) for node, one in zip(nodes, raw["nodes"], strict=True)},
        routes=[(edge, tuple(map(moved, one["points"]))) for edge, one in zip(edges, raw["edges"], strict=True)],
        width=high["x"] - low["x"] + 2 * MARGIN,
        height=high["y"] - low["y"] + 2 * MARGIN,
    )
