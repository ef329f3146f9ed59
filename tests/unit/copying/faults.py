"""An archive whose writes fail, to be laid under a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.ports.record_archive import ArchivePage, LooseEnds, RecordArchive
from tests.doubles.faults import Effects, with_faults
from tests.unit.copying.stage import archive_of


@attrs.frozen
class FaultyArchive(RecordArchive):
    """Fails what is put in."""

    inner: RecordArchive
    effects: Effects

    async def position(self) -> int:
        return await self.inner.position()

    async def export(self, after: int, *, limit: int) -> ArchivePage:
        return await self.inner.export(after, limit=limit)

    async def policies(self) -> tuple[PolicyRecord, ...]:
        return await self.inner.policies()

    def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        return self.inner.loose_ends(limit=limit)

    async def restore(self, page: ArchivePage) -> None:
        await self.effects.step("restore", lambda: self.inner.restore(page))

    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        await self.effects.step("policies", lambda: self.inner.restore_policies(policies))

    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        await self.effects.step("loose ends", lambda: self.inner.restore_loose_ends(batch))


def failing(adapters: Adapters, effects: Effects) -> Adapters:
    """The same adapters, as a process sees them whose n-th effect fails."""
    faulty = with_faults(adapters, effects)
    return with_archive(faulty, FaultyArchive(archive_of(adapters), effects))


def with_archive(adapters: Adapters, archive: RecordArchive) -> Adapters:
    """The same adapters, with another archive of the records."""
    return attrs.evolve(adapters, records=attrs.evolve(adapters.records, archive=archive))
