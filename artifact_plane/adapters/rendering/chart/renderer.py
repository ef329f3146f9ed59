"""The renderer ``chart``: what stands under the key ``charts``, in the shape that ``model`` describes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from artifact_plane.adapters.rendering.bundled import BundledRenderer
from artifact_plane.adapters.rendering.chart.drawing import draw
from artifact_plane.adapters.rendering.chart.payload import read_charts
from artifact_plane.adapters.rendering.options import OptionReader, check_format
from artifact_plane.adapters.rendering.png import read_scale, to_png
from artifact_plane.adapters.rendering.text import first_line_of
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, BytesSource

_FORMATS: Final = MappingProxyType({"svg": "image/svg+xml", "png": "image/png"})


class ChartRenderer(BundledRenderer):
    """The charts of a meaning as ``svg`` or (extra ``rendering``) ``png``.

    Options: ``width`` (480 to 1600, 760 if not given); and for ``png`` also ``scale``, the pixels a unit takes
    (1 to 4, 2 if not given).
    """

    name = "chart"
    version = "1"
    formats = _FORMATS

    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        check_format(self.name, format, self.formats)
        asked = OptionReader(options)
        width = asked.whole("width", default=760, least=480, most=1600)
        scale = read_scale(asked) if format == "png" else 0
        asked.finish()
        drawn = draw(read_charts(semantic_payload), first_line_of(semantic_payload, "title"), float(width))
        return BytesSource(to_png(drawn, scale) if scale else drawn.svg)
