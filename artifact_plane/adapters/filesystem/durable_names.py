"""What a payload's file is called: tenant first, then the digest."""

from __future__ import annotations

import re
from typing import Final

import attrs

from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.rendering import Digest

ALGORITHM: Final = re.compile(r"[a-z][a-z0-9]{0,31}")
DIGITS: Final = re.compile(r"[0-9a-f]{16,128}")
SHARD: Final = re.compile(r"[0-9a-f]{2}")


def tenant_folder(tenant_id: str) -> str:
    """The folder's name: in lower case, and which letters were upper case as a bit mask in hexadecimal after a ``+``.

    So ``A`` and ``a`` stay apart on file systems that do not tell them apart, the longest id fits into a file name,
    and the name can be read backwards. No id holds a ``+``, and none begins with the dot of ``.`` and ``..``.

    Raises:
        InvalidInput: it is not a legal id.
    """
    check_identifier("tenant id", tenant_id)
    mask = sum(1 << place for place, letter in enumerate(tenant_id) if letter.isupper())
    return f"{tenant_id.lower()}+{mask:x}" if mask else tenant_id


def tenant_of(folder: str) -> str:
    """The tenant whose folder has this name."""
    letters, _, mask = folder.partition("+")
    upper = int(mask or "0", 16)
    return "".join(letter.upper() if upper >> place & 1 else letter for place, letter in enumerate(letters))


@attrs.frozen(kw_only=True)
class Address:
    """Where a tenant's payload lies below the root."""

    tenant_id: str
    algorithm: str
    digits: str

    @classmethod
    def of(cls, tenant_id: str, digest: Digest) -> Address | None:
        """The address of a digest; None for what is no digest, under which nothing can be stored."""
        algorithm, _, digits = digest.partition(":")
        if ALGORITHM.fullmatch(algorithm) and DIGITS.fullmatch(digits):
            return cls(tenant_id=tenant_id, algorithm=algorithm, digits=digits)
        return None

    @property
    def digest(self) -> Digest:
        """The content address."""
        return Digest(f"{self.algorithm}:{self.digits}")

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders on the way to it; the last one is its shard."""
        return tenant_folder(self.tenant_id), self.algorithm, self.digits[:2]

    @property
    def location(self) -> str:
        """The path below the root."""
        return "/".join((*self.folders, self.digits))
