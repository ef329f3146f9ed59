"""The Ledger's law: all or nothing, once, in order, and nobody's failure is another's."""

from __future__ import annotations

from tests.contracts.ledger.atomicity import Atomicity
from tests.contracts.ledger.changes import a_full_change, outcomes
from tests.contracts.ledger.conflicts import Conflicts
from tests.contracts.ledger.deletion import Deletion
from tests.contracts.ledger.edges import Edges
from tests.contracts.ledger.origins import Origins
from tests.contracts.ledger.recording import Recording

__all__ = ["LedgerContract", "a_full_change", "outcomes"]


class LedgerContract(Recording, Atomicity, Conflicts, Deletion, Edges, Origins):
    """Subclass it and give the fixture ``store``."""
