"""The credentials in the record store's file keep their port's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.domain.model.errors import Damaged
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.contracts.credentials import CredentialsContract, CredentialsUnderTest, a_credential


async def opened(stack: AsyncExitStack, folder: Path) -> CredentialsUnderTest:
    """A handle on the home in ``folder``."""
    home = await stack.enter_async_context(SqliteHome.open(folder))

    async def reopen() -> CredentialsUnderTest:
        return await opened(stack, folder)

    async def hashes() -> list[str]:
        rows = FileBackdoor(folder / RECORDS_FILE).rows("SELECT secret_hash FROM credential ORDER BY 1")
        return [secret_hash for (secret_hash,) in rows]

    return CredentialsUnderTest(credentials=home.credentials, reopen=reopen, hashes=hashes)


@pytest.fixture
async def under_test(tmp_path: Path) -> AsyncIterator[CredentialsUnderTest]:
    """A first handle on a new home."""
    async with AsyncExitStack() as stack:
        yield await opened(stack, tmp_path / "home")


class TestSqliteCredentials(CredentialsContract):
    """Everything that ``CredentialsContract`` says."""


async def test_scopes_that_no_release_has_written_are_damage(under_test: CredentialsUnderTest, tmp_path: Path) -> None:
    """What does not read back gives no authority."""
    credential = a_credential()
    await under_test.credentials.add(credential)
    FileBackdoor(tmp_path / "home" / RECORDS_FILE).rows("UPDATE credential SET scopes = 'read everything'")
    with pytest.raises(Damaged):
        await under_test.credentials.find(credential.secret_hash)
