"""The archive of the record store in memory keeps its port's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from artifact_plane.adapters.memory.record_archive import MemoryRecordArchive
from artifact_plane.adapters.memory.records import MemoryRecordStore
from tests.adapters.memory.conftest import opened
from tests.contracts.record_archive import ArchiveUnderTest, Opening, RecordArchiveContract


class TestMemoryRecordArchive(RecordArchiveContract):
    """Everything that ``RecordArchiveContract`` says."""

    @pytest.fixture
    async def opening(self) -> AsyncIterator[Opening]:
        async with AsyncExitStack() as stack:

            async def open_one() -> ArchiveUnderTest:
                records = MemoryRecordStore()
                return ArchiveUnderTest(store=await opened(records, stack), archive=MemoryRecordArchive(records))

            yield open_one
