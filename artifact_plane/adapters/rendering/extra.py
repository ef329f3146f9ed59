"""The extra ``rendering``: the libraries that draw PDF and PNG, and the fonts that are pinned for both.

Nothing here is imported before something is drawn with it, and a missing library is an error that names the
remedy. What these libraries draw changes with their version, so their versions are part of the version of
each format that they draw.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Final, cast

from artifact_plane.domain.model.errors import UnsupportedRendering

FONT_FAMILY: Final = "FiraGO"
REGULAR: Final = "figo"
BOLD: Final = "figbo"

_DRAWN_BY: Final = {"pdf": ("reportlab", "pymupdf-fonts"), "png": ("resvg-py", "pymupdf-fonts")}


def load(module: str, purpose: str) -> ModuleType:
    """Import ``module``, which draws ``purpose``.

    Raises:
        UnsupportedRendering: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as missing:
        raise UnsupportedRendering(
            f"drawing {purpose} needs the extra 'rendering'",
            where="format",
            remedy="pip install 'artifact-plane[rendering]'",
        ) from missing


@cache
def font_bytes(face: str) -> bytes:
    """The TrueType file of ``face`` (``REGULAR`` or ``BOLD``).

    Raises:
        UnsupportedRendering: the fonts are not installed.
    """
    fonts = load("pymupdf_fonts", "text")
    return cast(bytes, fonts.fontbuffers[face]())


def version_of_format(own: str, format: str) -> str:
    """``own``, followed by the versions of what draws the format: ``1+reportlab5.1.0.pymupdf-fonts1.0.5``.

    Where one of them is not installed the answer is ``own`` alone: nothing can be drawn then.
    """
    if format not in _DRAWN_BY:
        return own
    from importlib import metadata  # which takes 20 ms that are lost on everyone else

    try:
        return f"{own}+{'.'.join(f'{name}{metadata.version(name)}' for name in _DRAWN_BY[format])}"
    except metadata.PackageNotFoundError:
        return own
