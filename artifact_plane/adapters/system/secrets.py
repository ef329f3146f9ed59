"""Secrets from the operating system's source of randomness."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from artifact_plane.ports.secret_source import SecretSource

_BYTES: Final = 32


class SystemSecrets(SecretSource):
    """256 random bits, as URL-safe base64.

    SHA-256 without salt or stretching is enough for them: there is nothing to guess and no two are alike.
    """

    def new_secret(self) -> str:
        return secrets.token_urlsafe(_BYTES)

    def hashed(self, secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
