"""The archive of a database keeps its port's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from artifact_plane.adapters.postgres.record_archive import PostgresRecordArchive
from tests.adapters.postgres.under_test import handle, settings_of
from tests.contracts.record_archive import ArchiveUnderTest, Opening, RecordArchiveContract
from tests.doubles.databases import clone, drop
from tests.doubles.server_postgres import PostgresServer


class TestPostgresRecordArchive(RecordArchiveContract):
    """Everything that ``RecordArchiveContract`` says."""

    @pytest.fixture
    async def opening(self, postgres_server: PostgresServer) -> AsyncIterator[Opening]:
        async with AsyncExitStack() as stack:

            async def open_one() -> ArchiveUnderTest:
                database = await clone(postgres_server)
                stack.push_async_callback(drop, database)
                opened = await handle(stack, settings_of(database), database.raw)
                return ArchiveUnderTest(store=opened.store, archive=PostgresRecordArchive(opened.home.database))

            yield open_one
