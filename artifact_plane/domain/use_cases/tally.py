"""A tally of many values: how many of each kind, and a sum of their digests that does not depend on their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Final

import attrs

from artifact_plane.domain.model.rendering import Digest

_MODULUS: Final = 1 << 256


class Tally:
    """Two of them are equal where the same values were added, in whatever order; memory does not grow with them.

    Fields named in ``ignoring`` are left out of attrs values.
    """

    def __init__(self, digest: Callable[[bytes], Digest], *, ignoring: Collection[str] = ()) -> None:
        self._digest: Final = digest
        self._ignoring: Final = frozenset(ignoring)
        self.counts: Final[Counter[str]] = Counter()
        self._sums: Final[Counter[str]] = Counter()

    def add(self, kind: str, values: Iterable[object]) -> None:
        """Add values of a kind: attrs values, JSON, bytes, times and what is made of these."""
        for value in values:
            text = repr(self._plain(value)).encode("utf-8", "surrogatepass")
            self.counts[kind] += 1
            self._sums[kind] = (self._sums[kind] + int(self._digest(text).partition(":")[2], 16)) % _MODULUS

    def differences(self, other: Tally) -> tuple[str, ...]:
        """The kinds of which other values were added to ``other``, sorted."""
        kinds = {*self._sums, *other._sums}
        return tuple(sorted(kind for kind in kinds if self._of(kind) != other._of(kind)))

    def _of(self, kind: str) -> tuple[int, int]:
        return self.counts[kind], self._sums[kind]

    def _plain(self, value: object) -> object:
        """The value in a form whose text is the same for the same value, however it is held."""
        if isinstance(value, bytes):
            return self._digest(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, Mapping):
            return sorted((str(key), self._plain(one)) for key, one in value.items())
        if isinstance(value, frozenset | set):
            return sorted(map(repr, map(self._plain, value)))
        if isinstance(value, list | tuple):
            return [self._plain(one) for one in value]
        kind = type(value)
        if attrs.has(kind):
            fields = (field.name for field in attrs.fields(kind) if field.name not in self._ignoring)
            return [(name, self._plain(getattr(value, name))) for name in fields]
        return value
