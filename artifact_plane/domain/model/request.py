"""Request: what a caller asked for under a key of its own, remembered so that asking again is no second request.

The HTTP service's ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header). The record is part of the change
that the request brought about: there is no moment at which the effect is there and the key is not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import Digest

Subject: TypeAlias = str
"""``artifact:id@version``, ``execution:id``, or empty for a request that changed nothing."""
AGAIN: Final = "again:"
"""Stands before the subject of a request whose effect was there already."""


@attrs.frozen(kw_only=True)
class Request:
    """A key, the fingerprint of what was asked under it, and what came of it.

    ``subject`` is filled in by whoever carries the request out. From ``expires_at`` on the key is free again.
    """

    key: str
    fingerprint: Digest
    expires_at: datetime
    subject: Subject = ""

    def about(self, subject: Subject) -> Request:
        """The same request, with what came of it."""
        return attrs.evolve(self, subject=subject)


def key_is_taken(key: str) -> Conflict:
    """Another change was recorded under the key, which has not expired."""
    return Conflict(
        "this key was used for another request",
        where=f"idempotency key {printable(key)}",
        remedy="give each request a key of its own, and repeat it only with the same content",
    )
