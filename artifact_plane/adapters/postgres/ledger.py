"""PostgresLedger: changes go through the writer, group by group; attached edges are looked at first."""

from __future__ import annotations

import asyncio
from typing import Final

from artifact_plane.adapters.flow.slots import Slots
from artifact_plane.adapters.postgres.attaching import Attaching
from artifact_plane.adapters.postgres.change_rows import rows_of, weight_of
from artifact_plane.adapters.postgres.database import WHERE, Database
from artifact_plane.adapters.postgres.writer import Writer
from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.ledger import Committed, Ledger


class PostgresLedger(Ledger):
    """The ledger in the database."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._writer: Final = writer
        self._attaching: Final = Attaching(database)
        self._slots: Final = Slots(database.settings.queue_changes, database.settings.queue_bytes)
        self._deadline: Final = database.settings.deadline
        self._kept_policies: Final[set[str]] = set()

    async def commit(self, change: Change) -> Committed:
        weight = weight_of(change)
        await self._take_place(weight)
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

    async def _take_place(self, weight: int) -> None:
        if self._slots.take_at_once(weight):
            return  # most need no timer, which would cost more than the place
        try:
            async with asyncio.timeout(self._deadline):
                await self._slots.take(weight)
        except TimeoutError as error:
            raise Unavailable(
                "too many changes wait to be written",
                where=WHERE,
                remedy="try again in a while; if it lasts, see whether the database keeps up",
            ) from error
