"""Ids that sort by time: UUIDv7 (RFC 9562)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final
from uuid import UUID

import uuid_utils

from artifact_plane.ports.clock import IdSource

_TAIL_BITS: Final = 62  # rand_b; above it lie 2 bits of variant, 12 of rand_a, 4 of version, 48 of time
_TAIL: Final = (1 << _TAIL_BITS) - 1


class UuidIds(IdSource):
    """UUIDv7 in its usual text form; each id sorts after those that this object gave before, in whatever thread.

    That holds across a clock that is set back, too: until the clock has caught up, ids count on from the last one.
    """

    def __init__(self, uuid7: Callable[[], str] = lambda: str(uuid_utils.uuid7())) -> None:
        """``uuid7`` makes a fresh id in text form, of the present time."""
        self._uuid7: Final = uuid7
        self._lock: Final = threading.Lock()
        self._last = ""

    def new_id(self) -> str:
        with self._lock:
            fresh = self._uuid7()
            self._last = fresh if fresh > self._last else _after(self._last)
            return self._last


def _after(last: str) -> str:
    """The UUIDv7 that follows ``last``: its random bits and then its time counted on, version and variant kept."""
    number = UUID(last).int
    time, low, tail = number >> 80, (number >> 64) & 0xFFF, number & _TAIL
    counted = (((time << 12) | low) << _TAIL_BITS) + tail + 1
    high, tail = counted >> _TAIL_BITS, counted & _TAIL
    time, low = high >> 12, high & 0xFFF
    return str(UUID(int=(time << 80) | (7 << 76) | (low << 64) | (0b10 << _TAIL_BITS) | tail))
