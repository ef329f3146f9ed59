"""The circuit breaker: whoever fails again and again is left alone for a while, then tried once.

::

    CLOSED ──so many failures in a row, or a trip──▶ OPEN ──the cool-down has passed──▶ HALF_OPEN
       ▲                                              ▲                                    │
       └────────────────── the probe succeeds ────────┼────────────────────────────────────┤
                                                      └─────────── the probe fails ────────┘
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final


class Circuit(Enum):
    """Whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts failures. It waits for nothing and calls nobody; time comes from ``monotonic``, in seconds.

    It begins half open: its owner probes first.
    """

    def __init__(self, *, failures: int, cool_down: float, monotonic: Callable[[], float]) -> None:
        """Opens after ``failures`` in a row, and wants a probe ``cool_down`` seconds later."""
        self._most: Final = failures
        self._cool_down: Final = cool_down
        self._monotonic: Final = monotonic
        self._failures = 0
        self._opened_at = 0.0
        self.state = Circuit.HALF_OPEN

    @property
    def closed(self) -> bool:
        """Whether calls pass."""
        return self.state is Circuit.CLOSED

    def succeeded(self) -> None:
        """A call went well. One that began before the circuit opened does not close it: only a probe does."""
        self._failures = 0

    def failed(self) -> None:
        """A call failed."""
        self._failures += 1
        if self._failures >= self._most:
            self.trip()

    def trip(self) -> None:
        """Open, whatever was counted. One that is open stays as it is, cool-down and probe and all."""
        if self.closed:
            self._open()

    def take_probe(self) -> bool:
        """Whether the caller is to probe now; once it has been True, it is False until the probe has ended."""
        due = self.state is Circuit.OPEN and self._monotonic() - self._opened_at >= self._cool_down
        if due:
            self.state = Circuit.HALF_OPEN
        return due

    def probe_ended(self, *, well: bool) -> None:
        """The probe that ``take_probe`` gave out has ended: calls pass again, or the cool-down begins anew."""
        if well:
            self.state, self._failures = Circuit.CLOSED, 0
        else:
            self._open()

    def _open(self) -> None:
        self.state, self._opened_at = Circuit.OPEN, self._monotonic()
