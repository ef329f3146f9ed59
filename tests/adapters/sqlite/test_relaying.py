"""The outbox in a file, as relays use it."""

from __future__ import annotations

from tests.contracts.relaying import RelayingContract


class TestSqliteRelaying(RelayingContract):
    """Everything that ``RelayingContract`` says."""
