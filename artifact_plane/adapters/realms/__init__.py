"""The reference realms: small, real, and without any way to a store."""

from __future__ import annotations

from artifact_plane.ports.realm import Realm


def builtin_realms() -> tuple[Realm, ...]:
    """Content, Insights, Journey and Outcomes, each with its default limits; imported only when asked for."""
    from artifact_plane.adapters.realms.content import ContentRealm
    from artifact_plane.adapters.realms.insights import InsightsRealm
    from artifact_plane.adapters.realms.journey import JourneyRealm
    from artifact_plane.adapters.realms.outcomes import OutcomesRealm

    return ContentRealm(), InsightsRealm(), JourneyRealm(), OutcomesRealm()
