"""The frame of a chart: where the plot lies, and all that stands round it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import attrs

from artifact_plane.adapters.rendering.chart import style
from artifact_plane.adapters.rendering.chart.model import Chart
from artifact_plane.adapters.rendering.chart.scale import Scale
from artifact_plane.adapters.rendering.measure import shorten, text_width, widest, wrap
from artifact_plane.adapters.rendering.numbers import coordinate
from artifact_plane.adapters.rendering.svg import Svg, element, label, lines

# Sine and cosine as figures: mathematical libraries differ in the last digit.
_SLANT: Final = 40.0
_SIN: Final = 0.6428
_COS: Final = 0.7660
_SLANTED_PITCH: Final = 21.0
_SLANTED_WIDTH: Final = 130.0
_LINE: Final = 14.0
_TICK_GAP: Final = 8.0
_TITLE_LEADING: Final = 20.0


@attrs.frozen(kw_only=True)
class Plot:
    """The rectangle that data is drawn in."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    def x(self, share: float) -> float:
        """The place ``share`` of the way from left to right."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """The place ``share`` of the way from bottom to top."""
        return self.bottom - share * self.height

    def middle(self, place: float, places: int) -> float:
        """The middle of one of ``places`` equal bands."""
        return self.x((place + 0.5) / places)


def left_margin(chart: Chart, vertical: Scale) -> float:
    """The room for the vertical axis: its name, turned, and its widest number."""
    name = 22.0 if chart.y_label else 0.0
    return style.MARGIN + name + widest(vertical.labels, style.LABEL) + _TICK_GAP


def title_lines(chart: Chart, width: float) -> tuple[str, ...]:
    """The title, whole, in as many lines as it takes; none where there is no title."""
    return wrap(chart.title, width - 2 * style.MARGIN, style.TITLE, bold=True) if chart.title else ()


def draw_title(texts: Sequence[str], top: float) -> tuple[list[Svg], float]:
    """The title's lines below ``top``, and where they end."""
    if not texts:
        return [], top
    drawn = lines(
        texts,
        style.MARGIN,
        top + style.TITLE,
        _TITLE_LEADING,
        font_size=style.TITLE,
        font_weight="bold",
        fill=style.INK,
    )
    return [drawn], top + len(texts) * _TITLE_LEADING + 4


def draw_vertical(plot: Plot, vertical: Scale, name: str) -> Iterator[Svg]:
    """Lines across the plot at round numbers, the numbers, and the axis' name."""
    for mark, text in zip(vertical.marks, vertical.labels, strict=True):
        y = plot.y(vertical.share(float(mark)))
        yield element("line", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=style.GRID)
        yield label(text, plot.left - _TICK_GAP, y + 4, text_anchor="end", font_size=style.LABEL, fill=style.SOFT)
    if name:
        x, y = style.MARGIN + style.LABEL - 4, plot.top + plot.height / 2
        yield label(
            shorten(name, plot.height, style.LABEL),
            x,
            y,
            text_anchor="middle",
            font_size=style.LABEL,
            fill=style.SOFT,
            transform=f"rotate(-90 {coordinate(x)} {coordinate(y)})",
        )


def draw_base(plot: Plot, y: float) -> Svg:
    """The line that bars stand on."""
    return element("line", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=style.AXIS)


def draw_numbers(plot: Plot, horizontal: Scale) -> tuple[list[Svg], float]:
    """Numbers along the horizontal axis, and the height they take."""
    drawn = []
    for mark, text in zip(horizontal.marks, horizontal.labels, strict=True):
        x = plot.x(horizontal.share(float(mark)))
        drawn.append(element("line", x1=x, x2=x, y1=plot.bottom, y2=plot.bottom + 5, stroke=style.AXIS))
        drawn.append(_centred(text, x, plot.bottom + 19))
    return drawn, 24.0


def draw_categories(plot: Plot, names: Sequence[str]) -> tuple[list[Svg], float]:
    """Names under their bands, and the height they take: level if they fit, else slanted, never over one another."""
    band = plot.width / len(names)
    wrapped = [wrap(name, band - 8, style.LABEL) for name in names]
    if all(_is_whole(name, rows) and len(rows) <= 2 for name, rows in zip(names, wrapped, strict=True)):
        drawn = [
            _centred(row, plot.middle(index, len(names)), plot.bottom + 19 + number * _LINE)
            for index, rows in enumerate(wrapped)
            for number, row in enumerate(rows)
        ]
        return drawn, 10 + _LINE * max(map(len, wrapped))
    return _slanted(plot, names, max(1, ceil(_SLANTED_PITCH / band)))


def draw_axis_name(plot: Plot, name: str, y: float) -> list[Svg]:
    """The horizontal axis' name in the middle below it."""
    return [_centred(shorten(name, plot.width, style.LABEL), plot.left + plot.width / 2, y)] if name else []


def _is_whole(name: str, rows: Sequence[str]) -> bool:
    return " ".join(rows) == name


def _slanted(plot: Plot, names: Sequence[str], stride: int) -> tuple[list[Svg], float]:
    drawn, deepest = [], 0.0
    for index in range(0, len(names), stride):
        x, y = plot.middle(index, len(names)) + 4, plot.bottom + 14
        room = min(_SLANTED_WIDTH, (x - 6) / _COS)
        text = shorten(names[index], room, style.LABEL)
        deepest = max(deepest, text_width(text, style.LABEL))
        turn = f"rotate(-{coordinate(_SLANT)} {coordinate(x)} {coordinate(y)})"
        drawn.append(label(text, x, y, text_anchor="end", font_size=style.LABEL, fill=style.SOFT, transform=turn))
    return drawn, 18 + deepest * _SIN


def _centred(text: str, x: float, y: float) -> Svg:
    return label(text, x, y, text_anchor="middle", font_size=style.LABEL, fill=style.SOFT)
