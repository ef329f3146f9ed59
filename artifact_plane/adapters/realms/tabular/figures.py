"""Figures: finite, rounded, and plain enough for a payload."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from typing import Final

import attrs

from artifact_plane.domain.model.json import MAX_INTEGER

DIGITS: Final = 6
"""How many significant digits a figure in a payload has, unless it is an integer."""

BINS: Final = 12
"""About how many bars a histogram has."""


def figure(value: float | None) -> int | float | None:
    """``value`` as an integer where it is one, else with ``DIGITS`` significant digits; None if not finite."""
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}") if not float(value).is_integer() else value
    return int(rounded) if float(rounded).is_integer() and abs(rounded) <= MAX_INTEGER else float(rounded)


def share(part: float, whole: float) -> float:
    """``part`` of ``whole`` as a number from 0 to 1; 0 of nothing."""
    return float(figure(part / whole) or 0) if whole else 0.0


def percent(fraction: float) -> str:
    """A share as text, for a sentence; never 0 % or 100 % unless it is."""
    if 0 < fraction < 0.001:
        return "less than 0.1 %"
    if 0.999 < fraction < 1:
        return "more than 99.9 %"
    return f"{round(fraction * 100, 1):g} %"


def counted(count: int, noun: str) -> str:
    """``1 row``, ``2 rows``: for nouns with a regular plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@attrs.define
class Moments:
    """Count, least, greatest, mean and spread of numbers that arrive in batches (Chan's pairwise update)."""

    count: int = 0
    least: float = math.inf
    greatest: float = -math.inf
    mean: float = 0.0
    _squares: float = 0.0

    def add(self, numbers: Sequence[float], weights: Sequence[int] | None = None) -> None:
        """Take in some numbers, each as often as its weight says."""
        if not numbers:
            return
        self.least = min(self.least, min(numbers))
        self.greatest = max(self.greatest, max(numbers))
        count = sum(weights) if weights else len(numbers)
        mean = (sum(map(mul, numbers, weights)) if weights else sum(numbers)) / count
        deviations = [number - mean for number in numbers]
        squares = map(mul, deviations, deviations)
        self._merge(count, mean, sum(map(mul, squares, weights)) if weights else sum(squares))

    def _merge(self, count: int, mean: float, squares: float) -> None:
        total = self.count + count
        apart = mean - self.mean
        self._squares += squares + apart * apart * self.count * count / total
        self.mean += apart * count / total
        self.count = total

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample, or None for fewer than two numbers."""
        return math.sqrt(self._squares / (self.count - 1)) if self.count > 1 else None


def quantile(ordered: Sequence[float], fraction: float) -> float:
    """The quantile of a non-empty ascending sequence, linear between neighbours."""
    position = (len(ordered) - 1) * fraction
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    part = position - below
    return ordered[below] * (1 - part) + ordered[above] * part


def quartiles(ordered: Sequence[float]) -> tuple[float, float, float]:
    """The quartiles and the median of a non-empty ascending sequence."""
    return quantile(ordered, 0.25), quantile(ordered, 0.5), quantile(ordered, 0.75)


def histogram(ordered: Sequence[float], *, whole: bool) -> tuple[tuple[float, ...], tuple[int, ...]] | None:
    """Edges and counts over a non-empty ascending sequence, or None where all are equal or far too large.

    The edges are round numbers. Each bar holds its lower edge, the last one its upper edge too; of ``whole`` numbers
    the edges are whole, and the last one lies above the greatest number, so that each has a bar of its own.
    """
    least, greatest = ordered[0], ordered[-1]
    width = _round_width((greatest - least) / BINS, whole=whole)
    if not (least < greatest and math.isfinite(width) and math.isfinite(greatest / width)):
        return None
    first = math.floor(least / width)
    bars = math.floor(greatest / width) + 1 - first if whole else max(1, math.ceil(greatest / width) - first)
    edges = tuple(_edge(first + index, width) for index in range(bars + 1))
    cuts = [0, *(bisect_left(ordered, edge) for edge in edges[1:-1]), len(ordered)]
    return edges, tuple(above - below for below, above in pairwise(cuts))


def _round_width(width: float, *, whole: bool) -> float:
    if not (0 < width < math.inf):
        return math.inf
    power = 10.0 ** math.floor(math.log10(width))
    rounded = next((step * power for step in (1.0, 2.0, 2.5, 5.0) if step * power >= width), 10 * power)
    return max(1.0, math.ceil(rounded)) if whole else rounded


def _edge(index: int, width: float) -> float:
    return float(f"{index * width:.12g}")
