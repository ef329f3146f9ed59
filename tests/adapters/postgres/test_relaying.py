"""The outbox in Postgres, as relays use it."""

from __future__ import annotations

from tests.contracts.relaying import RelayingContract


class TestPostgresRelaying(RelayingContract):
    """Everything that ``RelayingContract`` says."""
