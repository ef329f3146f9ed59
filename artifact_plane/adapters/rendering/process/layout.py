"""From a process to a diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from artifact_plane.adapters.rendering.measure import wrap
from artifact_plane.adapters.rendering.process.columns import BESIDE_LINE, Columns, condition_lines, words_beside
from artifact_plane.adapters.rendering.process.diagram import Arrow, Diagram, Label, PlacedStep, Point, tidy
from artifact_plane.adapters.rendering.process.entries import find_entries
from artifact_plane.adapters.rendering.process.grid import Grid, make_grid
from artifact_plane.adapters.rendering.process.heights import LANE_LABEL, Heights, find_heights
from artifact_plane.adapters.rendering.process.labels import LabelPlacer
from artifact_plane.adapters.rendering.process.model import Flow, Process
from artifact_plane.adapters.rendering.process.routes import Gutter, Port, Route, find_routes
from artifact_plane.adapters.rendering.process.shapes import figure_of
from artifact_plane.adapters.rendering.process.tracks import GutterTracks, channel_tracks, gutter_tracks

MARGIN: Final = 20.0
TITLE_SIZE: Final = 20.0
TITLE_LEADING: Final = 26.0

_TITLE_WIDTH: Final = 900.0
_BELOW_TITLE: Final = 10.0


def lay_out(process: Process, title: str = "") -> Diagram:
    """The whole diagram of ``process``; the same for the same steps in the same order."""
    grid = make_grid(process)
    figures = [figure_of(step) for step in process.steps]
    routes = find_routes(grid, figures)
    gutters = gutter_tracks(grid, routes)
    heading = wrap(title, _TITLE_WIDTH, TITLE_SIZE, bold=True) if title else ()
    top = MARGIN + (len(heading) * TITLE_LEADING + _BELOW_TITLE if heading else 0.0)
    heights = find_heights(grid, figures, gutters.counts, words_beside(grid, routes), top)
    rows = {step: heights.rows[cell.row] for step, cell in enumerate(grid.cells)}
    ways = {route.flow: _way(route, heights, gutters) for route in routes}
    channels = channel_tracks(routes, rows, ways)
    columns = Columns(grid, figures, routes, channels, MARGIN + LANE_LABEL)
    steps = tuple(
        PlacedStep(step=step, figure=figure, x=columns.middles[cell.layer], y=rows[index])
        for index, (step, figure, cell) in enumerate(zip(process.steps, figures, grid.cells, strict=True))
    )
    pen = _Pen(grid, columns, steps, ways, find_entries(routes, grid, figures, ways, channels))
    return Diagram(
        title=heading,
        steps=steps,
        arrows=tuple(map(pen.arrow, routes)),
        bands=heights.bands,
        width=columns.right + MARGIN,
        height=heights.bottom + MARGIN,
    )


class _Pen:
    """Draws routes between steps that have their places."""

    def __init__(
        self,
        grid: Grid,
        columns: Columns,
        steps: Sequence[PlacedStep],
        ways: Mapping[Flow, float],
        entries: Mapping[Flow, float],
    ) -> None:
        self._grid = grid
        self._columns = columns
        self._steps = steps
        self._ways = ways
        self._entries = entries
        self._labels = LabelPlacer(step.box for step in steps)

    def arrow(self, route: Route) -> Arrow:
        """The route as a line, with its condition."""
        return Arrow(
            flow=route.flow,
            points=tidy([*self._leaving(route), *self._entering(route)]),
            is_return=route.flow in self._grid.returns,
            label=self._label(route) if route.flow.condition else None,
        )

    def _leaving(self, route: Route) -> list[Point]:
        source, way = self._steps[route.flow.source], self._way(route)
        if route.leaves is not Port.RIGHT:
            port = source.outline.bottom if route.leaves is Port.BOTTOM else source.outline.top
            return [(source.x, port), (source.x, way)]
        start = (source.outline.right, source.y)
        if route.departs is None:
            return [start]
        x = self._columns.track(route.departs, (Port.RIGHT, route.flow.source))
        return [start, (x, source.y), (x, way)]

    def _entering(self, route: Route) -> list[Point]:
        target, way = self._steps[route.flow.target], self._way(route)
        if route.enters is Port.BOTTOM:
            return [(target.x, way), (target.x, target.outline.bottom)]
        offset = self._entries.get(route.flow, 0.0)
        end = (target.outline.left + target.figure.inset(offset), target.y + offset)
        if route.arrives is None:
            return [end]
        x = self._columns.track(route.arrives, (Port.LEFT, route.flow.target))
        return [(x, way), (x, end[1]), end]

    def _way(self, route: Route) -> float:
        """The height of the long run; where it leads straight in, it lies where it enters."""
        is_straight_in = isinstance(route.way, int) and route.arrives is None
        return self._ways[route.flow] + (self._entries.get(route.flow, 0.0) if is_straight_in else 0.0)

    def _label(self, route: Route) -> Label:
        return self._labels.place(condition_lines(route), route.leaves, self._label_point(route))

    def _label_point(self, route: Route) -> Point:
        source = self._steps[route.flow.source]
        if route.leaves is Port.RIGHT:
            channel = self._grid.cells[route.flow.source].layer + 1
            return self._columns.label(channel), source.y if route.departs is None else self._way(route)
        port = source.outline.bottom if route.leaves is Port.BOTTOM else source.outline.top
        return source.x + BESIDE_LINE, port


def _way(route: Route, heights: Heights, tracks: GutterTracks) -> float:
    if isinstance(route.way, Gutter):
        return heights.track(route.way, tracks.of_flow[route.flow])
    return heights.rows[route.way]
