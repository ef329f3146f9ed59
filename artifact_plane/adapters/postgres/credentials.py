"""PostgresCredentials: credentials in the database; a process sees what another has revoked at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.adapters.codec.tables import UNREADABLE
from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database, giving_way
from artifact_plane.adapters.postgres.rows import answerable
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.credential import Credential, CredentialKind, Scope, no_such_credential
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.ports.credentials import Credentials


class PostgresCredentials(Credentials):
    """The credentials in the database."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    @giving_way
    async def add(self, credential: Credential) -> None:
        async with self._database.tenant(credential.tenant_id) as connection:
            added = await connection.fetch(statement("add_credential"), *_values(credential))
        if not added:
            raise Conflict("there is such a credential already", where=f"credential {credential.credential_id}")

    async def find(self, secret_hash: str) -> Credential | None:
        found = await self._as_worker("credential_by_hash", secret_hash) if answerable(secret_hash) else []
        return _credential(found[0]) if found else None

    async def of_tenant(self, tenant_id: str) -> tuple[Credential, ...]:
        return tuple(map(_credential, await self._database.rows("credentials_of_tenant", tenant_id)))

    @giving_way
    async def end(self, tenant_id: str, credential_id: str, at: datetime) -> Credential:
        if not answerable(credential_id):
            raise no_such_credential(credential_id)
        async with self._database.tenant(tenant_id) as connection:
            ended = await connection.fetch(statement("end_credential"), tenant_id, credential_id, at)
            own = [row for row in ended if row["credential_id"] == credential_id]
            if not own:
                raise no_such_credential(credential_id)
        return _credential(own[0])

    async def take(self, secret_hash: str, at: datetime) -> Credential | None:
        taken = await self._as_worker("take_invitation", secret_hash, at) if answerable(secret_hash) else []
        return _credential(taken[0]) if taken else None

    async def live_kinds(self, at: datetime) -> frozenset[CredentialKind]:
        return frozenset(CredentialKind(kind) for (kind,) in await self._as_worker("live_kinds", at))

    async def forget(self, before: datetime) -> int:
        return len(await self._as_worker("forget_credentials", before))

    @giving_way
    async def _as_worker(self, name: str, *values: object) -> list[Row]:
        async with self._database.everyone() as connection:
            return await connection.fetch(statement(name), *values)


def _values(credential: Credential) -> tuple[object, ...]:
    return (
        credential.tenant_id,
        credential.credential_id,
        credential.kind.value,
        credential.name,
        sorted(credential.scopes),
        credential.secret_hash,
        credential.created_at,
        credential.expires_at,
        credential.ended_at,
        credential.opened_by,
    )


def _credential(row: Row) -> Credential:
    try:
        fields = {**row, "kind": CredentialKind(row["kind"]), "scopes": map(Scope, row["scopes"])}
        return Credential(**fields)
    except UNREADABLE as error:
        raise unreadable("credential", error) from error
