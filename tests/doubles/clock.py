"""The clock of most tests: it stands still until somebody moves it."""

from __future__ import annotations

from artifact_plane.adapters.memory.clock import SettableClock

__all__ = ["SettableClock"]
