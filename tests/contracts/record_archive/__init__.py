"""The RecordArchive's law: what is taken out of one store and put into another is the same, in every answer."""

from __future__ import annotations

import pytest

from tests.contracts.record_archive.copies import Copies
from tests.contracts.record_archive.copying import ArchiveUnderTest, Opening, copy
from tests.contracts.record_archive.life import lead_a_life
from tests.contracts.record_archive.working_on import WorkingOn

__all__ = ["ArchiveUnderTest", "Opening", "RecordArchiveContract", "copy", "lead_a_life"]


class RecordArchiveContract(Copies, WorkingOn):
    """Subclass it and give the fixture ``opening``: an ``Opening`` of the adapter's stores."""

    @pytest.fixture
    async def lived(self, opening: Opening) -> ArchiveUnderTest:
        """A store with a history."""
        lived = await opening()
        await lead_a_life(lived.store)
        return lived
