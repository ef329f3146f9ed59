"""The diagram with every size and place: what is left is to write it down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from artifact_plane.adapters.rendering.process.heights import Band
from artifact_plane.adapters.rendering.process.model import Flow, Step
from artifact_plane.adapters.rendering.process.shapes import Figure

LABEL_SIZE: Final = 11.5
LABEL_LEADING: Final = 13.5

Point = tuple[float, float]


@attrs.frozen(kw_only=True)
class Box:
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have more than an edge in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@attrs.frozen(kw_only=True)
class PlacedStep:
    """A step whose shape has its middle at (x, y)."""

    step: Step
    figure: Figure
    x: float
    y: float

    @property
    def outline(self) -> Box:
        """The shape."""
        figure = self.figure
        return Box(
            left=self.x - figure.half_width,
            right=self.x + figure.half_width,
            top=self.y - figure.half_height,
            bottom=self.y + figure.half_height,
        )

    @property
    def box(self) -> Box:
        """The shape and its name."""
        figure = self.figure
        return Box(
            left=self.x - figure.reach_side,
            right=self.x + figure.reach_side,
            top=self.y - figure.reach_up,
            bottom=self.y + figure.reach_down,
        )


@attrs.frozen(kw_only=True)
class Label:
    """A condition in lines, the first with its baseline at (x, y)."""

    lines: tuple[str, ...]
    x: float
    y: float


@attrs.frozen(kw_only=True)
class Arrow:
    """A flow as a line of upright and level pieces, its head at the last point."""

    flow: Flow
    points: tuple[Point, ...]
    is_return: bool
    label: Label | None = None


@attrs.frozen(kw_only=True)
class Diagram:
    """Everything on the page."""

    title: tuple[str, ...]
    steps: tuple[PlacedStep, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]
    width: float
    height: float


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without repetitions and without those in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _in_line(one: Point, two: Point, three: Point) -> bool:
    return one[0] == two[0] == three[0] or one[1] == two[1] == three[1]
