"""Which browser there is."""

from __future__ import annotations

import os
import shutil
from typing import Final

REMEDY: Final = "install Chromium (Debian: apt-get install chromium), or name it in CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """The browser that CHROMIUM names, or the system's; None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
