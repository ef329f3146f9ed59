"""SqliteCredentials: credentials in the record store's file; a process sees what another has revoked at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from artifact_plane.adapters.codec.tables import UNREADABLE
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.errors import RESTORE
from artifact_plane.adapters.sqlite.rows import microseconds, moment_of
from artifact_plane.adapters.sqlite.statements import Binding, Row, select
from artifact_plane.adapters.sqlite.writer import Writer
from artifact_plane.domain.model.credential import Credential, CredentialKind, Scope, no_such_credential
from artifact_plane.domain.model.errors import Conflict, Damaged
from artifact_plane.ports.credentials import Credentials


class SqliteCredentials(Credentials):
    """The credentials in the record store's file."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database: Final = database
        self._writer: Final = writer

    async def add(self, credential: Credential) -> None:
        def carry_out(draft: Draft) -> None:
            if not draft.now("add_credential", *_values(credential)):
                raise Conflict("there is such a credential already", where=f"credential {credential.credential_id}")

        await self._writer.write(carry_out)

    async def find(self, secret_hash: str) -> Credential | None:
        rows = await self._database.read(lambda one: select(one, "credential", secret_hash))
        return _credential(rows[0]) if rows else None

    async def of_tenant(self, tenant_id: str) -> tuple[Credential, ...]:
        rows = await self._database.read_apart(lambda one: select(one, "credentials_of_tenant", tenant_id))
        return tuple(map(_credential, rows))

    async def end(self, tenant_id: str, credential_id: str, at: datetime) -> Credential:
        def carry_out(draft: Draft) -> Credential:
            ended = draft.now("end_credential", tenant_id, credential_id, microseconds(at))
            if not ended:
                raise no_such_credential(credential_id)
            draft.now("end_opened_by", tenant_id, credential_id, microseconds(at))
            return _credential(ended[0])

        return await self._writer.write(carry_out)

    async def take(self, secret_hash: str, at: datetime) -> Credential | None:
        taken = await self._writer.write(
            lambda draft: draft.now("take_credential", secret_hash, microseconds(at), CredentialKind.INVITATION.value)
        )
        return _credential(taken[0]) if taken else None

    async def live_kinds(self, at: datetime) -> frozenset[CredentialKind]:
        rows = await self._database.read_apart(lambda one: select(one, "live_kinds", microseconds(at)))
        return frozenset(CredentialKind(kind) for (kind,) in rows)

    async def forget(self, before: datetime) -> int:
        forgotten = await self._writer.write(
            lambda draft: draft.now("forget_credentials", microseconds(before), CredentialKind.TOKEN.value)
        )
        return len(forgotten)


def _values(credential: Credential) -> tuple[Binding, ...]:
    times = (credential.created_at, credential.expires_at, credential.ended_at)
    return (
        credential.tenant_id,
        credential.credential_id,
        credential.kind.value,
        credential.name,
        " ".join(sorted(credential.scopes)),
        credential.secret_hash,
        *(None if time is None else microseconds(time) for time in times),
        credential.opened_by,
    )


def _credential(row: Row) -> Credential:
    tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by = row
    try:
        return Credential(
            credential_id=credential_id,
            tenant_id=tenant_id,
            kind=CredentialKind(kind),
            name=name,
            scopes=map(Scope, scopes.split()),
            secret_hash=secret_hash,
            created_at=moment_of(created),
            expires_at=None if expires is None else moment_of(expires),
            ended_at=None if ended is None else moment_of(ended),
            opened_by=opened_by,
        )
    except UNREADABLE as error:
        raise Damaged("a stored credential does not read back", where="credentials", remedy=RESTORE) from error
