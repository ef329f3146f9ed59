"""The views that the realms offer of what they make: by format, the renderer that draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DOCUMENTS: Final[Mapping[str, str]] = {"markdown": "document", "html": "document", "pdf": "document"}
"""Of any meaning."""

CHARTS: Final[Mapping[str, str]] = {"svg": "chart", "png": "chart"}
"""Of a meaning that holds charts."""

DIAGRAMS: Final[Mapping[str, str]] = {"svg": "process", "png": "process"}
"""Of a meaning that holds steps."""
