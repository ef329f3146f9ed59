"""The ids of most tests: readable, and the same in every run."""

from __future__ import annotations

from artifact_plane.adapters.memory.clock import SequentialIds

__all__ = ["SequentialIds"]
