"""Counting rows that are there more than once, in bounded memory."""

from __future__ import annotations

from array import array
from itertools import islice
from typing import Final

from artifact_plane.adapters.realms.tabular.table import Batch

MAX_ROWS: Final = 3_000_000
"""How many rows are compared; each costs eight bytes."""

_BUCKETS: Final = 64


class RepeatedRows:
    """Counts the rows that equal an earlier one, by 64-bit hashes; shown every batch of a table.

    Two different rows share a hash once in about four million tables of the greatest size.
    """

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self.checked = 0
        self._max_rows = max_rows
        self._buckets = [array("q") for _ in range(_BUCKETS)]

    def __call__(self, batch: Batch) -> None:
        room = min(len(batch.places), self._max_rows - self.checked)
        self.checked += room
        buckets = self._buckets
        for hashed in map(hash, islice(batch.keys(), room)):
            buckets[hashed % _BUCKETS].append(hashed)

    def count(self) -> int:
        """How many rows equal an earlier one, among those ``checked``."""
        return sum(len(bucket) - len(set(bucket)) for bucket in self._buckets)
