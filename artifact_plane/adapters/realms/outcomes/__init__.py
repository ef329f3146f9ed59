"""The Outcomes realm: roadmaps, proofs of concept and solutions."""

from __future__ import annotations

from artifact_plane.adapters.realms.outcomes.realm import OutcomesRealm

__all__ = ["OutcomesRealm"]
