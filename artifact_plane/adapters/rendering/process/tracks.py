"""Parallel lines: those that would overlap get different tracks, as few as can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

import attrs

from artifact_plane.adapters.rendering.process.grid import Cell, Grid
from artifact_plane.adapters.rendering.process.model import Flow
from artifact_plane.adapters.rendering.process.routes import Gutter, Net, Port, Route, nets

_APART: Final = 20.0
_K = TypeVar("_K")


@attrs.frozen
class Span:
    """From where to where a line goes."""

    low: float
    high: float

    def meets(self, other: Span, apart: float = 0.0) -> bool:
        """Whether the two overlap, touch or come nearer than ``apart``."""
        return self.low <= other.high + apart and other.low <= self.high + apart


@attrs.frozen(kw_only=True)
class GutterTracks:
    """The track of each flow that runs through a gutter (0 is next to the row), and how many each gutter has."""

    of_flow: Mapping[Flow, int]
    counts: Mapping[Gutter, int]


@attrs.frozen(kw_only=True)
class ChannelTracks:
    """The track of each net's vertical in each channel (0 is leftmost), and how many each channel has."""

    of_net: Mapping[tuple[int, Net], int]
    counts: Mapping[int, int]


def gutter_tracks(grid: Grid, routes: Iterable[Route]) -> GutterTracks:
    """Tracks for the horizontal lines, the shortest next to the row."""
    spans: dict[Gutter, dict[Flow, Span]] = defaultdict(dict)
    for route in routes:
        if isinstance(route.way, Gutter):
            spans[route.way][route.flow] = _across(route, grid.cells)
    of_flow: dict[Flow, int] = {}
    counts: dict[Gutter, int] = {}
    for gutter, inside in spans.items():
        order = sorted(inside, key=lambda flow: (inside[flow].high - inside[flow].low, inside[flow].low, flow.source))
        of_flow |= _coloured(order, inside, 0.0)
        counts[gutter] = 1 + max(of_flow[flow] for flow in order)
    return GutterTracks(of_flow=of_flow, counts=counts)


def channel_tracks(routes: Iterable[Route], rows: Mapping[int, float], ways: Mapping[Flow, float]) -> ChannelTracks:
    """Tracks for the vertical lines; ``rows`` is the line of each step, ``ways`` that of each flow's long run."""
    ends: dict[int, dict[Net, list[float]]] = defaultdict(lambda: defaultdict(list))
    for route in routes:
        for channel, net in nets(route):
            ends[channel][net] += [rows[net[1]], ways[route.flow]]
    of_net: dict[tuple[int, Net], int] = {}
    counts: dict[int, int] = {}
    for channel, inside in ends.items():
        spans = {net: Span(min(heights), max(heights)) for net, heights in inside.items()}
        order = sorted(spans, key=lambda net: _crossing_order(net, spans[net], rows[net[1]]))
        tracks = _coloured(order, spans, _APART)
        of_net |= {(channel, net): track for net, track in tracks.items()}
        counts[channel] = 1 + max(tracks.values())
    return ChannelTracks(of_net=of_net, counts=counts)


def _across(route: Route, cells: Sequence[Cell]) -> Span:
    """From where to where a route runs: twice the number of a channel, one more for the layer right of it."""
    flow = route.flow
    begin = 2 * cells[flow.source].layer + 1 if route.departs is None else 2 * route.departs
    end = 2 * cells[flow.target].layer + 1 if route.arrives is None else 2 * route.arrives
    return Span(min(begin, end), max(begin, end))


def _crossing_order(net: Net, span: Span, home: float) -> tuple[bool, float, int]:
    """Left before right: of lines that leave downwards the lowest, upwards the highest, then those that arrive."""
    port, step = net
    goes_down = span.high - home >= home - span.low
    return port is Port.LEFT, -home if goes_down else home, step


def _coloured(order: Sequence[_K], spans: Mapping[_K, Span], apart: float) -> dict[_K, int]:
    tracks: list[list[Span]] = []
    chosen: dict[_K, int] = {}
    for key in order:
        span = spans[key]
        free = (index for index, taken in enumerate(tracks) if not any(span.meets(one, apart) for one in taken))
        track = next(free, len(tracks))
        if track == len(tracks):
            tracks.append([])
        tracks[track].append(span)
        chosen[key] = track
    return chosen
