"""Whose, when and what: the defaults of all samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from blake3 import blake3

from artifact_plane.domain.model.rendering import Digest

TENANT: Final = "acme"
OTHER_TENANT: Final = "globex"
SESSION: Final = "session-1"
SOLUTION: Final = "claims"
HOLDER: Final = "holder-1"
NOW: Final = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
MEANING: Final = b'{"rows":3,"title":"Claims"}'


def at(seconds: float) -> datetime:
    """``NOW`` and so many seconds."""
    return NOW + timedelta(seconds=seconds)


def a_digest(content: bytes | str) -> Digest:
    """The real digest of ``content``."""
    data = content.encode() if isinstance(content, str) else content
    return Digest(f"blake3:{blake3(data).hexdigest()}")
