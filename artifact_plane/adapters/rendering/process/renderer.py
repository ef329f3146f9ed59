"""The renderer ``process``: what stands under the key ``steps``, in the shape that ``model`` describes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from artifact_plane.adapters.rendering.bundled import BundledRenderer
from artifact_plane.adapters.rendering.options import OptionReader, check_format
from artifact_plane.adapters.rendering.png import read_scale, to_png
from artifact_plane.adapters.rendering.process.drawing import draw
from artifact_plane.adapters.rendering.process.payload import read_process
from artifact_plane.adapters.rendering.text import first_line_of
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, BytesSource

_FORMATS: Final = MappingProxyType({"svg": "image/svg+xml", "png": "image/png"})


class ProcessRenderer(BundledRenderer):
    """The steps of a meaning as ``svg`` or (extra ``rendering``) ``png``.

    Option, for ``png`` only: ``scale``, the pixels a unit takes (1 to 4, 2 if not given).
    """

    name = "process"
    version = "1"
    formats = _FORMATS

    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        check_format(self.name, format, self.formats)
        asked = OptionReader(options)
        scale = read_scale(asked) if format == "png" else 0
        asked.finish()
        drawn = draw(read_process(semantic_payload), first_line_of(semantic_payload, "title", "name"))
        return BytesSource(to_png(drawn, scale) if scale else drawn.svg)
