"""What stands how far across: the layers, and the channels between them with their tracks and conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from artifact_plane.adapters.rendering.measure import widest, wrap
from artifact_plane.adapters.rendering.process.diagram import LABEL_LEADING, LABEL_SIZE
from artifact_plane.adapters.rendering.process.grid import Grid
from artifact_plane.adapters.rendering.process.routes import Gutter, Net, Port, Route
from artifact_plane.adapters.rendering.process.shapes import Figure
from artifact_plane.adapters.rendering.process.tracks import ChannelTracks

BESIDE_LINE: Final = 6.0
"""How far a condition stands from the upright line that it belongs to."""

_OVER_LINE: Final = 118.0
_BESIDE_PORT: Final = 66.0
_BEFORE_TRACKS: Final = 14.0
_TRACK: Final = 12.0
_BEFORE_LABEL: Final = 8.0
_BEFORE_HEAD: Final = 22.0
_LEAST: Final = 44.0
_OUTER: Final = 20.0


def condition_lines(route: Route) -> tuple[str, ...]:
    """A condition, whole, in lines: narrower beside a top or bottom port, to keep clear of the next channel."""
    return wrap(route.flow.condition, _OVER_LINE if route.leaves is Port.RIGHT else _BESIDE_PORT, LABEL_SIZE)


def words_beside(grid: Grid, routes: Sequence[Route]) -> dict[Gutter, float]:
    """By gutter, the height of the conditions between it and its row: those at top and bottom ports."""
    rooms: dict[Gutter, float] = defaultdict(float)
    for route in routes:
        if route.flow.condition and route.leaves is not Port.RIGHT:
            gutter = Gutter(grid.cells[route.flow.source].row, is_below=route.leaves is Port.BOTTOM)
            rooms[gutter] = max(rooms[gutter], len(condition_lines(route)) * LABEL_LEADING + BESIDE_LINE)
    return rooms


class Columns:
    """Where each layer has its middle and each channel its left edge; ``right`` is where the last one ends."""

    def __init__(
        self, grid: Grid, figures: Sequence[Figure], routes: Sequence[Route], tracks: ChannelTracks, left: float
    ) -> None:
        self._tracks = tracks
        self._label_room = _label_room(grid, routes)
        halves = _half_widths(grid, figures, routes)
        self._lefts = [left]
        self.middles: list[float] = []
        for layer, half in enumerate(halves):
            self.middles.append(self._lefts[layer] + self._width(layer, is_outer=layer == 0) + half)
            self._lefts.append(self.middles[layer] + half)
        self.right = self._lefts[-1] + self._width(len(halves), is_outer=True)

    def track(self, channel: int, net: Net) -> float:
        """Where the vertical of a net stands."""
        return self._lefts[channel] + _BEFORE_TRACKS + self._tracks.of_net[channel, net] * _TRACK

    def label(self, channel: int) -> float:
        """Where the conditions in a channel begin, right of all verticals."""
        return self._lefts[channel] + self._before_labels(channel)

    def _width(self, channel: int, *, is_outer: bool) -> float:
        room = self._label_room.get(channel, 0.0)
        if channel not in self._tracks.counts and not room:
            return _OUTER if is_outer else _LEAST
        return max(_LEAST, self._before_labels(channel) + room + _BEFORE_HEAD)

    def _before_labels(self, channel: int) -> float:
        count = self._tracks.counts.get(channel, 0)
        return _BEFORE_LABEL + (_BEFORE_TRACKS + (count - 1) * _TRACK if count else 0.0)


def _half_widths(grid: Grid, figures: Sequence[Figure], routes: Sequence[Route]) -> list[float]:
    """Half of each layer's width: that of its widest step, or the room for conditions under or over its steps."""
    halves = [0.0] * grid.layers
    for route in routes:
        if route.flow.condition and route.leaves is not Port.RIGHT:
            halves[grid.cells[route.flow.source].layer] = BESIDE_LINE + _BESIDE_PORT
    for cell, figure in zip(grid.cells, figures, strict=True):
        halves[cell.layer] = max(halves[cell.layer], figure.reach_side)
    return halves


def _label_room(grid: Grid, routes: Sequence[Route]) -> Mapping[int, float]:
    """The width that the conditions over lines need in each channel."""
    rooms: dict[int, float] = defaultdict(float)
    for route in routes:
        if route.flow.condition and route.leaves is Port.RIGHT:
            channel = grid.cells[route.flow.source].layer + 1
            rooms[channel] = max(rooms[channel], widest(condition_lines(route), LABEL_SIZE))
    return rooms
