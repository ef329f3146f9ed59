"""The ledger in Postgres under its suite, and what is its own."""

from __future__ import annotations

from tests.contracts.ledger import LedgerContract


class TestPostgresLedger(LedgerContract):
    """The ledger."""
