"""Who may call the plane from outside: tokens, sessions and one-time invitations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from artifact_plane.domain.model.credential import Caller, Credential, CredentialKind, Scope
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.ports.access import Access, Issued
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.credentials import Credentials
from artifact_plane.ports.secret_source import SecretSource

PREFIXES: Final = {CredentialKind.TOKEN: "ap_", CredentialKind.SESSION: "aps_", CredentialKind.INVITATION: "api_"}
"""What secrets begin with, so that one that got lost is told from noise, and its kind from the others."""

LONGEST_NAME: Final = 100
LONGEST: Final = 10 * 365 * 86_400
MOST_CHARACTERS: Final = 200
"""Of what is looked up as a secret: longer ones are none of ours."""

MOST_SESSIONS: Final = 20
"""Of one token at once; one more ends the oldest."""


class AccessDesk(Access):
    """Issues credentials and knows their holders again."""

    def __init__(self, *, credentials: Credentials, secrets: SecretSource, clock: Clock, ids: IdSource) -> None:
        self._credentials: Final = credentials
        self._secrets: Final = secrets
        self._clock: Final = clock
        self._ids: Final = ids

    async def issue(
        self, tenant_id: str, scopes: Iterable[Scope], *, name: str = "", expires_in: int | None = None
    ) -> Issued:
        """See ``Access``."""
        _check_name(name)
        return await self._issued(CredentialKind.TOKEN, tenant_id, scopes, self._expiry(expires_in), name=name)

    async def authenticate(self, secret: str, kind: CredentialKind = CredentialKind.TOKEN) -> Caller | None:
        """See ``Access``."""
        found = await self._live(secret, kind)
        if found is None:
            return None
        return Caller(
            tenant_id=found.tenant_id,
            scopes=found.scopes,
            credential_id=found.credential_id,
            opened_by=found.opened_by,
        )

    async def tokens(self, tenant_id: str) -> tuple[Credential, ...]:
        """See ``Access``."""
        found = await self._credentials.of_tenant(tenant_id)
        return tuple(one for one in found if one.kind is CredentialKind.TOKEN)

    async def revoke(self, credential_id: str, tenant_id: str) -> Credential:
        """See ``Access``."""
        return await self._credentials.end(tenant_id, credential_id, self._clock.now())

    async def invite(self, tenant_id: str, scopes: Iterable[Scope], *, expires_in: int) -> Issued:
        """See ``Access``."""
        return await self._issued(CredentialKind.INVITATION, tenant_id, scopes, self._expiry(expires_in))

    async def open_session(self, secret: str, *, expires_in: int) -> Issued | None:
        """See ``Access``."""
        now = self._clock.now()
        await self._credentials.forget(now)  # else each sign-in would look through all there ever were
        taken = None
        if secret.startswith(PREFIXES[CredentialKind.INVITATION]):
            taken = await self._credentials.take(self._secrets.hashed(secret[:MOST_CHARACTERS]), now)
        token = await self._live(secret, CredentialKind.TOKEN)
        shown = taken or token
        if shown is None:
            return None
        if token is not None:
            await self._end_oldest(token, now)
        ends = [at for at in (self._expiry(expires_in), None if token is None else token.expires_at) if at is not None]
        return await self._issued(
            CredentialKind.SESSION,
            shown.tenant_id,
            shown.scopes,
            min(ends),
            opened_by=token.credential_id if token else None,
        )

    async def end_session(self, secret: str) -> None:
        """See ``Access``."""
        found = await self._live(secret, CredentialKind.SESSION)
        if found is not None:
            await self._credentials.end(found.tenant_id, found.credential_id, self._clock.now())

    async def configured(self) -> frozenset[CredentialKind]:
        """See ``Access``."""
        return await self._credentials.live_kinds(self._clock.now())

    async def _end_oldest(self, token: Credential, now: datetime) -> None:
        """Make room for one more session of a token: the oldest give way."""
        opened = [
            one
            for one in await self._credentials.of_tenant(token.tenant_id)
            if one.opened_by == token.credential_id and one.is_live(now)
        ]
        for one in opened[: max(len(opened) - MOST_SESSIONS + 1, 0)]:
            await self._credentials.end(one.tenant_id, one.credential_id, now)

    async def _live(self, secret: str, kind: CredentialKind) -> Credential | None:
        if not secret.startswith(PREFIXES[kind]) or len(secret) > MOST_CHARACTERS:
            return None
        found = await self._credentials.find(self._secrets.hashed(secret))
        return found if found is not None and found.kind is kind and found.is_live(self._clock.now()) else None

    async def _issued(
        self,
        kind: CredentialKind,
        tenant_id: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None,
        *,
        name: str = "",
        opened_by: str | None = None,
    ) -> Issued:
        secret = PREFIXES[kind] + self._secrets.new_secret()
        credential = Credential(
            credential_id=self._ids.new_id(),
            tenant_id=tenant_id,
            kind=kind,
            name=name,
            scopes=_some(scopes),
            secret_hash=self._secrets.hashed(secret),
            created_at=self._clock.now(),
            expires_at=expires_at,
            opened_by=opened_by,
        )
        await self._credentials.add(credential)
        return Issued(secret=secret, credential=credential)

    def _expiry(self, seconds: int | None) -> datetime | None:
        if seconds is None:
            return None
        if not 1 <= seconds <= LONGEST:
            raise InvalidInput(
                f"a credential cannot last {seconds} seconds",
                where="expiry",
                remedy=f"give from 1 second to {LONGEST // 86_400:,} days, or none",
            )
        return self._clock.now() + timedelta(seconds=seconds)


def _some(scopes: Iterable[Scope]) -> frozenset[Scope]:
    some = frozenset(scopes)
    if not some:
        raise InvalidInput(
            "a credential without any scope is of no use", where="scopes", remedy="name some of " + ", ".join(Scope)
        )
    return some


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            f"{printable(name)} is no name for a token",
            where="name",
            remedy=f"give up to {LONGEST_NAME} printable characters",
        )
