"""Which way each flow takes through the grid, before anything has a size.

Between two layers lies a *channel* for vertical lines (channel ``c`` is left of layer ``c``), and above and below
each row a *gutter* for horizontal ones. A flow leaves its step on the right, or above or below, runs along one row
or gutter, and enters its target from the left, or, coming back, from below. A row is used only where its cells
are empty, so no line ever crosses a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

import attrs

from artifact_plane.adapters.rendering.process.grid import Cell, Grid
from artifact_plane.adapters.rendering.process.model import Flow, Shape
from artifact_plane.adapters.rendering.process.shapes import Figure


class Port(Enum):
    """Where a line meets a step."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


@attrs.frozen
class Gutter:
    """The space above or below a row."""

    row: int
    is_below: bool


Way = int | Gutter
"""A row, or a gutter."""

Net = tuple[Port, int]
"""Lines that share a vertical: those that leave a step, ``(RIGHT, step)``, or those that enter it, ``(LEFT, step)``."""


@attrs.frozen(kw_only=True)
class Route:
    """The way of one flow.

    ``departs`` is the channel of its vertical next to the source, ``arrives`` that of its vertical next to the
    target; None where there is no such vertical, or where it stands right at the port.
    """

    flow: Flow
    leaves: Port
    way: Way
    enters: Port
    departs: int | None = None
    arrives: int | None = None

    @property
    def is_straight(self) -> bool:
        """Whether it is one horizontal line from right to left port."""
        return self.leaves is Port.RIGHT and self.departs is None and self.arrives is None


def find_routes(grid: Grid, figures: Sequence[Figure]) -> tuple[Route, ...]:
    """A route for each flow, in the order of the flows."""
    finder = _Finder(grid, figures)
    chosen: dict[Flow, Route] = {}
    for flow in sorted(grid.process.flows, key=finder.precedence):
        chosen[flow] = finder.route(flow)
    return tuple(chosen[flow] for flow in grid.process.flows)


class _Finder:
    """Chooses routes one by one, and remembers what is taken."""

    def __init__(self, grid: Grid, figures: Sequence[Figure]) -> None:
        self._grid = grid
        self._figures = figures
        self._steps = {cell: step for step, cell in enumerate(grid.cells)}
        self._runs: dict[Cell, Net] = {}
        self._drops: set[Cell] = set()
        self._ports: set[tuple[int, Port]] = set()

    def precedence(self, flow: Flow) -> tuple[bool, bool, int]:
        """Straight and short ways choose first, returns last."""
        source, target = self._cells(flow)
        return flow in self._grid.returns, source.row != target.row, target.layer - source.layer

    def route(self, flow: Flow) -> Route:
        """The first way that is free, from the plainest on; the last is free always."""
        if flow in self._grid.returns:
            return self._return(flow)
        return (
            self._dropped(flow)
            or self._along_target_row(flow)
            or self._along_source_row(flow)
            or self._through_gutter(flow)
        )

    def _cells(self, flow: Flow) -> tuple[Cell, Cell]:
        return self._grid.cells[flow.source], self._grid.cells[flow.target]

    def _dropped(self, flow: Flow) -> Route | None:
        """From the top or bottom of a decision straight to the target's row."""
        source, target = self._cells(flow)
        if source.row == target.row or self._figures[flow.source].shape is not Shape.DECISION:
            return None
        port = Port.BOTTOM if target.row > source.row else Port.TOP
        rows = range(min(source.row, target.row), max(source.row, target.row) + 1)
        column = [Cell(source.layer, row) for row in rows if row != source.row]
        run = [Cell(layer, target.row) for layer in range(source.layer, target.layer)]
        net = (Port.LEFT, flow.target)
        if not (self._is_open(flow.source, port) and self._may_drop(column) and self._may_run(run, net)):
            return None
        self._ports.add((flow.source, port))
        self._drops.update(column)
        self._take(run, net)
        return Route(flow=flow, leaves=port, way=target.row, enters=Port.LEFT)

    def _along_target_row(self, flow: Flow) -> Route | None:
        source, target = self._cells(flow)
        run = [Cell(layer, target.row) for layer in range(source.layer + 1, target.layer)]
        if not self._may_run(run, (Port.LEFT, flow.target)):
            return None
        self._take(run, (Port.LEFT, flow.target))
        departs = None if source.row == target.row else source.layer + 1
        return Route(flow=flow, leaves=Port.RIGHT, way=target.row, enters=Port.LEFT, departs=departs)

    def _along_source_row(self, flow: Flow) -> Route | None:
        source, target = self._cells(flow)
        run = [Cell(layer, source.row) for layer in range(source.layer + 1, target.layer)]
        if source.row == target.row or not self._may_run(run, (Port.RIGHT, flow.source)):
            return None
        self._take(run, (Port.RIGHT, flow.source))
        return Route(flow=flow, leaves=Port.RIGHT, way=source.row, enters=Port.LEFT, arrives=target.layer)

    def _through_gutter(self, flow: Flow) -> Route:
        source, target = self._cells(flow)
        return Route(
            flow=flow,
            leaves=Port.RIGHT,
            way=Gutter(target.row, is_below=target.row < source.row),
            enters=Port.LEFT,
            departs=source.layer + 1,
            arrives=target.layer,
        )

    def _return(self, flow: Flow) -> Route:
        source, target = self._cells(flow)
        leaves = self._claim(flow.source, Port.BOTTOM) or Port.RIGHT
        is_level = source.row == target.row and flow.source != flow.target
        enters = (self._claim(flow.target, Port.BOTTOM) if is_level else None) or Port.LEFT
        return Route(
            flow=flow,
            leaves=leaves,
            way=Gutter(source.row, is_below=True),
            enters=enters,
            departs=source.layer + 1 if leaves is Port.RIGHT else None,
            arrives=target.layer if enters is Port.LEFT else None,
        )

    def _claim(self, step: int, port: Port) -> Port | None:
        if not self._is_open(step, port):
            return None
        self._ports.add((step, port))
        return port

    def _is_open(self, step: int, port: Port) -> bool:
        figure = self._figures[step]
        is_open = figure.is_open_above if port is Port.TOP else figure.is_open_below
        return is_open and (step, port) not in self._ports

    def _may_drop(self, column: Iterable[Cell]) -> bool:
        return not any(cell in self._steps or cell in self._drops for cell in column)

    def _may_run(self, run: Iterable[Cell], net: Net) -> bool:
        return not any(cell in self._steps or self._runs.get(cell, net) != net for cell in run)

    def _take(self, run: Iterable[Cell], net: Net) -> None:
        self._runs.update(dict.fromkeys(run, net))


def nets(route: Route) -> Iterator[tuple[int, Net]]:
    """The channels in which a route has a vertical, each with the net that it belongs to."""
    if route.departs is not None:
        yield route.departs, (Port.RIGHT, route.flow.source)
    if route.arrives is not None:
        yield route.arrives, (Port.LEFT, route.flow.target)
