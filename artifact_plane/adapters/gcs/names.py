"""What a payload's object is called: the prefix, the tenant, the algorithm, the digits of the digest.

No id of a tenant begins with a dot, so what the store keeps for itself lies under such a name.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from artifact_plane.domain.model.identity import IDENTIFIER
from artifact_plane.domain.model.rendering import Digest

_DIGEST: Final = re.compile(r"([a-z][a-z0-9]{0,31}):([0-9a-f]{16,128})")
_BEGINNING: Final = re.compile(r"([a-z][a-z0-9]{0,31})?|([a-z][a-z0-9]{0,31}):([0-9a-f]{0,128})")
_OWN: Final = ".conformance"


@attrs.frozen
class Names:
    """The names below a prefix (empty, or ``a/b``)."""

    prefix: str

    def payload(self, tenant_id: str, digest: Digest) -> str | None:
        """The name of a payload's object; None for what is no digest, under which nothing can be stored."""
        if not (IDENTIFIER.fullmatch(tenant_id) and _DIGEST.fullmatch(digest)):
            return None
        return self._below(location(tenant_id, digest))

    def digest(self, tenant_id: str, name: str) -> Digest | None:
        """The digest that a name of the tenant's says; None where it is no payload's."""
        digest = Digest(name.removeprefix(self._below(f"{tenant_id}/")).replace("/", ":", 1))
        return digest if self.payload(tenant_id, digest) == name else None

    def beginning(self, tenant_id: str, prefix: str) -> str | None:
        """What the names begin with of all payloads whose digest begins with ``prefix``; None where none can be."""
        if not (IDENTIFIER.fullmatch(tenant_id) and _BEGINNING.fullmatch(prefix)):
            return None
        return self._below(location(tenant_id, Digest(prefix)))

    def own(self, what: str) -> str:
        """A name of the store's own, which is no payload's."""
        return self._below(f"{_OWN}/{what}")

    def _below(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name


def location(tenant_id: str, digest: Digest) -> str:
    """Where a payload lies, without the bucket and the prefix."""
    return f"{tenant_id}/{digest.replace(':', '/', 1)}"
