"""What a service does not do for those who call it."""

from __future__ import annotations

from typing import Final

from artifact_plane.domain.model.errors import NotPermitted

AT_HOME: Final = "do it on the service's own machine, on its home (without --server)"


def not_over_http(message: str, remedy: str = AT_HOME) -> NotPermitted:
    """The error for a question that has no route."""
    return NotPermitted(f"not over HTTP: {message}", where="the service", remedy=remedy)
