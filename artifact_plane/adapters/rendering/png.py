"""PNG from our own SVG, by resvg, with the pinned fonts and no other."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from artifact_plane.adapters.rendering import extra

DISTRIBUTIONS: Final = ("resvg-py", extra.FONTS)
"""What draws a PNG: the versions of these are part of the renderer's version."""

_MOST_PIXELS: Final = 40_000_000
_LONGEST_SIDE: Final = 16_000


def to_png(svg: bytes, width: float, height: float, scale: int) -> bytes:
    """Draw ``svg``, ``scale`` pixels a unit, or as many as keep within 16,000 a side and 40 million in all.

    Raises:
        UnsupportedRendering: the extra is not installed.
    """
    resvg = extra.load("resvg_py", "PNG")
    with TemporaryDirectory(prefix="artifact-plane-fonts-") as folder:
        files = [_font_file(Path(folder), face) for face in (extra.REGULAR, extra.BOLD)]
        drawn = resvg.svg_to_bytes(
            svg_string=svg.decode(),
            zoom=_zoom(width, height, scale),
            skip_system_fonts=True,
            font_files=files,
            font_family=extra.FONT_FAMILY,
            sans_serif_family=extra.FONT_FAMILY,
        )
    return cast(bytes, drawn)


def _font_file(folder: Path, face: str) -> str:
    # The library reads fonts by path; which path it is leaves no trace in the picture.
    path = folder / f"{face}.ttf"
    path.write_bytes(extra.font_bytes(face))
    return str(path)


def _zoom(width: float, height: float, scale: int) -> float:
    by_side = _LONGEST_SIDE / max(width, height)
    by_area = (_MOST_PIXELS / (width * height)) ** 0.5
    return min(float(scale), by_side, by_area)
