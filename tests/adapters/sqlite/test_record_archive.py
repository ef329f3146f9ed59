"""The archive of a home's file keeps its port's law, and the file that it fills is sound."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import apsw
import pytest

from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from tests.adapters.sqlite.under_test import opened
from tests.contracts.record_archive import ArchiveUnderTest, Opening, RecordArchiveContract, copy, lead_a_life


class TestSqliteRecordArchive(RecordArchiveContract):
    """Everything that ``RecordArchiveContract`` says."""

    @pytest.fixture
    async def opening(self, tmp_path: Path) -> AsyncIterator[Opening]:
        numbers = itertools.count(1)
        async with AsyncExitStack() as stack:

            async def open_one() -> ArchiveUnderTest:
                folder = tmp_path / f"home-{next(numbers)}"
                home = await stack.enter_async_context(SqliteHome.open(folder))
                return ArchiveUnderTest(store=await opened(stack, folder), archive=home.archive)

            yield open_one


async def test_references_between_tables_hold_in_a_copy(tmp_path: Path) -> None:
    """No row names another one that is not there."""
    async with SqliteHome.open(tmp_path / "source") as source, SqliteHome.open(tmp_path / "target") as target:
        async with AsyncExitStack() as stack:
            await lead_a_life(await opened(stack, tmp_path / "source"))
        await copy(source.archive, target.archive)
    connection = apsw.Connection(str(tmp_path / "target" / RECORDS_FILE))
    assert connection.pragma("foreign_key_check") is None
    assert connection.pragma("integrity_check") == "ok"
    connection.close()
