"""Content digests ``algorithm:hex`` (law 8): BLAKE3 by default, SHA-256 by setting.

BLAKE3 runs in the thread that reads. Its own thread pool was measured: twice as fast on pieces of 4 MiB and more
when other cores are idle, slower on the pieces of 1 MiB in which payloads stream; so it is not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, Protocol

from blake3 import blake3

from artifact_plane.domain.model.errors import Damaged, InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.codec import Hasher


class _Running(Protocol):
    """What hashlib and blake3 have in common."""

    def update(self, data: bytes | memoryview, /) -> object: ...

    def hexdigest(self) -> str: ...


ALGORITHMS: Final[dict[str, Callable[[], _Running]]] = {"blake3": blake3, "sha256": hashlib.sha256}


class DigestHasher(Hasher):
    """A digest in the making under one of ``ALGORITHMS``."""

    __slots__ = ("_algorithm", "_running")

    def __init__(self, algorithm: str) -> None:
        """Begin a digest.

        Raises:
            Damaged: the algorithm is not known here.
        """
        if algorithm not in ALGORITHMS:
            raise Damaged(
                f"the digest algorithm {printable(algorithm)} is not known here",
                remedy=f"this release knows {' and '.join(ALGORITHMS)}; use the release that wrote the digest",
            )
        self._algorithm = algorithm
        self._running = ALGORITHMS[algorithm]()

    def update(self, data: bytes | memoryview) -> None:
        self._running.update(data)

    def digest(self) -> Digest:
        return Digest(f"{self._algorithm}:{self._running.hexdigest()}")


def algorithm_of(digest: Digest) -> str:
    """The algorithm that a digest names."""
    return digest.partition(":")[0]


def known_algorithm(algorithm: str) -> str:
    """``algorithm``, if digests can be made with it.

    Raises:
        InvalidInput: it is not one of ``ALGORITHMS``.
    """
    if algorithm not in ALGORITHMS:
        raise InvalidInput(
            f"{printable(algorithm)} is not a digest algorithm", where="digest", remedy=f"use {' or '.join(ALGORITHMS)}"
        )
    return algorithm
