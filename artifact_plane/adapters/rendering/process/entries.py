"""Where lines enter a step on its left: those that come by different verticals get places of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.rendering.process.grid import Grid
from artifact_plane.adapters.rendering.process.model import Flow
from artifact_plane.adapters.rendering.process.routes import Net, Port, Route
from artifact_plane.adapters.rendering.process.shapes import Figure
from artifact_plane.adapters.rendering.process.tracks import ChannelTracks

_APART: Final = 9.0
_SHARE_USED: Final = 0.7


@attrs.frozen(kw_only=True)
class _Line:
    """All flows that enter a step by one vertical: its channel and track, and whether they come from above."""

    net: Net
    channel: int
    track: int
    is_from_above: bool


def find_entries(
    routes: Sequence[Route], grid: Grid, figures: Sequence[Figure], ways: Mapping[Flow, float], tracks: ChannelTracks
) -> dict[Flow, float]:
    """How far below (or, negative, above) the middle each flow enters; the middle where a flow is not named."""
    entering: dict[int, list[Route]] = defaultdict(list)
    for route in routes:
        if route.enters is Port.LEFT:
            entering[route.flow.target].append(route)
    leaving = _leaving(routes, grid)
    offsets: dict[Flow, float] = {}
    for target, group in entering.items():
        cell = grid.cells[target]
        lines = {_line_of(route, ways, grid, tracks) for route in group if not _is_level(route)}
        is_crowded = len(lines) + sum(map(_is_level, group)) > 1
        if is_crowded or any(leaving.get((line.channel, cell.row), line.net) != line.net for line in lines):
            places = _spread(lines, figures[target].half_height)
            offsets |= {route.flow: places[_net_of(route)] for route in group if not _is_level(route)}
    return offsets


def _is_level(route: Route) -> bool:
    """Whether the flow comes along the row's own line."""
    return route.departs is None and route.arrives is None


def _net_of(route: Route) -> Net:
    return (Port.RIGHT, route.flow.source) if route.arrives is None else (Port.LEFT, route.flow.target)


def _line_of(route: Route, ways: Mapping[Flow, float], grid: Grid, tracks: ChannelTracks) -> _Line:
    net = _net_of(route)
    if route.arrives is not None:
        channel = route.arrives
        is_from_above = _arrives_from_above(route, grid)
    else:
        channel = grid.cells[route.flow.source].layer + 1
        is_from_above = grid.cells[route.flow.source].row < grid.cells[route.flow.target].row
    return _Line(net=net, channel=channel, track=tracks.of_net[channel, net], is_from_above=is_from_above)


def _arrives_from_above(route: Route, grid: Grid) -> bool:
    row = grid.cells[route.flow.target].row
    if isinstance(route.way, int):
        return route.way < row
    return route.way.row < row or (route.way.row == row and not route.way.is_below)


def _leaving(routes: Sequence[Route], grid: Grid) -> dict[tuple[int, int], Net]:
    """By channel and row, the net whose vertical a line on that row turns into."""
    turning: dict[tuple[int, int], Net] = {}
    for route in routes:
        if route.departs is not None:
            turning[route.departs, grid.cells[route.flow.source].row] = (Port.RIGHT, route.flow.source)
        if route.arrives is not None and isinstance(route.way, int):
            turning[route.arrives, route.way] = (Port.LEFT, route.flow.target)
    return turning


def _spread(lines: set[_Line], half_height: float) -> dict[Net, float]:
    """From above over the middle, from below under it; the leftmost vertical nearest to it, so that none cross."""
    places: dict[Net, float] = {}
    for is_from_above, sign in ((True, -1), (False, 1)):
        side = sorted(
            (line for line in lines if line.is_from_above is is_from_above), key=lambda line: (line.channel, line.track)
        )
        apart = min(_APART, half_height * _SHARE_USED / max(1, len(side)))
        for index, line in enumerate(side, start=1):
            places.setdefault(line.net, sign * index * apart)
    return places
