"""Who may call the plane from outside: the law of the driving port's face, over the reference."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import attrs
import pytest

from artifact_plane.adapters.memory.clock import SequentialIds, SettableClock
from artifact_plane.adapters.memory.credentials import MemoryCredentials
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.system.secrets import SystemSecrets
from artifact_plane.domain.model.credential import ALL_SCOPES, Caller, CredentialKind, Scope
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.use_cases.access import LONGEST, MOST_SESSIONS, AccessDesk

READ = frozenset({Scope.READ})
HOUR = 3600


@attrs.frozen
class Scene:
    """An access desk over an empty record store, on a clock that the test moves."""

    desk: AccessDesk
    clock: SettableClock
    records: MemoryRecordStore


@pytest.fixture
def scene() -> Scene:
    """A fresh one."""
    records, clock = MemoryRecordStore(), SettableClock()
    desk = AccessDesk(
        credentials=MemoryCredentials(records), secrets=SystemSecrets(), clock=clock, ids=SequentialIds("credential")
    )
    return Scene(desk, clock, records)


async def test_a_token_is_known_again_with_its_tenant_and_scopes(scene: Scene) -> None:
    """The tenant of a request comes from the credential."""
    issued = await scene.desk.issue("acme", [Scope.READ, Scope.WRITE], name="ci")
    caller = await scene.desk.authenticate(issued.secret)
    assert caller == Caller(
        tenant_id="acme", scopes={Scope.READ, Scope.WRITE}, credential_id=issued.credential.credential_id
    )


async def test_the_secret_is_nowhere_but_in_the_answer(scene: Scene) -> None:
    """Stored hashed, shown once; and no representation of a value shows secret or hash."""
    issued = await scene.desk.issue("acme", READ)
    assert issued.secret.startswith("ap_") and len(issued.secret) == 46
    assert issued.secret not in repr(scene.records.credentials)
    assert issued.secret not in repr(issued)
    assert issued.credential.secret_hash not in repr(issued)


async def test_no_two_secrets_are_alike(scene: Scene) -> None:
    """256 random bits."""
    secrets = {(await scene.desk.issue("acme", READ)).secret for _ in range(50)}
    assert len(secrets) == 50


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: "",
        lambda secret: "ap_",
        lambda secret: secret[:-1],
        lambda secret: secret + "a",
        lambda secret: secret.upper(),
        lambda secret: " " + secret,
        lambda secret: secret + "\x00",
        lambda secret: secret + "\ud800",
        lambda secret: secret.removeprefix("ap_"),
        lambda secret: "aps_" + secret.removeprefix("ap_"),
        lambda secret: "ap_" + "x" * 1_000_000,
    ],
)
async def test_what_is_not_exactly_the_secret_is_nobodys(scene: Scene, change: Callable[[str], str]) -> None:
    """Every failure gives the same answer."""
    issued = await scene.desk.issue("acme", READ)
    assert await scene.desk.authenticate(change(issued.secret)) is None


async def test_a_token_ends_when_it_expires(scene: Scene) -> None:
    """To the second."""
    issued = await scene.desk.issue("acme", READ, expires_in=60)
    scene.clock.advance(59.999)
    assert await scene.desk.authenticate(issued.secret) is not None
    scene.clock.advance(0.001)
    assert await scene.desk.authenticate(issued.secret) is None


async def test_a_revoked_token_ends_at_once_with_the_sessions_it_opened(scene: Scene) -> None:
    """Whoever lost a token must be rid of everything that came of it."""
    issued = await scene.desk.issue("acme", READ)
    session = await scene.desk.open_session(issued.secret, expires_in=HOUR)
    assert session is not None
    await scene.desk.revoke(issued.credential.credential_id, "acme")
    assert await scene.desk.authenticate(issued.secret) is None
    assert await scene.desk.authenticate(session.secret, CredentialKind.SESSION) is None
    assert await scene.desk.open_session(issued.secret, expires_in=HOUR) is None


async def test_another_tenants_token_cannot_be_revoked(scene: Scene) -> None:
    """Not yours and not there give the same answer."""
    issued = await scene.desk.issue("acme", READ)
    with pytest.raises(NotFound):
        await scene.desk.revoke(issued.credential.credential_id, "globex")
    assert await scene.desk.authenticate(issued.secret) is not None


async def test_only_tokens_are_listed_and_only_the_tenants(scene: Scene) -> None:
    """Oldest first, revoked ones too; sessions and invitations are none."""
    first, second = [await scene.desk.issue("acme", READ, name=name) for name in ("first", "second")]
    await scene.desk.issue("globex", READ)
    await scene.desk.invite("acme", READ, expires_in=HOUR)
    await scene.desk.open_session(second.secret, expires_in=HOUR)
    revoked = await scene.desk.revoke(first.credential.credential_id, "acme")
    assert await scene.desk.tokens("acme") == (revoked, second.credential)


async def test_an_invitation_opens_one_session(scene: Scene) -> None:
    """Exchanged once, whoever comes first, with the invitation's tenant and scopes."""
    invitation = await scene.desk.invite("acme", ALL_SCOPES, expires_in=HOUR)
    opened = await asyncio.gather(*(scene.desk.open_session(invitation.secret, expires_in=60) for _ in range(10)))
    (session,) = [one for one in opened if one is not None]
    caller = await scene.desk.authenticate(session.secret, CredentialKind.SESSION)
    assert caller is not None and (caller.tenant_id, caller.scopes) == ("acme", ALL_SCOPES)


async def test_an_invitation_that_expired_opens_nothing(scene: Scene) -> None:
    """A link that lay about is of no use."""
    invitation = await scene.desk.invite("acme", READ, expires_in=60)
    scene.clock.advance(60)
    assert await scene.desk.open_session(invitation.secret, expires_in=60) is None


async def test_one_kind_is_never_accepted_for_another(scene: Scene) -> None:
    """A session is no token, a token no session, an invitation neither."""
    token = await scene.desk.issue("acme", READ)
    session = await scene.desk.open_session(token.secret, expires_in=HOUR)
    invitation = await scene.desk.invite("acme", READ, expires_in=HOUR)
    assert session is not None
    secrets = {
        CredentialKind.TOKEN: token.secret,
        CredentialKind.SESSION: session.secret,
        CredentialKind.INVITATION: invitation.secret,
    }
    for kind in (CredentialKind.TOKEN, CredentialKind.SESSION):
        for other, secret in secrets.items():
            assert (await scene.desk.authenticate(secret, kind) is not None) == (other is kind)
    assert await scene.desk.open_session(session.secret, expires_in=HOUR) is None


async def test_a_token_keeps_a_bounded_number_of_sessions_and_the_oldest_give_way(scene: Scene) -> None:
    """All of them are counted as the token that opened them."""
    token, other = await scene.desk.issue("acme", READ), await scene.desk.issue("acme", READ)
    kept = await scene.desk.open_session(other.secret, expires_in=HOUR)
    opened = [await scene.desk.open_session(token.secret, expires_in=HOUR) for _ in range(MOST_SESSIONS + 2)]
    callers = [
        await scene.desk.authenticate(one.secret, CredentialKind.SESSION) for one in (*opened, kept) if one is not None
    ]
    assert [caller is not None for caller in callers] == [False] * 2 + [True] * (MOST_SESSIONS + 1)
    counted = {caller.counted_as for caller in callers if caller is not None}
    assert counted == {token.credential.credential_id, other.credential.credential_id}


async def test_a_session_lasts_no_longer_than_its_token(scene: Scene) -> None:
    """And no longer than it was opened for."""
    short = await scene.desk.issue("acme", READ, expires_in=60)
    for asked, lasts in ((HOUR, 60), (30, 30)):
        session = await scene.desk.open_session(short.secret, expires_in=asked)
        assert session is not None and session.credential.expires_at is not None
        assert (session.credential.expires_at - scene.clock.now()).total_seconds() == lasts


async def test_an_ended_session_is_over(scene: Scene) -> None:
    """Its token is not; ending what is no session has no effect."""
    token = await scene.desk.issue("acme", READ)
    session = await scene.desk.open_session(token.secret, expires_in=HOUR)
    assert session is not None
    for secret in (session.secret, session.secret, token.secret, "aps_nothing", ""):
        await scene.desk.end_session(secret)
    assert await scene.desk.authenticate(session.secret, CredentialKind.SESSION) is None
    assert await scene.desk.authenticate(token.secret) is not None


async def test_sessions_that_are_over_do_not_pile_up(scene: Scene) -> None:
    """However often somebody signs in, no more is remembered, and looked through, than sessions that go on."""
    token = await scene.desk.issue("acme", READ)
    for _ in range(3 * MOST_SESSIONS):
        await scene.desk.open_session(token.secret, expires_in=60)
        assert len(scene.records.credentials) <= 1 + MOST_SESSIONS + 1
        scene.clock.advance(1)
    scene.clock.advance(60)
    await scene.desk.open_session(token.secret, expires_in=60)
    assert len(scene.records.credentials) == 2


async def test_what_is_configured_is_what_somebody_could_use(scene: Scene) -> None:
    """Empty on a first start, and again when all has expired."""
    assert await scene.desk.configured() == frozenset()
    await scene.desk.issue("acme", READ, expires_in=60)
    assert await scene.desk.configured() == {CredentialKind.TOKEN}
    scene.clock.advance(61)
    assert await scene.desk.configured() == frozenset()


@pytest.mark.parametrize("tenant", ["", "a:b", "a/b", "..", "é", "a" * 129, " a", "a\x00"])
async def test_a_token_is_of_a_legal_tenant(scene: Scene, tenant: str) -> None:
    """Case T06; nothing is recorded."""
    with pytest.raises(InvalidInput):
        await scene.desk.issue(tenant, READ)
    assert scene.records.credentials == {}


@pytest.mark.parametrize(
    "issue",
    [
        lambda desk: desk.issue("acme", []),
        lambda desk: desk.issue("acme", READ, expires_in=0),
        lambda desk: desk.issue("acme", READ, expires_in=-1),
        lambda desk: desk.issue("acme", READ, expires_in=LONGEST + 1),
        lambda desk: desk.issue("acme", READ, name="x" * 101),
        lambda desk: desk.issue("acme", READ, name="a\nb"),
        lambda desk: desk.invite("acme", READ, expires_in=0),
        lambda desk: desk.invite("acme", [], expires_in=60),
    ],
)
async def test_what_is_no_sensible_credential_is_refused(
    scene: Scene, issue: Callable[[AccessDesk], Awaitable[object]]
) -> None:
    """No scope, no time, no name: with what to do; nothing is recorded."""
    with pytest.raises(InvalidInput) as caught:
        await issue(scene.desk)
    assert caught.value.remedy
    assert scene.records.credentials == {}
