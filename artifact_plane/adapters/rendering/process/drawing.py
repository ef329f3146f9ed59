"""The diagram as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from artifact_plane.adapters.rendering.process import shapes
from artifact_plane.adapters.rendering.process.diagram import (
    LABEL_LEADING,
    LABEL_SIZE,
    Arrow,
    Diagram,
    PlacedStep,
    Point,
)
from artifact_plane.adapters.rendering.process.heights import LANE_LABEL, LANE_LEADING, LANE_SIZE, Band
from artifact_plane.adapters.rendering.process.layout import MARGIN, TITLE_LEADING, TITLE_SIZE, lay_out
from artifact_plane.adapters.rendering.process.model import Process, Shape
from artifact_plane.adapters.rendering.svg import (
    Attribute,
    Picture,
    Svg,
    content,
    element,
    group,
    lines,
    picture,
    points,
)

_INK: Final = "#1c2430"
_LINE: Final = "#465365"
_FRAME: Final = "#cbd3dd"
_BANDS: Final = ("#f8fafc", "#f1f4f8")
_BAND_LABEL: Final = "#e3e9f0"
_CONDITION: Final = "#334155"
_FILLS: Final = {
    Shape.START: ("#e3f3e8", "#2b7a46", 2.0),
    Shape.END: ("#fbe6e4", "#b0342b", 3.5),
    Shape.TASK: ("#ffffff", "#2563a8", 1.6),
    Shape.DECISION: ("#fff3dc", "#b26a00", 1.6),
    Shape.OTHER: ("#f3f0fa", "#6b4fa0", 1.6),
}
_CORNER: Final = 7.0
_HEAD: Final = 8.5
_HEAD_HALF: Final = 4.2


def draw(process: Process, title: str) -> Picture:
    """The diagram of ``process``, below its title."""
    diagram = lay_out(process, title)
    children = (
        *_heading(diagram),
        group((piece for index, band in enumerate(diagram.bands) for piece in _band(band, index, diagram))),
        group(map(_arrow, diagram.arrows), fill="none", stroke=_LINE, stroke_width=1.6),
        group(map(_step, diagram.steps)),
        group(
            map(_condition, (arrow for arrow in diagram.arrows if arrow.label)),
            font_size=LABEL_SIZE,
            fill=_CONDITION,
            stroke="#ffffff",
            stroke_width=3.0,
            stroke_linejoin="round",
            paint_order="stroke",
        ),
    )
    return picture(diagram.width, diagram.height, title or "Process", _description(process), children)


def _heading(diagram: Diagram) -> Iterator[Svg]:
    if diagram.title:
        y = MARGIN + TITLE_SIZE - 2
        yield lines(diagram.title, MARGIN, y, TITLE_LEADING, font_size=TITLE_SIZE, font_weight="bold", fill=_INK)


def _band(band: Band, index: int, diagram: Diagram) -> Iterator[Svg]:
    place = {"x": MARGIN, "y": band.top, "height": band.height}
    width = diagram.width - 2 * MARGIN
    yield element("rect", **place, width=width, fill=_BANDS[index % 2])
    yield element("rect", **place, width=LANE_LABEL, fill=_BAND_LABEL)
    yield element("rect", **place, width=width, fill="none", stroke=_FRAME)
    yield lines(
        band.name,
        MARGIN + LANE_LABEL / 2,
        band.top + band.height / 2 + LANE_SIZE * 0.36 - (len(band.name) - 1) * LANE_LEADING / 2,
        LANE_LEADING,
        text_anchor="middle",
        font_size=LANE_SIZE,
        font_weight="bold",
        fill=_INK,
    )


def _arrow(arrow: Arrow) -> Svg:
    line = element("path", d=_path(arrow.points), stroke_dasharray="6 4" if arrow.is_return else None)
    head = element("polygon", points=points(_head(arrow.points)), fill=_LINE, stroke="none")
    return element("g", line, head)


def _path(corners: tuple[Point, ...]) -> str:
    """Lines with rounded corners; the end lies within the head."""
    commands = [f"M{points([corners[0]])}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        commands.append(f"L{points([_towards(corner, before)])}")
        commands.append(f"Q{points([corner, _towards(corner, after)])}")
    end, before = corners[-1], corners[-2]
    commands.append(f"L{points([_at(end, before, _HEAD - 2)])}")
    return " ".join(commands)


def _towards(corner: Point, other: Point) -> Point:
    length = abs(corner[0] - other[0]) + abs(corner[1] - other[1])
    return _at(corner, other, min(_CORNER, length / 2))


def _at(start: Point, end: Point, distance: float) -> Point:
    """The point ``distance`` from ``start`` on the upright or level way to ``end``."""
    if start[0] == end[0]:
        return start[0], start[1] + (distance if end[1] > start[1] else -distance)
    return start[0] + (distance if end[0] > start[0] else -distance), start[1]


def _head(corners: tuple[Point, ...]) -> list[Point]:
    (x, y), before = corners[-1], corners[-2]
    back_x, back_y = _at((x, y), before, _HEAD)
    if x == before[0]:
        return [(x, y), (back_x - _HEAD_HALF, back_y), (back_x + _HEAD_HALF, back_y)]
    return [(x, y), (back_x, back_y - _HEAD_HALF), (back_x, back_y + _HEAD_HALF)]


def _step(placed: PlacedStep) -> Svg:
    about = f"{placed.step.name} ({placed.step.kind}, {placed.step.role})"
    return element("g", element("title", content(about)), _outline(placed), *_name(placed))


def _outline(placed: PlacedStep) -> Svg:
    fill, stroke, width = _FILLS[placed.figure.shape]
    paint: dict[str, Attribute] = {"fill": fill, "stroke": stroke, "stroke_width": width}
    box, shape = placed.outline, placed.figure.shape
    if shape in (Shape.START, Shape.END):
        return element("circle", cx=placed.x, cy=placed.y, r=placed.figure.half_width - width / 2, **paint)
    if shape is Shape.DECISION:
        corners = [(placed.x, box.top), (box.right, placed.y), (placed.x, box.bottom), (box.left, placed.y)]
        return element("polygon", points=points(corners), stroke_linejoin="round", **paint)
    size = {"x": box.left, "y": box.top, "width": box.right - box.left, "height": box.bottom - box.top}
    return element("rect", **size, rx=9.0 if shape is Shape.TASK else None, **paint)


def _name(placed: PlacedStep) -> Iterator[Svg]:
    figure = placed.figure
    is_in_circle = figure.shape in (Shape.START, Shape.END) and figure.is_open_below
    top = placed.y + figure.text_top
    size = shapes.TAG_SIZE if is_in_circle else shapes.SIZE
    yield lines(figure.lines, placed.x, top, shapes.LEADING, text_anchor="middle", font_size=size, fill=_INK)
    if figure.tag:
        y = top + len(figure.lines) * shapes.LEADING - 1
        yield lines([figure.tag], placed.x, y, 0, text_anchor="middle", font_size=shapes.TAG_SIZE, fill=_LINE)


def _condition(arrow: Arrow) -> Svg:
    if arrow.label is None:
        return Svg("")
    return lines(arrow.label.lines, arrow.label.x, arrow.label.y, LABEL_LEADING)


def _description(process: Process) -> str:
    roles = list(dict.fromkeys(step.role for step in process.steps))
    ways = f"{len(process.flows)} {'way' if len(process.flows) == 1 else 'ways'}"
    steps = f"{len(process.steps)} {'step' if len(process.steps) == 1 else 'steps'}"
    return f"{steps} and {ways} between them, in the lanes: {', '.join(roles)}."
