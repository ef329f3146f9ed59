"""Renderer: draws a view of a meaning.

Deterministic per version: the same meaning, format and options give the same bytes on every machine for as long
as ``version`` is the same (fonts and time stamps pinned). Renderers are other people's code: whatever one raises
is caught by the runtime (law 23).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource


class Renderer(ABC):
    """One way of drawing, in the formats it names."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The name that a ``Renderable`` refers to."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Changes whenever the bytes for some meaning change; recorded with each drawn part."""

    def version_of(self, format: str) -> str:
        """The version for one format; a renderer whose formats change apart (by a library, say) overrides it."""
        return self.version

    @property
    @abstractmethod
    def formats(self) -> Mapping[str, str]:
        """Media type by format name, for instance ``{"svg": "image/svg+xml"}``."""

    @abstractmethod
    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        """Draw the view; a blocking call that belongs off the event loop.

        Raises:
            UnsupportedRendering: the format or an option is not known, the meaning lacks what the view
                shows, or an extra is not installed (the remedy names it).
        """
