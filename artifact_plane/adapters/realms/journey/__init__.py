"""The Journey realm: workflows, standard operating procedures and blueprints."""

from __future__ import annotations

from artifact_plane.adapters.realms.journey.realm import JourneyRealm

__all__ = ["JourneyRealm"]
