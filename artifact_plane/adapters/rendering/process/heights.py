"""What stands how far down: lanes, rows, and the tracks of the gutters between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.rendering.measure import wrap
from artifact_plane.adapters.rendering.process.grid import Grid, Lane
from artifact_plane.adapters.rendering.process.routes import Gutter
from artifact_plane.adapters.rendering.process.shapes import Figure

LANE_LABEL: Final = 124.0
LANE_SIZE: Final = 13.0
LANE_LEADING: Final = 17.0

_LANE_PAD: Final = 12.0
_STEP_PAD: Final = 14.0
_PITCH: Final = 16.0
_LANE_LABEL_PAD: Final = 14.0


@attrs.frozen(kw_only=True)
class Band:
    """A lane as it lies on the page."""

    name: tuple[str, ...]
    top: float
    height: float


@attrs.frozen(kw_only=True)
class Heights:
    """Where every row has its line, every gutter its first track, every lane its band."""

    rows: Mapping[int, float]
    gutters: Mapping[Gutter, float]
    bands: tuple[Band, ...]

    def track(self, gutter: Gutter, track: int) -> float:
        """How far down a track is; they are counted away from the row."""
        return self.gutters[gutter] + track * (_PITCH if gutter.is_below else -_PITCH)

    @property
    def bottom(self) -> float:
        """Where the last lane ends."""
        return self.bands[-1].top + self.bands[-1].height


def find_heights(
    grid: Grid, figures: Sequence[Figure], counts: Mapping[Gutter, int], words: Mapping[Gutter, float], top: float
) -> Heights:
    """Lay the lanes under one another from ``top`` on.

    ``counts`` says how many tracks each gutter needs, ``words`` how much room the conditions between it and its row.
    """
    stack = _Stack(grid, figures, counts, words, top)
    for lane in grid.lanes:
        stack.add(lane)
    return Heights(rows=stack.rows, gutters=stack.gutters, bands=tuple(stack.bands))


class _Stack:
    """Lanes added one by one; ``y`` is where the next begins."""

    def __init__(
        self,
        grid: Grid,
        figures: Sequence[Figure],
        counts: Mapping[Gutter, int],
        words: Mapping[Gutter, float],
        top: float,
    ) -> None:
        self._counts = counts
        self._words = words
        self._up = [0.0] * grid.rows
        self._down = [0.0] * grid.rows
        for cell, figure in zip(grid.cells, figures, strict=True):
            self._up[cell.row] = max(self._up[cell.row], figure.reach_up)
            self._down[cell.row] = max(self._down[cell.row], figure.reach_down)
        self.y = top
        self.rows: dict[int, float] = {}
        self.gutters: dict[Gutter, float] = {}
        self.bands: list[Band] = []

    def add(self, lane: Lane) -> None:
        """Add a lane below the others, at least as high as its name in lines."""
        name = wrap(lane.name, LANE_LABEL - 2 * _LANE_LABEL_PAD, LANE_SIZE, bold=True)
        top = self.y
        needed = len(name) * LANE_LEADING + 2 * _LANE_PAD
        spare = max(0.0, needed - self._lane_height(lane))
        self.y += _LANE_PAD + spare / 2
        for row in range(lane.first, lane.last + 1):
            self._row(row)
        self.y += _LANE_PAD + spare / 2
        self.bands.append(Band(name=name, top=top, height=self.y - top))

    def _row(self, row: int) -> None:
        above, below = Gutter(row, is_below=False), Gutter(row, is_below=True)
        self.y += self._tracks(above)
        self.gutters[above] = self.y
        self.y += self._pad(above) + self._up[row]
        self.rows[row] = self.y
        self.y += self._down[row] + self._pad(below)
        self.gutters[below] = self.y
        self.y += self._tracks(below)

    def _lane_height(self, lane: Lane) -> float:
        rows = range(lane.first, lane.last + 1)
        gutters = [Gutter(row, is_below=below) for row in rows for below in (True, False)]
        between = sum(self._tracks(gutter) + self._pad(gutter) for gutter in gutters)
        return 2 * _LANE_PAD + between + sum(self._up[row] + self._down[row] for row in rows)

    def _tracks(self, gutter: Gutter) -> float:
        return self._counts.get(gutter, 0) * _PITCH

    def _pad(self, gutter: Gutter) -> float:
        return max(_STEP_PAD, self._words.get(gutter, 0.0))
