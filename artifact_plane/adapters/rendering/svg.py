"""SVG as text: every attribute and every text is escaped here, and numbers have a fixed form."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final, NewType

import attrs

from artifact_plane.adapters.rendering.numbers import coordinate
from artifact_plane.adapters.rendering.text import one_line

Svg = NewType("Svg", str)
"""A piece of well-formed SVG."""

Attribute = str | float | None
FONT_STACK: Final = "FiraGO, 'Fira Sans', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


def element(tag: str, *children: Svg, **attributes: Attribute) -> Svg:
    """One element; ``stroke_width`` is written ``stroke-width``, and an attribute that is None is left out."""
    opening = tag + "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    if not children:
        return Svg(f"<{opening}/>")
    return Svg(f"<{opening}>{''.join(children)}</{tag}>")


def group(children: Iterable[Svg], **attributes: Attribute) -> Svg:
    """The children, one a line, under common attributes."""
    return element("g", Svg("\n"), *(Svg(f"{child}\n") for child in children), **attributes)


def content(text: str) -> Svg:
    """Text between two tags."""
    return Svg(escape(one_line(text), quote=False))


def label(text: str, x: float, y: float, **attributes: Attribute) -> Svg:
    """One line of text whose baseline begins (or, with ``text_anchor``, has its middle or end) at the point."""
    return element("text", content(text), x=x, y=y, **attributes)


def lines(texts: Iterable[str], x: float, y: float, leading: float, **attributes: Attribute) -> Svg:
    """Lines of text, the first with its baseline at ``y``, the others ``leading`` apart."""
    rows = (element("tspan", content(text), x=x, y=y + index * leading) for index, text in enumerate(texts))
    return element("text", *rows, **attributes)


@attrs.frozen(kw_only=True)
class Picture:
    """A standalone drawing and its size."""

    svg: bytes
    width: float
    height: float


def picture(width: float, height: float, title: str, description: str, children: Iterable[Svg]) -> Picture:
    """A standalone drawing on a light ground, with what a screen reader says of it."""
    parts = (
        element("title", content(title)),
        element("desc", content(description)),
        element("rect", width=width, height=height, fill="#ffffff"),
        *children,
    )
    root = element(
        "svg",
        Svg("\n"),
        *(Svg(f"{part}\n") for part in parts),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        role="img",
        font_family=FONT_STACK,
    )
    svg = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()
    return Picture(svg=svg, width=width, height=height)


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Coordinates as ``points`` and path commands write them."""
    return " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in pairs)


def _attribute(name: str, value: str | float) -> str:
    shown = value if isinstance(value, str) else coordinate(value)
    return f' {name.replace("_", "-")}="{escape(one_line(shown))}"'
