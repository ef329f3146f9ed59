"""How large a step is drawn, and where its name goes: inside if it fits, else above or below, always whole.

Places are relative to the middle of the shape, which lies on the line of its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import attrs

from artifact_plane.adapters.rendering.measure import text_width, widest, wrap
from artifact_plane.adapters.rendering.process.model import Shape, Step

SIZE: Final = 13.0
LEADING: Final = 16.0
TAG_SIZE: Final = 10.5
RADIUS: Final = 23.0

_BOX_WIDTHS: Final = (148.0, 190.0, 232.0)
_FEW_LINES: Final = 4
_BOX_PAD: Final = 10.0
_BOX_LEAST: Final = 50.0
_TAG: Final = 14.0
_DIAMONDS: Final = (120.0, 144.0, 168.0)
_DIAMOND_TALLEST: Final = 112.0
_DIAMOND_LEAST: Final = 56.0
_HEIGHT_COUNTS: Final = 1.6
_SMALL_DIAMOND: Final = 27.0
_NAME_WIDTH: Final = 144.0
_NAME_GAP: Final = 6.0


@attrs.frozen(kw_only=True)
class Figure:
    """A step's shape and its name in lines, the first with its baseline at ``text_top``.

    ``half_width`` and ``half_height`` are the shape's; ``reach_*`` also hold the name.
    """

    shape: Shape
    half_width: float
    half_height: float
    lines: tuple[str, ...]
    text_top: float
    reach_up: float
    reach_down: float
    reach_side: float
    tag: str = ""

    @property
    def is_open_above(self) -> bool:
        """Whether a line may leave at the top."""
        return self.reach_up <= self.half_height

    @property
    def is_open_below(self) -> bool:
        """Whether a line may leave at the bottom."""
        return self.reach_down <= self.half_height

    def inset(self, offset: float) -> float:
        """How far right of its leftmost point the outline is, ``offset`` above or below the middle."""
        if self.shape is Shape.DECISION:
            return abs(offset) * self.half_width / self.half_height
        if self.shape in (Shape.START, Shape.END):
            return self.half_width - sqrt(max(0.0, self.half_width**2 - offset**2))
        return 0.0


def figure_of(step: Step) -> Figure:
    """The figure of a step."""
    if step.shape is Shape.DECISION:
        return _diamond(step.name)
    if step.shape in (Shape.START, Shape.END):
        return _circle(step)
    return _box(step)


def _box(step: Step) -> Figure:
    width, rows = _box_text(step.name)
    tag = f"({step.kind})" if step.shape is Shape.OTHER and text_width(step.kind, TAG_SIZE) < width - 24 else ""
    height = max(_BOX_LEAST, len(rows) * LEADING + (_TAG if tag else 0.0) + 2 * _BOX_PAD)
    top = _first_baseline(rows) - (_TAG / 2 if tag else 0.0)
    return _figure(step.shape, width / 2, height / 2, rows, top, tag=tag)


def _box_text(name: str) -> tuple[float, tuple[str, ...]]:
    """The narrowest box in which the name takes few lines, and those lines."""
    tried = [(width, wrap(name, width - 2 * _BOX_PAD, SIZE)) for width in _BOX_WIDTHS]
    return next((fit for fit in tried if len(fit[1]) <= _FEW_LINES), tried[-1])


def _diamond(name: str) -> Figure:
    fits = [fit for width in _DIAMONDS if (fit := _inside_diamond(name, width))]
    if fits:
        return min(fits, key=lambda figure: figure.half_width + _HEIGHT_COUNTS * figure.half_height)
    return _beside(Shape.DECISION, _SMALL_DIAMOND, name, above=True)


def _inside_diamond(name: str, width: float) -> Figure | None:
    """The lowest diamond of this width round the name: the text's share of width and height together are one."""
    best: Figure | None = None
    for share in (0.5, 0.6, 0.68):
        rows = wrap(name, width * share, SIZE)
        taken = widest(rows, SIZE)
        height = max(_DIAMOND_LEAST, (len(rows) * LEADING - 3) / (1 - taken / width)) if taken < width else 1e9
        is_better = best is None or height / 2 < best.half_height
        if " ".join(rows) == name and height <= _DIAMOND_TALLEST and is_better:
            best = _figure(Shape.DECISION, width / 2, height / 2, rows, _first_baseline(rows))
    return best


def _circle(step: Step) -> Figure:
    if text_width(step.name, TAG_SIZE) <= 2 * RADIUS - 8:
        return _figure(step.shape, RADIUS, RADIUS, (step.name,), 4.0)
    return _beside(step.shape, RADIUS, step.name, above=False)


def _beside(shape: Shape, half: float, name: str, *, above: bool) -> Figure:
    rows = wrap(name, _NAME_WIDTH, SIZE)
    reach = half + _NAME_GAP + len(rows) * LEADING
    top = SIZE - reach if above else half + _NAME_GAP + SIZE
    return _figure(
        shape,
        half,
        half,
        rows,
        top,
        reach_up=reach if above else half,
        reach_down=half if above else reach,
        reach_side=max(half, widest(rows, SIZE) / 2),
    )


def _figure(
    shape: Shape,
    half_width: float,
    half_height: float,
    rows: Sequence[str],
    top: float,
    *,
    reach_up: float | None = None,
    reach_down: float | None = None,
    reach_side: float | None = None,
    tag: str = "",
) -> Figure:
    return Figure(
        shape=shape,
        half_width=half_width,
        half_height=half_height,
        lines=tuple(rows),
        text_top=top,
        reach_up=half_height if reach_up is None else reach_up,
        reach_down=half_height if reach_down is None else reach_down,
        reach_side=half_width if reach_side is None else reach_side,
        tag=tag,
    )


def _first_baseline(rows: Sequence[str]) -> float:
    return SIZE * 0.36 - (len(rows) - 1) * LEADING / 2
