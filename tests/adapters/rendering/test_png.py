"""PNG, drawn from our own SVG."""

from __future__ import annotations

import struct
import zlib

import pytest

from artifact_plane.domain.model.json import JsonObject

from .drawing import draw, parse_svg
from .samples import CHARTS, PROCESS, step


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _data(png: bytes) -> bytes:
    at, found = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(found)


@pytest.mark.parametrize(("renderer", "payload"), [("chart", CHARTS), ("process", PROCESS)])
@pytest.mark.parametrize("scale", [1, 3])
def test_a_png_is_the_drawing_times_the_scale(renderer: str, payload: JsonObject, scale: int) -> None:
    """The size of the SVG in units is that of the PNG in pixels, times the scale."""
    root = parse_svg(draw(renderer, "svg", payload))
    wanted = [float(root.attrib[side]) * scale for side in ("width", "height")]
    assert _size(draw(renderer, "png", payload, scale=scale)) == pytest.approx(wanted, abs=scale)


def test_text_is_drawn_with_the_pinned_typeface_and_not_left_out() -> None:
    """Two processes that differ in a name alone give different pictures of the same size."""
    one, two = (draw("process", "png", {"steps": [{"id": "a", "name": name}]}) for name in ("Approve", "Απόρριψη"))
    assert _size(one) == _size(two)
    assert _data(one) != _data(two)


def test_a_picture_too_large_for_a_screen_is_drawn_smaller() -> None:
    """Five hundred steps in a row: at most 16,000 pixels a side, whatever the scale."""
    steps = [step(f"s{n}", f"Step {n}", "task", None, *[f"s{n + 1}"][: 499 - n]) for n in range(500)]
    assert max(_size(draw("process", "png", {"steps": [*steps]}, scale=4))) <= 16_000
