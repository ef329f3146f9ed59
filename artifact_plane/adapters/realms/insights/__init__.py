"""The Insights realm: assesses and interprets tables."""

from artifact_plane.adapters.realms.insights.realm import InsightsRealm

__all__ = ["InsightsRealm"]
