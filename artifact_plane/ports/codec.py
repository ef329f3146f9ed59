"""Codec: canonical JSON and content digests (law 8)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.plan import Meaning
from artifact_plane.domain.model.rendering import ByteSource, Digest


class Hasher(ABC):
    """A digest in the making."""

    @abstractmethod
    def update(self, data: bytes | memoryview) -> None:
        """Take more bytes."""

    @abstractmethod
    def digest(self) -> Digest:
        """The digest of all bytes taken so far."""


class Codec(ABC):
    """Turns meanings into bytes and back. Pure; large documents belong off the event loop."""

    @abstractmethod
    def meaning(self, semantic_payload: JsonObject, *, budget: int | None = None) -> Meaning:
        """The canonical form and its digest.

        Equal meanings (whatever their key order, 1 or 1.0) give equal bytes on every machine.

        Raises:
            InvalidJson: not an object, not JSON (see ``domain.model.json.admit``), or larger than allowed.
            LargerThanBudget: as ``admit``.
        """

    @abstractmethod
    def parse(self, data: bytes) -> JsonObject:
        """The object that canonical bytes say.

        Raises:
            Damaged: they are not a JSON object.
        """

    @abstractmethod
    def digest(self, data: bytes) -> Digest:
        """The content address of ``data`` under the configured algorithm."""

    @abstractmethod
    def hasher(self, algorithm: str | None = None) -> Hasher:
        """A new hasher, of the configured algorithm or of the one named.

        Raises:
            Damaged: the algorithm is not known here.
        """

    @abstractmethod
    def verified(self, source: ByteSource, digest: Digest, what: str) -> ByteSource:
        """``source`` with each whole read compared to ``digest``.

        A reader holds the end back until everything was compared, and raises ``Damaged`` (naming ``what``) in its
        place. A ranged read cannot be compared.
        """
