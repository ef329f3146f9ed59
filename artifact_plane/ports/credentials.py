"""Credentials: the records of tokens, sessions and invitations. Part of the record store (DESIGN section 6).

Only hashes of secrets come here. A secret is 256 random bits, so its hash is looked up as any other key; finding by
it is the one question that is asked without knowing the tenant, for the answer is what tells it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from artifact_plane.domain.model.credential import Credential, CredentialKind


class Credentials(ABC):
    """Keeps credentials. What a method has changed is durable, and seen by every process, when it returns."""

    @abstractmethod
    async def add(self, credential: Credential) -> None:
        """Record a new credential.

        Raises:
            Conflict: its id (within its tenant) or its secret's hash is there already; nothing was changed.
        """

    @abstractmethod
    async def find(self, secret_hash: str) -> Credential | None:
        """The credential with that hash, live or not; None where there is none. One fast point read."""

    @abstractmethod
    async def of_tenant(self, tenant_id: str) -> tuple[Credential, ...]:
        """All credentials of a tenant, of every kind, ended ones too, in the order they were added."""

    @abstractmethod
    async def end(self, tenant_id: str, credential_id: str, at: datetime) -> Credential:
        """End a credential, and in the same step those that were opened by it; the credential as it is now.

        What had ended already keeps its time; repeating it has no effect.

        Raises:
            NotFound: this tenant has no such credential; another's gives the same answer.
        """

    @abstractmethod
    async def take(self, secret_hash: str, at: datetime) -> Credential | None:
        """End a live invitation and return it as it is now; of many that take it at once, one gets it.

        None where there is none of that hash, or it is no invitation, or not live at ``at``.
        """

    @abstractmethod
    async def live_kinds(self, at: datetime) -> frozenset[CredentialKind]:
        """The kinds of which some tenant has a credential that is live at ``at``."""

    @abstractmethod
    async def forget(self, before: datetime) -> int:
        """Remove sessions and invitations that ended or expired before that time; how many. Tokens stay."""
