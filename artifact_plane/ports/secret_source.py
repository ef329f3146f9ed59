"""SecretSource: secrets that nobody can guess, and what is kept of them."""

from __future__ import annotations

from abc import ABC, abstractmethod


class SecretSource(ABC):
    """Makes secrets and their hashes."""

    @abstractmethod
    def new_secret(self) -> str:
        """A new secret of 256 random bits, in letters, digits, ``-`` and ``_``."""

    @abstractmethod
    def hashed(self, secret: str) -> str:
        """The hash that is kept of a secret (SHA-256, hexadecimal): the same for the same secret, always."""
