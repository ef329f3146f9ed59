"""How charts look: colours that hold on white (3 to 1 or better, told apart without colour too), sizes, strokes."""

from __future__ import annotations

from typing import Final

INK: Final = "#1c2430"
SOFT: Final = "#4f5b6b"
GRID: Final = "#e3e8ee"
AXIS: Final = "#8793a3"

COLOURS: Final = ("#2563a8", "#c2500c", "#0f7a6c", "#8a3fa0", "#9a6700", "#be1e4b", "#4a6b12", "#475569")
DASHES: Final = (None, "7 4", "2 3", "9 3 2 3")
MARKERS: Final = ("circle", "square", "triangle", "diamond")

HEADING: Final = 20.0
TITLE: Final = 15.0
LABEL: Final = 12.0
SMALL: Final = 11.0

MARGIN: Final = 24.0
GAP: Final = 36.0
PLOT_HEIGHT: Final = 280.0


def colour(index: int) -> str:
    """The colour of the series ``index``."""
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """The shape of the points of the series ``index``; it changes with each series, and on a second turn of colours."""
    return MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]


def dash(index: int) -> str | None:
    """The stroke of the line of the series ``index``."""
    return DASHES[(index // len(COLOURS) + index) % len(DASHES)]
