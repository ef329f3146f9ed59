"""The extra ``rendering``: the libraries that draw PDF and PNG, and the fonts that are pinned for both.

Nothing here is imported before something is drawn with it, and a missing library is an error that names the
remedy. What these libraries draw changes with their version, so their versions are part of the version of
every renderer that uses them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module, metadata
from types import ModuleType
from typing import Final, cast

from artifact_plane.domain.model.errors import UnsupportedRendering

FONTS: Final = "pymupdf-fonts"
FONT_FAMILY: Final = "FiraGO"
REGULAR: Final = "figo"
BOLD: Final = "figbo"


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


def version_with(own: str, *distributions: str) -> str:
    """``own``, followed by the versions of ``distributions``: ``1+reportlab5.1.0.pymupdf-fonts1.0.5``.

    Where one of them is not installed the answer is ``own`` alone: nothing can be drawn then.
    """
    try:
        used = [f"{name}{metadata.version(name)}" for name in distributions]
    except metadata.PackageNotFoundError:
        return own
    return f"{own}+{'.'.join(used)}"
