"""Bearer tokens of an OpenID Connect issuer: verified by its public keys, never by anything a token says of itself.

Only asymmetric algorithms are known here, so ``none`` and a secret made of the public key fail before any key is
looked up; a header may hold ``alg``, ``kid`` and ``typ`` and nothing else, so no ``crit``, ``jku`` or ``jwk`` is ever
obeyed; ``kid`` is compared with the keys at hand and names nothing else (case T12).
"""

from __future__ import annotations

import asyncio
import hashlib
import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import GuestProtocol, Key, KeySet

from artifact_plane.adapters.http.key_fetching import fetch_keys
from artifact_plane.adapters.http.logs import logger_of
from artifact_plane.adapters.http.settings import OidcSettings
from artifact_plane.domain.model.credential import Caller, Scope
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from artifact_plane.ports.clock import Clock

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_HEADERS: Final = frozenset({"alg", "kid", "typ"})
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_KEY_TYPES: Final = frozenset({"RSA", "EC", "OKP"})
_REFETCH: Final = timedelta(seconds=30)
"""How soon keys may be fetched anew because a token names one that is not known."""
_PATIENCE: Final = timedelta(seconds=5)
"""How soon an issuer that did not answer is asked again, while there are no keys at all."""
_LONGEST: Final = 16 * 1024


class Oidc:
    """Knows an issuer's tokens. One object serves one event loop."""

    def __init__(self, settings: OidcSettings, clock: Clock, log_format: str = "none") -> None:
        self._settings: Final = settings
        self._clock: Final = clock
        self._keys: KeySet | None = None
        self._fetched: datetime | None = None
        self._trouble: Unavailable | None = None
        self._fetching: Final = asyncio.Lock()
        self._logger: Final = logger_of(log_format)

    async def authenticate(self, token: str) -> Caller | None:
        """Whoever the token was issued for; None where it is not good, for whatever reason.

        Raises:
            Unavailable: the issuer's keys cannot be had, and none are at hand.
        """
        if len(token) > _LONGEST or token.count(".") != 2:
            return None
        keys = await self._current_keys()
        caller = self._caller(token, keys)
        if caller is None and _names_no_key_of(token, keys) and self._is_due(_REFETCH):
            caller = self._caller(token, await self._newer(keys))
        return caller

    async def check(self) -> None:
        """Load the keys. Raises Unavailable; InvalidInput the first time, while what is wrong can stop the start."""
        if self._fetched is None:
            await self._fetch()
        else:
            await self._current_keys()

    def _caller(self, token: str, keys: KeySet) -> Caller | None:
        try:
            with warnings.catch_warnings():
                # `EdDSA` is the old name of Ed25519 (RFC 9864), and what issuers still write.
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(token, lambda guest: _key_of(guest, keys), algorithms=ALGORITHMS).claims
            self._claims(claims)
            return self._caller_of(claims)
        except (JoseError, InvalidInput, ValueError, TypeError):
            # Whatever is wrong with a token, its answer is the same.
            return None

    def _claims(self, claims: Mapping[str, object]) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=self._settings.leeway,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(dict(claims))

    def _caller_of(self, claims: Mapping[str, object]) -> Caller | None:
        tenant, subject = claims.get(self._settings.tenant_claim), claims["sub"]
        if not isinstance(tenant, str) or not isinstance(subject, str):
            return None
        named = hashlib.sha256(f"{self._settings.issuer}\n{subject}".encode()).hexdigest()[:32]
        return Caller(
            tenant_id=tenant,
            scopes=_scopes(claims.get(self._settings.scope_claim), self._settings.scope_prefix),
            credential_id=f"oidc-{named}",
        )

    # Keys

    async def _current_keys(self) -> KeySet:
        if self._keys is not None and not self._is_due(timedelta(seconds=self._settings.keys_seconds)):
            return self._keys
        if self._keys is None and self._trouble is not None and not self._is_due(_PATIENCE):
            raise self._trouble
        if self._keys is not None:
            return await self._newer(self._keys)
        try:
            return await self._fetch()
        except InvalidInput as error:
            raise self._unusable(error) from error

    async def _newer(self, keys: KeySet) -> KeySet:
        """The issuer's keys as they are now; where that cannot be known, those at hand: better old ones than none."""
        try:
            return await self._fetch()
        except (Unavailable, InvalidInput) as error:
            self._logger.warning("issuer's keys", code=error.code, where=error.where, detail=error.message)
            return keys

    def _unusable(self, error: InvalidInput) -> Unavailable:
        """What callers are told of settings or keys that are wrong: not where they are. The log is told."""
        self._logger.error("issuer's keys", code=error.code, where=error.where, detail=error.message)
        self._trouble = Unavailable(
            "the issuer's keys cannot be used", where="the setting 'keys' of [oidc]", remedy="see the service's log"
        )
        return self._trouble

    async def _fetch(self) -> KeySet:
        asked = self._clock.now()
        async with self._fetching:
            if self._keys is not None and self._fetched is not None and self._fetched >= asked:
                return self._keys
            self._fetched = self._clock.now()
            try:
                document = await asyncio.to_thread(_document, self._settings.keys)
            except Unavailable as error:
                self._trouble = error
                raise
            self._keys = _key_set(document, str(self._settings.keys))
            return self._keys

    def _is_due(self, age: timedelta) -> bool:
        return self._fetched is None or self._clock.now() - self._fetched >= age


def _document(place: Path | str) -> bytes:
    if isinstance(place, str) and "://" in place:
        return fetch_keys(place)
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the issuer's keys cannot be read: {error.strerror}",
            where=f"the setting 'keys' of [oidc]: {place}",
            remedy="name a file with a JWK set, or the https address of one",
        ) from error


def _key_set(document: bytes, place: str) -> KeySet:
    import orjson

    try:
        described = [one for one in orjson.loads(document)["keys"] if one["kty"] in _KEY_TYPES]
        keys = KeySet.import_key_set({"keys": described})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidInput(
            "the issuer's keys are no JWK set", where=place, remedy="see the issuer's `jwks_uri`"
        ) from error
    if not keys.keys:
        raise InvalidInput("there is no public key among the issuer's keys", where=place, remedy="name another set")
    return keys


def _key_of(guest: GuestProtocol, keys: KeySet) -> Key:
    """The one key of ours that the token's header names.

    Raises:
        ValueError: it names none of them, or says more than a header may.
    """
    headers = cast(Mapping[str, object], guest.headers())
    kind = headers.get("typ", "JWT")
    if not headers.keys() <= _HEADERS or not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise ValueError("this header is not accepted")
    kid = headers.get("kid")
    fitting = [key for key in keys.keys if kid is None or key.kid == kid]
    if len(fitting) != 1:
        raise ValueError("the key is not known")
    return fitting[0]


def _names_no_key_of(token: str, keys: KeySet) -> bool:
    """Whether the token's header names a key that is not in the set: the issuer may have a new one."""
    from joserfc.jws import extract_compact

    try:
        kid = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError):
        return False
    return isinstance(kid, str) and kid not in {key.kid for key in keys.keys}


def _scopes(claim: object, prefix: str) -> frozenset[Scope]:
    """The scopes among the words of a claim; what is none of ours is somebody else's."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
    known = {f"{prefix}{scope}": scope for scope in Scope}
    return frozenset(known[word] for word in words if isinstance(word, str) and word in known)
