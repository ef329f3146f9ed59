"""PNG from our own SVG, by resvg, with the pinned fonts and no other."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from artifact_plane.adapters.rendering import extra
from artifact_plane.adapters.rendering.options import OptionReader
from artifact_plane.adapters.rendering.svg import Picture

_MOST_PIXELS: Final = 40_000_000
_LONGEST_SIDE: Final = 16_000


def read_scale(options: OptionReader) -> int:
    """The option ``scale``: how many pixels a unit of the drawing takes."""
    return options.whole("scale", default=2, least=1, most=4)


def to_png(drawn: Picture, scale: int) -> bytes:
    """Draw the picture, ``scale`` pixels a unit, or as many as keep within 16,000 a side and 40 million in all.

    Raises:
        UnsupportedRendering: the extra is not installed.
    """
    resvg = extra.load("resvg_py", "PNG")
    with TemporaryDirectory(prefix="artifact-plane-fonts-") as folder:
        files = [_font_file(Path(folder), face) for face in (extra.REGULAR, extra.BOLD)]
        png = resvg.svg_to_bytes(
            svg_string=drawn.svg.decode(),
            zoom=_zoom(drawn, scale),
            skip_system_fonts=True,
            font_files=files,
            font_family=extra.FONT_FAMILY,
            sans_serif_family=extra.FONT_FAMILY,
        )
    return cast(bytes, png)


def _font_file(folder: Path, face: str) -> str:
    # The library reads fonts by path; which path it is leaves no trace in the picture.
    path = folder / f"{face}.ttf"
    path.write_bytes(extra.font_bytes(face))
    return str(path)


def _zoom(drawn: Picture, scale: int) -> float:
    by_side = _LONGEST_SIDE / max(drawn.width, drawn.height)
    by_area = sqrt(_MOST_PIXELS / (drawn.width * drawn.height))
    return min(float(scale), by_side, by_area)
