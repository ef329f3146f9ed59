"""Credentials in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.domain.model.credential import Credential, CredentialKind, no_such_credential
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.ports.credentials import Credentials

_PASSING: Final = (CredentialKind.SESSION, CredentialKind.INVITATION)


class MemoryCredentials(Credentials):
    """The credentials of a ``MemoryRecordStore``, by their hashes, in the order they were added."""

    def __init__(self, records: MemoryRecordStore) -> None:
        self._records: Final = records

    async def add(self, credential: Credential) -> None:
        with self._records.lock:
            held = self._records.credentials
            key = credential.tenant_id, credential.credential_id
            if credential.secret_hash in held or key in {(one.tenant_id, one.credential_id) for one in held.values()}:
                raise Conflict("there is such a credential already", where=f"credential {credential.credential_id}")
            held[credential.secret_hash] = credential

    async def find(self, secret_hash: str) -> Credential | None:
        with self._records.lock:
            return self._records.credentials.get(secret_hash)

    async def of_tenant(self, tenant_id: str) -> tuple[Credential, ...]:
        with self._records.lock:
            return tuple(one for one in self._records.credentials.values() if one.tenant_id == tenant_id)

    async def end(self, tenant_id: str, credential_id: str, at: datetime) -> Credential:
        with self._records.lock:
            own = [one for one in self._records.credentials.values() if one.tenant_id == tenant_id]
            if credential_id not in {one.credential_id for one in own}:
                raise no_such_credential(credential_id)
            for one in own:
                if credential_id in (one.credential_id, one.opened_by):
                    self._end(one, at)
            return next(one for one in self._records.credentials.values() if _is(one, tenant_id, credential_id))

    async def take(self, secret_hash: str, at: datetime) -> Credential | None:
        with self._records.lock:
            found = self._records.credentials.get(secret_hash)
            if found is None or found.kind is not CredentialKind.INVITATION or not found.is_live(at):
                return None
            return self._end(found, at)

    async def live_kinds(self, at: datetime) -> frozenset[CredentialKind]:
        with self._records.lock:
            return frozenset(one.kind for one in self._records.credentials.values() if one.is_live(at))

    async def forget(self, before: datetime) -> int:
        with self._records.lock:
            held = self._records.credentials
            old = [key for key, one in held.items() if one.kind in _PASSING and _was_over(one, before)]
            for key in old:
                del held[key]
            return len(old)

    def _end(self, credential: Credential, at: datetime) -> Credential:
        ended = attrs.evolve(credential, ended_at=credential.ended_at or at)
        self._records.credentials[credential.secret_hash] = ended
        return ended


def _is(credential: Credential, tenant_id: str, credential_id: str) -> bool:
    return (credential.tenant_id, credential.credential_id) == (tenant_id, credential_id)


def _was_over(credential: Credential, before: datetime) -> bool:
    return any(at is not None and at < before for at in (credential.ended_at, credential.expires_at))
