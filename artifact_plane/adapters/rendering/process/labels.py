"""Conditions beside their lines, each where it covers no step and no other condition, if there is such a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from artifact_plane.adapters.rendering.measure import widest
from artifact_plane.adapters.rendering.process.diagram import LABEL_LEADING, LABEL_SIZE, Box, Label, Point
from artifact_plane.adapters.rendering.process.routes import Port

_OVER_LINE: Final = 5.0
_UNDER_LINE: Final = 13.0
_TRIES: Final = 4


class LabelPlacer:
    """Places labels one by one, and remembers where they are."""

    def __init__(self, steps: Iterable[Box]) -> None:
        self._taken = list(steps)

    def place(self, lines: Sequence[str], port: Port, at: Point) -> Label:
        """The label of a line that leaves by ``port``: over the level line at ``at``, or beside the upright one."""
        labels = [Label(lines=tuple(lines), x=at[0], y=y) for y in _heights(lines, port, at[1])]
        chosen = next((label for label in labels if self._is_free(label)), labels[0])
        self._taken.append(label_box(chosen))
        return chosen

    def _is_free(self, label: Label) -> bool:
        box = label_box(label)
        return not any(box.meets(taken) for taken in self._taken)


def label_box(label: Label) -> Box:
    """The room that a label takes."""
    top = label.y - LABEL_SIZE * 0.8
    return Box(
        left=label.x,
        right=label.x + widest(label.lines, LABEL_SIZE),
        top=top,
        bottom=top + len(label.lines) * LABEL_LEADING,
    )


def _heights(lines: Sequence[str], port: Port, line: float) -> Iterator[float]:
    """Baselines of the first line that may do, the best first."""
    height = (len(lines) - 1) * LABEL_LEADING
    over, under = line - _OVER_LINE - height, line + _UNDER_LINE
    for distance in range(_TRIES):
        pair = (over - distance * LABEL_LEADING, under + distance * LABEL_LEADING)
        yield from pair[::-1] if port is Port.BOTTOM else pair
