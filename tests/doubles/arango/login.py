"""Who may ask: a user and a password with each request, or a token with an end."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from typing import Final

import jwt

from tests.doubles.arango.store import Refusal

_SIGNING: Final = "the stand-in signs its tokens with this"


class Gate:
    """Lets in who knows the password, or has a token that it gave out and has not withdrawn."""

    def __init__(self, username: str, password: str) -> None:
        self._username: Final = username
        self._password: Final = password
        self._withdrawn: Final[set[str]] = set()
        self._given: Final[list[str]] = []
        self.token_seconds = 3600
        self.logins = 0

    def token(self, seconds: float | None = None) -> str:
        """A new token."""
        now = time.time()
        claims = {
            "iss": "arangodb",
            "preferred_username": self._username,
            "iat": int(now),
            "exp": int(now + (self.token_seconds if seconds is None else seconds)),
            "number": len(self._given),
        }
        self._given.append(jwt.encode(claims, _SIGNING, algorithm="HS256"))
        return self._given[-1]

    def withdraw(self) -> None:
        """No token that was given out so far is good any more."""
        self._withdrawn.update(self._given)

    def log_in(self, username: object, password: object) -> str:
        """A token for who knows the password."""
        if (username, password) != (self._username, self._password):
            raise Refusal(401, 401, "Wrong credentials")
        self.logins += 1
        return self.token()

    def check(self, headers: Mapping[str, str]) -> None:
        """Refuse whoever may not ask."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        good = self._knows_password(given) if scheme.lower() == "basic" else self._is_good(scheme, given)
        if not good:
            raise Refusal(401, 11, "not authorized to execute this request")

    def _knows_password(self, given: str) -> bool:
        try:
            return base64.b64decode(given).decode() == f"{self._username}:{self._password}"
        except (binascii.Error, UnicodeDecodeError):
            return False

    def _is_good(self, scheme: str, given: str) -> bool:
        if scheme.lower() != "bearer" or given in self._withdrawn:
            return False
        try:
            jwt.decode(given, _SIGNING, algorithms=["HS256"], issuer="arangodb")
        except jwt.InvalidTokenError:
            return False
        return True
