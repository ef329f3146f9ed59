"""Access: the application's face for who may call it from outside.

A secret is handed out once, by the call that issues it, and never again. Every failure to authenticate gives the same
answer, None: what was wrong is nobody's business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import attrs

from artifact_plane.domain.model.credential import Caller, Credential, CredentialKind, Scope


@attrs.frozen(kw_only=True)
class Issued:
    """A credential with its secret, at the one moment the secret is known."""

    secret: str = attrs.field(repr=False)
    credential: Credential


class Access(ABC):
    """Tokens for programs, sessions for browsers, and one-time invitations. Times are in seconds."""

    @abstractmethod
    async def issue(
        self, tenant_id: str, scopes: Iterable[Scope], *, name: str = "", expires_in: int | None = None
    ) -> Issued:
        """A new token. ``expires_in`` None means that it lasts until it is revoked.

        Raises:
            InvalidInput: the tenant is no legal id, there is no scope, or name or time are not legal.
        """

    @abstractmethod
    async def authenticate(self, secret: str, kind: CredentialKind = CredentialKind.TOKEN) -> Caller | None:
        """Whoever holds the live credential of that kind with that secret; else None.

        Raises:
            Unavailable: the store does not answer.
        """

    @abstractmethod
    async def tokens(self, tenant_id: str) -> tuple[Credential, ...]:
        """The tenant's tokens, oldest first, revoked and expired ones too."""

    @abstractmethod
    async def revoke(self, credential_id: str, tenant_id: str) -> Credential:
        """End a token (or a session), and the sessions that were opened with it, at once; repeatable.

        Raises:
            NotFound: this tenant has none of that id.
        """

    @abstractmethod
    async def invite(self, tenant_id: str, scopes: Iterable[Scope], *, expires_in: int) -> Issued:
        """A secret that can be exchanged for a session, once."""

    @abstractmethod
    async def open_session(self, secret: str, *, expires_in: int) -> Issued | None:
        """Exchange an invitation, which ends by it, or present a live token, for a session; else None.

        The session has the tenant and scopes of what it was opened with, and lasts no longer than a token does. A token
        keeps a bounded number of sessions: one more ends the oldest.
        """

    @abstractmethod
    async def end_session(self, secret: str) -> None:
        """End the session with that secret; where there is none, nothing happens."""

    @abstractmethod
    async def configured(self) -> frozenset[CredentialKind]:
        """The kinds of which there is a live credential, whoever's; empty on a first start."""
