"""The Credentials' law: each credential as it was added, ended once, an invitation taken by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from artifact_plane.domain.model.credential import ALL_SCOPES, Credential, CredentialKind, Scope
from artifact_plane.domain.model.errors import Conflict, NotFound
from artifact_plane.ports.credentials import Credentials

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
TENANT, OTHER_TENANT = "acme", "globex"


@attrs.frozen(kw_only=True)
class CredentialsUnderTest:
    """One handle on the credentials of a record store.

    ``reopen`` opens a further handle on the same data, as another process would. ``hashes`` is the back door: the
    hashes of all that is stored, sorted.
    """

    credentials: Credentials
    reopen: Callable[[], Awaitable[CredentialsUnderTest]]
    hashes: Callable[[], Awaitable[list[str]]]


def later(seconds: float) -> datetime:
    """A time after ``NOW``."""
    return NOW + timedelta(seconds=seconds)


def a_credential(
    credential_id: str = "token-1",
    *,
    tenant_id: str = TENANT,
    kind: CredentialKind = CredentialKind.TOKEN,
    secret_hash: str | None = None,
    expires_at: datetime | None = None,
    opened_by: str | None = None,
) -> Credential:
    """A credential whose hash is made of its tenant and id unless it is given."""
    return Credential(
        credential_id=credential_id,
        tenant_id=tenant_id,
        kind=kind,
        name=f"the name of {credential_id}, é ' \" ; --",
        scopes={Scope.READ, Scope.ADMIN},
        secret_hash=secret_hash or f"hash-of-{tenant_id}-{credential_id}",
        created_at=NOW,
        expires_at=expires_at,
        opened_by=opened_by,
    )


class CredentialsContract:
    """Subclass it and give the fixture ``under_test``."""

    async def test_a_credential_is_found_by_its_hash_as_it_was_added(self, under_test: CredentialsUnderTest) -> None:
        """Field for field, times to the microsecond, also by another process; and its hash is what is stored."""
        plain = a_credential("a")
        full = attrs.evolve(
            a_credential("b", expires_at=later(1.000001), opened_by="a", kind=CredentialKind.SESSION),
            scopes=ALL_SCOPES,
            name="",
        )
        other = await under_test.reopen()
        for credential in (plain, full):
            await under_test.credentials.add(credential)
            assert await other.credentials.find(credential.secret_hash) == credential
        assert await under_test.hashes() == sorted([plain.secret_hash, full.secret_hash])

    async def test_an_unknown_hash_finds_nothing(self, under_test: CredentialsUnderTest) -> None:
        """None where there is none."""
        await under_test.credentials.add(a_credential(secret_hash="abc"))
        for unknown in ("", "ab", "abcd", "ABC", "%", "' OR 1=1 --"):
            assert await under_test.credentials.find(unknown) is None

    async def test_a_hash_or_an_id_that_is_there_is_a_conflict(self, under_test: CredentialsUnderTest) -> None:
        """The hash is unique among all tenants, the id within its own; nothing was changed."""
        first = a_credential()
        await under_test.credentials.add(first)
        same_hash = a_credential("token-2", tenant_id=OTHER_TENANT, secret_hash=first.secret_hash)
        same_id = a_credential(secret_hash="another")
        for refused in (same_hash, same_id):
            with pytest.raises(Conflict):
                await under_test.credentials.add(refused)
        assert await under_test.credentials.find(first.secret_hash) == first
        assert await under_test.hashes() == [first.secret_hash]

    async def test_equal_ids_of_two_tenants_are_two_credentials(self, under_test: CredentialsUnderTest) -> None:
        """Tenant first: ending one leaves the other."""
        mine, theirs = a_credential(), a_credential(tenant_id=OTHER_TENANT)
        await under_test.credentials.add(mine)
        await under_test.credentials.add(theirs)
        await under_test.credentials.end(TENANT, mine.credential_id, later(1))
        assert await under_test.credentials.find(theirs.secret_hash) == theirs

    async def test_a_tenant_sees_its_own_in_the_order_they_were_added(self, under_test: CredentialsUnderTest) -> None:
        """All of a tenant, of every kind, ended ones too."""
        kinds = (CredentialKind.SESSION, CredentialKind.TOKEN, CredentialKind.INVITATION)
        added = [a_credential(name, kind=kind) for name, kind in zip("cab", kinds, strict=True)]
        await under_test.credentials.add(a_credential("theirs", tenant_id=OTHER_TENANT))
        for credential in added:
            await under_test.credentials.add(credential)
        ended = await under_test.credentials.end(TENANT, "a", later(5))
        assert await under_test.credentials.of_tenant(TENANT) == (added[0], ended, added[2])
        assert await under_test.credentials.of_tenant("nobody") == ()

    async def test_what_is_ended_is_seen_by_every_process(self, under_test: CredentialsUnderTest) -> None:
        """Durable, and seen by every process, when it returns."""
        other = await under_test.reopen()
        credential = a_credential()
        await under_test.credentials.add(credential)
        ended = await under_test.credentials.end(TENANT, credential.credential_id, later(1))
        assert ended == attrs.evolve(credential, ended_at=later(1))
        assert await other.credentials.find(credential.secret_hash) == ended

    async def test_ending_again_keeps_the_time(self, under_test: CredentialsUnderTest) -> None:
        """What had ended already keeps its time."""
        await under_test.credentials.add(a_credential())
        first = await under_test.credentials.end(TENANT, "token-1", later(1))
        assert await under_test.credentials.end(TENANT, "token-1", later(9)) == first

    async def test_ending_an_absent_one_is_not_found(self, under_test: CredentialsUnderTest) -> None:
        """Another tenant's gives the same answer as one that never was, and stays as it is."""
        theirs = a_credential(tenant_id=OTHER_TENANT)
        await under_test.credentials.add(theirs)
        told = []
        for name in ("token-1", "absent"):
            with pytest.raises(NotFound) as caught:
                await under_test.credentials.end(TENANT, name, NOW)
            told.append(str(caught.value).replace(name, "…"))
        assert told[0] == told[1]
        assert await under_test.credentials.find(theirs.secret_hash) == theirs

    async def test_what_was_opened_by_a_credential_ends_with_it(self, under_test: CredentialsUnderTest) -> None:
        """In the same step; what had ended already keeps its time, and another tenant's of that name stays."""
        credentials = under_test.credentials
        session, closed = (
            a_credential(name, kind=CredentialKind.SESSION, opened_by="token-1") for name in ("open", "closed")
        )
        theirs = a_credential("theirs", tenant_id=OTHER_TENANT, opened_by="token-1")
        for credential in (a_credential(), session, closed, theirs):
            await credentials.add(credential)
        await credentials.end(TENANT, "closed", later(1))
        await credentials.end(TENANT, "token-1", later(2))
        assert await credentials.find(session.secret_hash) == attrs.evolve(session, ended_at=later(2))
        assert await credentials.find(closed.secret_hash) == attrs.evolve(closed, ended_at=later(1))
        assert await credentials.find(theirs.secret_hash) == theirs

    async def test_an_invitation_is_taken_by_one_of_many(self, under_test: CredentialsUnderTest) -> None:
        """Of many that take it at once, in two processes, one gets it."""
        invitation = a_credential(kind=CredentialKind.INVITATION, expires_at=later(60))
        await under_test.credentials.add(invitation)
        handles = [under_test, await under_test.reopen()] * 8
        taken = await asyncio.gather(*(one.credentials.take(invitation.secret_hash, later(1)) for one in handles))
        assert [one for one in taken if one is not None] == [attrs.evolve(invitation, ended_at=later(1))]

    async def test_only_a_live_invitation_can_be_taken(self, under_test: CredentialsUnderTest) -> None:
        """No token, no session, none that has expired or ended; and it stays as it is."""
        credentials = under_test.credentials
        expired = a_credential("expired", kind=CredentialKind.INVITATION, expires_at=later(10))
        ended = a_credential("ended", kind=CredentialKind.INVITATION)
        token, session = a_credential("token"), a_credential("session", kind=CredentialKind.SESSION)
        for credential in (expired, ended, token, session):
            await credentials.add(credential)
        await credentials.end(TENANT, "ended", later(1))
        for credential in (expired, ended, token, session):
            assert await credentials.take(credential.secret_hash, later(10)) is None
        assert await credentials.take("unknown", later(10)) is None
        assert await credentials.find(token.secret_hash) == token
        assert await credentials.find(expired.secret_hash) == expired

    async def test_the_live_kinds_are_known(self, under_test: CredentialsUnderTest) -> None:
        """Of whatever tenant; what has expired or ended does not count."""
        credentials = under_test.credentials
        assert await credentials.live_kinds(NOW) == frozenset()
        await credentials.add(a_credential("gone"))
        await credentials.end(TENANT, "gone", NOW)
        await credentials.add(a_credential("brief", kind=CredentialKind.SESSION, expires_at=later(10)))
        assert await credentials.live_kinds(later(9)) == {CredentialKind.SESSION}
        assert await credentials.live_kinds(later(10)) == frozenset()
        await credentials.add(a_credential("theirs", tenant_id=OTHER_TENANT))
        assert await credentials.live_kinds(later(10)) == {CredentialKind.TOKEN}

    async def test_old_sessions_and_invitations_are_forgotten(self, under_test: CredentialsUnderTest) -> None:
        """Those that ended or expired before the time; tokens stay."""
        credentials = under_test.credentials
        old = [
            a_credential("expired", kind=CredentialKind.SESSION, expires_at=later(1)),
            a_credential("ended", kind=CredentialKind.INVITATION, expires_at=later(99)),
        ]
        stay = [
            a_credential("live", kind=CredentialKind.SESSION, expires_at=later(99)),
            a_credential("just", kind=CredentialKind.SESSION, expires_at=later(10)),
            a_credential("token", expires_at=later(1)),
        ]
        for credential in (*old, *stay):
            await credentials.add(credential)
        await credentials.end(TENANT, "ended", later(2))
        assert await credentials.forget(later(10)) == 2
        assert await credentials.of_tenant(TENANT) == tuple(stay)
        assert await credentials.find(old[0].secret_hash) is None
