"""The lineage feed in memory keeps the port's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from artifact_plane.adapters.memory.lineage_feed import MemoryLineageFeed
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.ports.lineage_feed import LineageFeed
from tests.adapters.memory.conftest import opened
from tests.contracts.lineage_feed import FeedUnderTest, LineageFeedContract


@pytest.fixture
async def fed() -> AsyncIterator[FeedUnderTest]:
    """An empty record store and its feed."""
    records = MemoryRecordStore()

    async def reopen() -> LineageFeed:
        return MemoryLineageFeed(records)

    async with AsyncExitStack() as stack:
        store = await opened(records, stack)
        yield FeedUnderTest(store=store, feed=MemoryLineageFeed(records), reopen=reopen)


class TestMemoryLineageFeed(LineageFeedContract):
    """Everything that ``LineageFeedContract`` says."""
