"""The grid: every step gets a cell of its own, its layer across and a row of its role's lane down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

import attrs

from artifact_plane.adapters.rendering.process.layers import find_returns, layer_steps
from artifact_plane.adapters.rendering.process.model import Flow, Process

_SWEEPS: Final = 4
_LANE: Final = 1000


@attrs.frozen
class Cell:
    """A place in the grid."""

    layer: int
    row: int


@attrs.frozen(kw_only=True)
class Lane:
    """A role and its rows, from ``first`` to ``last``."""

    name: str
    first: int
    last: int


@attrs.frozen(kw_only=True)
class Grid:
    """Cells by step; no two steps share one."""

    process: Process
    lanes: tuple[Lane, ...]
    cells: tuple[Cell, ...]
    returns: frozenset[Flow]

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return 1 + max(cell.layer for cell in self.cells)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.lanes[-1].last + 1


def make_grid(process: Process) -> Grid:
    """Layers by longest way, lanes in the order of their first step, rows by barycentre."""
    returns = find_returns(process)
    forward = [flow for flow in process.flows if flow not in returns]
    layers = layer_steps(process, forward)
    roles = tuple(dict.fromkeys(step.role for step in process.steps))
    lane_of = [roles.index(step.role) for step in process.steps]
    order = _Ordering(layers, lane_of, forward).order()
    rows_in_lane = _rows_in_lanes(order, lane_of, forward)
    lanes = _lanes(roles, lane_of, rows_in_lane)
    cells = tuple(
        Cell(layer, lanes[lane].first + row) for layer, lane, row in zip(layers, lane_of, rows_in_lane, strict=True)
    )
    return Grid(process=process, lanes=lanes, cells=cells, returns=returns)


class _Ordering:
    """Orders the steps of each layer within each lane, so that few flows cross."""

    def __init__(self, layers: Sequence[int], lane_of: Sequence[int], forward: Iterable[Flow]) -> None:
        self._lane_of = lane_of
        self._before: dict[int, list[int]] = defaultdict(list)
        self._after: dict[int, list[int]] = defaultdict(list)
        for flow in forward:
            self._before[flow.target].append(flow.source)
            self._after[flow.source].append(flow.target)
        self._layers: list[list[int]] = [[] for _ in range(max(layers) + 1)]
        for step, layer in enumerate(layers):
            self._layers[layer].append(step)
        self._place: dict[int, int] = {}

    def order(self) -> list[list[int]]:
        """The steps of each layer from top to bottom."""
        for layer in self._layers:
            self._sort(layer, {})
        for sweep in range(_SWEEPS):
            backwards = sweep % 2 == 1
            for layer in reversed(self._layers) if backwards else self._layers:
                self._sort(layer, self._after if backwards else self._before)
        return self._layers

    def _sort(self, layer: list[int], neighbours: dict[int, list[int]]) -> None:
        layer.sort(key=lambda step: (self._lane_of[step], self._barycentre(step, neighbours.get(step, ()))))
        # Places in different layers compare by lane first, whatever else a layer holds.
        self._place.update({step: self._lane_of[step] * _LANE + place for place, step in enumerate(layer)})

    def _barycentre(self, step: int, neighbours: Sequence[int]) -> float:
        if not neighbours:
            return self._place.get(step, 0)
        return sum(self._place[one] for one in neighbours) / len(neighbours)


def _rows_in_lanes(order: Sequence[Sequence[int]], lane_of: Sequence[int], forward: Iterable[Flow]) -> list[int]:
    """Each step in the row of what leads to it, where it can: a main way is then a straight line."""
    before: dict[int, list[int]] = defaultdict(list)
    for flow in forward:
        if lane_of[flow.source] == lane_of[flow.target]:
            before[flow.target].append(flow.source)
    rows = [0] * len(lane_of)
    for layer in order:
        taken: set[tuple[int, int]] = set()
        # Those that come from another lane take what is left: any row is as good to them.
        for step in sorted(layer, key=lambda one: not before[one]):
            wanted = min((rows[one] for one in before[step]), default=0)
            rows[step] = next(row for row in count(wanted) if (lane_of[step], row) not in taken)
            taken.add((lane_of[step], rows[step]))
    return rows


def _lanes(roles: Sequence[str], lane_of: Sequence[int], rows: Sequence[int]) -> tuple[Lane, ...]:
    heights = [0] * len(roles)
    for lane, row in zip(lane_of, rows, strict=True):
        heights[lane] = max(heights[lane], row + 1)
    firsts = [sum(heights[:lane]) for lane in range(len(roles))]
    return tuple(
        Lane(name=role, first=first, last=first + height - 1)
        for role, first, height in zip(roles, firsts, heights, strict=True)
    )
