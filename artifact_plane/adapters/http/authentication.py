"""Who sent a request: from the Authorization header or the session's cookie, and from nothing else (case T04).

Every failure gives the same answer. A request that shows nothing is not a failure; one that shows something wrong
counts against its address.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable
from functools import partial
from typing import Final

from litestar.types import HTTPScope

from artifact_plane.adapters.http.callers import Authority, Facts
from artifact_plane.adapters.http.oidc import Oidc
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.rate_limit import Buckets, neighbourhood, too_many
from artifact_plane.adapters.http.service import Service
from artifact_plane.domain.model.credential import Caller, CredentialKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable

CHALLENGE: Final = 'Bearer realm="artifact-plane"'
_OWN: Final = "ap_"
PATIENCE: Final = 5.0
"""Seconds after which whoever asks is told that the credentials' store is away, rather than hold a place."""


class Authentication:
    """Tells the caller of each request, and bounds how often one may fail or call."""

    def __init__(self, service: Service, oidc: Oidc | None) -> None:
        settings = service.settings
        self._service: Final = service
        self._oidc: Final = oidc
        self._failures: Final = Buckets(settings.failures / settings.failures_seconds, settings.failures)
        self._calls: Final = Buckets(settings.rate, settings.burst)

    async def identify(self, scope: HTTPScope, facts: Facts) -> None:
        """Fill in caller and authority, or why there is none."""
        bearers = list(_values(scope, b"authorization"))
        session = cookie_value(scope, self._service.cookie)
        if not bearers and session is None:
            return
        facts.authority = Authority.BEARER if bearers else Authority.COOKIE
        facts.csrf = csrf_token(session) if session is not None and not bearers else None
        try:
            facts.caller = await self._caller(bearers, session)
        except ArtifactPlaneError as error:  # a store that does not answer
            facts.failure = error
        else:
            facts.still = partial(self._still, bearers, session, facts.caller)
            facts.failure = self._over_limit(facts)

    async def _still(self, bearers: list[bytes], session: str | None, caller: Caller | None) -> bool:
        return await self._caller(bearers, session) == caller

    async def _caller(self, bearers: list[bytes], session: str | None) -> Caller | None:
        try:
            async with asyncio.timeout(PATIENCE):
                if bearers or session is None:
                    return await self._bearer(bearers)
                return await self._service.application.access.authenticate(session, CredentialKind.SESSION)
        except TimeoutError as error:
            raise Unavailable(
                "the store of credentials does not answer in time", remedy="try again in a while"
            ) from error

    async def _bearer(self, values: list[bytes]) -> Caller | None:
        """Two headers, another scheme, or a token that nobody knows: all the same."""
        scheme, _, token = values[0].decode("latin-1").partition(" ")
        if len(values) != 1 or scheme.lower() != "bearer":
            return None
        if token.startswith(_OWN) or self._oidc is None:
            return await self._service.application.access.authenticate(token)
        return await self._oidc.authenticate(token)

    def _over_limit(self, facts: Facts) -> RequestProblem | None:
        now = self._service.clock.now()
        if facts.caller is None:
            seconds = self._failures.take(neighbourhood(facts.address), now)
            return too_many(seconds, "failed authentications of this address") if seconds else None
        seconds = self._calls.take(facts.caller.counted_as, now)
        return too_many(seconds, "requests of this credential") if seconds else None


def unauthenticated() -> RequestProblem:
    """The one answer to everybody who is not known."""
    return RequestProblem(
        401,
        "unauthenticated",
        "a valid credential is needed",
        where="Authorization",
        remedy="send `Authorization: Bearer TOKEN`; whoever runs the service makes one with `ap token create`",
        headers={"www-authenticate": CHALLENGE},
    )


def cookie_value(scope: HTTPScope, cookie: str) -> str | None:
    """What a cookie holds; None where there is none, or more than one (somebody has slipped one in)."""
    pairs = (pair.partition(b"=") for header in _values(scope, b"cookie") for pair in header.split(b";"))
    found = [value.strip() for name, _, value in pairs if name.strip() == cookie.encode()]
    return found[0].decode("latin-1") if len(found) == 1 else None


def csrf_token(session: str) -> str:
    """The token that goes with a session: whoever cannot read the cookie cannot know it."""
    return hmac.new(session.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def _values(scope: HTTPScope, name: bytes) -> Iterable[bytes]:
    return (value for key, value in scope["headers"] if key == name)
