"""PostgresLedger: changes go through the writer, group by group; attached edges are looked at first."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.postgres.attaching import Attaching
from artifact_plane.adapters.postgres.change_rows import rows_of, weight_of
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.slots import Slots
from artifact_plane.adapters.postgres.writer import Writer
from artifact_plane.domain.model.change import Change
from artifact_plane.ports.ledger import Committed, Ledger


class PostgresLedger(Ledger):
    """The ledger in the database."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._writer: Final = writer
        self._attaching: Final = Attaching(database)
        self._slots: Final = Slots(database.settings.queue_changes, database.settings.queue_bytes)
        self._kept_policies: Final[set[str]] = set()

    async def commit(self, change: Change) -> Committed:
        weight = weight_of(change)
        await self._slots.take(weight)
        try:
            rows = rows_of(change, self._kept_policies)
            if change.attaches_edges and change.edges:
                committed = await self._attaching.commit(rows)
            else:
                committed = await self._writer.submit(rows, weight)
        finally:
            self._slots.give(weight)
        if change.policy is not None:
            self._kept_policies.add(change.policy.digest)
        return committed
