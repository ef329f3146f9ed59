"""The outbox in memory, as relays use it."""

from __future__ import annotations

from tests.contracts.relaying import RelayingContract


class TestMemoryRelaying(RelayingContract):
    """Everything that ``RelayingContract`` says."""
