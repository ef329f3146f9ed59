"""The renderer ``document``: any meaning as a readable page."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from artifact_plane.adapters.rendering.bundled import BundledRenderer
from artifact_plane.adapters.rendering.document.html import to_html
from artifact_plane.adapters.rendering.document.markdown import to_markdown
from artifact_plane.adapters.rendering.document.outline import DEEPEST, outline
from artifact_plane.adapters.rendering.document.pdf.drawing import to_pdf
from artifact_plane.adapters.rendering.document.pdf.pages import PAGE_SIZES
from artifact_plane.adapters.rendering.options import OptionReader, check_format
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, BytesSource

_FORMATS: Final = MappingProxyType(
    {
        "markdown": "text/markdown; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "pdf": "application/pdf",
    }
)
_TEXTS: Final = {"markdown": to_markdown, "html": to_html}


class DocumentRenderer(BundledRenderer):
    """Any meaning as ``markdown``, ``html`` or (extra ``rendering``) ``pdf``.

    Options: ``depth``, the levels of nesting that are drawn (1 to 20, 6 if not given), the rest being shown as
    JSON; and for ``pdf`` also ``page`` (``a4`` or ``letter``).
    """

    name = "document"
    version = "1"
    formats = _FORMATS

    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        check_format(self.name, format, self.formats)
        asked = OptionReader(options)
        depth = asked.whole("depth", default=DEEPEST, least=1, most=20)
        page = asked.choice("page", default="a4", among=PAGE_SIZES) if format == "pdf" else ""
        asked.finish()
        blocks = outline(semantic_payload, depth)
        return BytesSource(to_pdf(blocks, page) if page else _TEXTS[format](blocks).encode())
