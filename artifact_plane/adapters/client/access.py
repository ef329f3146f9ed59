"""Credentials are made and ended on the service's own machine: over HTTP nobody can give anybody rights."""

from __future__ import annotations

from collections.abc import Iterable

from artifact_plane.adapters.client.elsewhere import not_over_http
from artifact_plane.domain.model.credential import Caller, Credential, CredentialKind, Scope
from artifact_plane.ports.access import Access, Issued

_WHY = "credentials are made and ended at home"


class HttpAccess(Access):
    """Every method raises NotPermitted."""

    async def issue(
        self, tenant_id: str, scopes: Iterable[Scope], *, name: str = "", expires_in: int | None = None
    ) -> Issued:
        raise not_over_http(_WHY)

    async def authenticate(self, secret: str, kind: CredentialKind = CredentialKind.TOKEN) -> Caller | None:
        raise not_over_http(_WHY)

    async def tokens(self, tenant_id: str) -> tuple[Credential, ...]:
        raise not_over_http(_WHY)

    async def revoke(self, credential_id: str, tenant_id: str) -> Credential:
        raise not_over_http(_WHY)

    async def invite(self, tenant_id: str, scopes: Iterable[Scope], *, expires_in: int) -> Issued:
        raise not_over_http(_WHY)

    async def open_session(self, secret: str, *, expires_in: int) -> Issued | None:
        raise not_over_http(_WHY)

    async def end_session(self, secret: str) -> None:
        raise not_over_http(_WHY)

    async def configured(self) -> frozenset[CredentialKind]:
        raise not_over_http(_WHY)
