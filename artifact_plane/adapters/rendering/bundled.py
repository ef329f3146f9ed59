"""What the renderers that come with the plane have in common."""

from __future__ import annotations

from artifact_plane.adapters.rendering import extra
from artifact_plane.ports.renderer import Renderer


class BundledRenderer(Renderer):
    """A renderer some of whose formats are drawn by libraries."""

    def version_of(self, format: str) -> str:
        """The version of one format: where libraries draw it, it holds theirs as well."""
        return extra.version_of_format(self.version, format)
