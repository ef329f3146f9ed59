"""The Content realm: parses files and chooses charts for them."""

from artifact_plane.adapters.realms.content.realm import ContentRealm

__all__ = ["ContentRealm"]
