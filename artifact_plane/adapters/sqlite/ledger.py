"""SqliteLedger: changes go through the one writer, each group of them in one transaction."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.sqlite.change_rows import rows_of, weight_of
from artifact_plane.adapters.sqlite.recording import record
from artifact_plane.adapters.sqlite.writer import Writer
from artifact_plane.domain.model.change import Change
from artifact_plane.ports.ledger import Committed, Ledger


class SqliteLedger(Ledger):
    """The ledger in the record store's file."""

    def __init__(self, writer: Writer) -> None:
        self._writer: Final = writer
        self._kept_policies: Final[set[str]] = set()

    async def commit(self, change: Change) -> Committed:
        weight = weight_of(change)
        await self._writer.slots.take(weight)
        try:
            rows = rows_of(change, self._kept_policies)
            committed = await self._writer.submit(lambda draft: record(rows, draft), rows)
        finally:
            self._writer.slots.give(weight)
        if rows.policy is not None:
            self._kept_policies.add(rows.policy[0])
        return committed
