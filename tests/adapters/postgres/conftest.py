"""The fixtures of the Postgres adapters' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.databases import PostgresDatabase


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is opened in it is closed after the test, before the database goes."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def opened_handle(postgres_database: PostgresDatabase, stack: AsyncExitStack) -> Handle:
    """A handle on a new database."""
    return await handle(stack, settings_of(postgres_database), postgres_database.raw)


@pytest.fixture
def store(opened_handle: Handle) -> RecordStoreUnderTest:
    """A new database, as the suites want it."""
    return opened_handle.store
