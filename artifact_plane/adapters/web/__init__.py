"""The pages: HTML from the server, over the application's driving port.

Every page works without JavaScript; the script of our own adds what only it can do (following a run as it happens,
expanding, panning and zooming the lineage). Everything a page needs is in this folder; nothing is loaded from
elsewhere.
"""

from __future__ import annotations

from artifact_plane.adapters.web.look import HtmlPages
from artifact_plane.adapters.web.routes import PAGES

LOOK = HtmlPages()

__all__ = ["LOOK", "PAGES"]
