"""Credentials: who may call the plane from outside, as which tenant, and what for.

A credential's secret is shown once, to whoever it was issued to; what is kept is its hash. Authority is a set of
scopes, each of which stands for itself alone: ``admin`` does not mean ``write``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.identity import identifier, printable


class Scope(StrEnum):
    """One thing that a caller may be allowed to do."""

    READ = "read"
    """See artifacts, executions, lineage, receipts."""
    WRITE = "write"
    """Create and update artifacts, hand in results."""
    DELETE = "delete"
    """Delete artifacts."""
    EXECUTE = "execute"
    """Submit intents, cancel executions."""
    POLICY = "policy"
    """Read and check policies, ask what they would decide."""
    ADMIN = "admin"
    """See how the service itself is doing."""


ALL_SCOPES: Final = frozenset(Scope)


class CredentialKind(StrEnum):
    """What a credential is used as; one kind is never accepted in the place of another."""

    TOKEN = "token"  # noqa: S105 - the kind's name
    """Sent by programs with each request."""
    SESSION = "session"
    """Held by a browser in a cookie."""
    INVITATION = "invitation"
    """Exchanged for a session, once."""


def _scopes(scopes: Iterable[Scope]) -> frozenset[Scope]:
    return frozenset(scopes)


@attrs.frozen(kw_only=True)
class Credential:
    """The record of a credential; its secret is not in it.

    ``opened_by`` is the credential that a session was opened with: it ends when that one is revoked. ``ended_at`` is
    when it was revoked, taken or closed; ``expires_at`` None means never.
    """

    credential_id: str = attrs.field(validator=identifier("credential id"))
    tenant_id: str = attrs.field(validator=identifier("tenant id"))
    kind: CredentialKind
    name: str = ""
    scopes: frozenset[Scope] = attrs.field(converter=_scopes)
    secret_hash: str = attrs.field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    opened_by: str | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is of use at ``now``: not ended and not expired."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


@attrs.frozen(kw_only=True)
class Caller:
    """Whoever sent a request, once that is certain: the one place the tenant of a request comes from.

    ``opened_by`` is the token that a session was opened with.
    """

    tenant_id: str = attrs.field(validator=identifier("tenant id"))
    scopes: frozenset[Scope] = attrs.field(converter=_scopes)
    credential_id: str
    opened_by: str | None = None

    @property
    def counted_as(self) -> str:
        """The credential whose limits hold: the sessions that one token has opened share that token's."""
        return self.opened_by or self.credential_id

    def may(self, scope: Scope) -> bool:
        """Whether the caller's credential carries that scope."""
        return scope in self.scopes


def no_such_credential(credential_id: str) -> NotFound:
    """The error for a credential that is not there, or not this tenant's."""
    return NotFound(
        "there is no such credential", where=f"credential {printable(credential_id)}", remedy="see `ap token list`"
    )
