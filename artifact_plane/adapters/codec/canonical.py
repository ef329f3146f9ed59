"""The codec: one walk over the meaning, unless its reader has walked it; one sorted dump, one digest (law 8).

orjson sorts keys by their UTF-8 bytes, which is the order of code points, and writes the shortest decimal that reads
back equal. What it would let through or change silently (NaN as null, subclasses, other types) never reaches it:
the walk lets plain values pass only.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import orjson

from artifact_plane.adapters.codec.digests import DigestHasher, algorithm_of, known_algorithm
from artifact_plane.adapters.codec.plain import plain_bytes
from artifact_plane.adapters.codec.verified import VerifiedSource
from artifact_plane.domain.model.errors import Damaged, InvalidJson
from artifact_plane.domain.model.json import (
    DEFAULT_LIMITS,
    Admitted,
    Json,
    JsonLimits,
    JsonObject,
    LargerThanBudget,
    admit,
    admit_object,
)
from artifact_plane.domain.model.plan import Meaning
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.codec import Codec

DEFAULT_ALGORITHM: Final = "blake3"


def canonical_bytes(value: object, limits: JsonLimits = DEFAULT_LIMITS) -> bytes:
    """The canonical form of any JSON value.

    Raises:
        InvalidJson: it is not JSON (see ``domain.model.json.admit``), or larger than ``limits`` allow.
    """
    return _within(_dumped(admit(value, limits)), limits)


class JsonCodec(Codec):
    """Canonical JSON by orjson; digests by BLAKE3 or SHA-256."""

    def __init__(self, algorithm: str = DEFAULT_ALGORITHM, limits: JsonLimits = DEFAULT_LIMITS) -> None:
        """Make digests with ``algorithm`` and admit documents within ``limits``.

        Raises:
            InvalidInput: ``algorithm`` is not known.
        """
        self._algorithm: Final = known_algorithm(algorithm)
        self._limits: Final = limits

    def meaning(self, semantic_payload: JsonObject, *, budget: int | None = None) -> Meaning:
        data = self._written(semantic_payload, budget)
        return Meaning(data=_within(data, self._limits), digest=self.digest(data))

    def _written(self, semantic_payload: JsonObject, budget: int | None) -> bytes:
        if isinstance(semantic_payload, Admitted):
            if budget is not None and semantic_payload.size > budget:
                raise LargerThanBudget
            if semantic_payload.depth <= self._limits.max_depth:
                return _dumped(semantic_payload.entries)
        return plain_bytes(semantic_payload, self._limits, budget) or _dumped(
            admit_object(semantic_payload, self._limits, budget=budget)
        )

    def parse(self, data: bytes) -> JsonObject:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Damaged(
                f"a stored meaning is not JSON, at line {error.lineno}, column {error.colno}",
                remedy="restore it from a backup",
            ) from error
        if not isinstance(value, dict):
            raise Damaged("a stored meaning is not a JSON object", remedy="restore it from a backup")
        return value

    def digest(self, data: bytes) -> Digest:
        hasher = DigestHasher(self._algorithm)
        hasher.update(data)
        return hasher.digest()

    def hasher(self, algorithm: str | None = None) -> DigestHasher:
        return DigestHasher(self._algorithm if algorithm is None else algorithm)

    def verified(self, source: ByteSource, digest: Digest, what: str) -> ByteSource:
        return VerifiedSource(source, digest, what, partial(self.hasher, algorithm_of(digest)))


def _dumped(admitted: Json) -> bytes:
    return orjson.dumps(admitted, option=orjson.OPT_SORT_KEYS)


def _within(data: bytes, limits: JsonLimits) -> bytes:
    if len(data) > limits.max_bytes:
        raise InvalidJson(
            f"{len(data)} bytes in the canonical form, where {limits.max_bytes} are allowed",
            where="$",
            remedy="give large content as a rendering, or raise the limit in the settings",
        )
    return data
