"""The credentials in memory keep their port's law."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.memory.credentials import MemoryCredentials
from artifact_plane.adapters.memory.records import MemoryRecordStore
from tests.contracts.credentials import CredentialsContract, CredentialsUnderTest


def opened(records: MemoryRecordStore) -> CredentialsUnderTest:
    """What one process has open on these records."""

    async def reopen() -> CredentialsUnderTest:
        return opened(records)

    async def hashes() -> list[str]:
        return sorted(records.credentials)

    return CredentialsUnderTest(credentials=MemoryCredentials(records), reopen=reopen, hashes=hashes)


@pytest.fixture
def under_test() -> CredentialsUnderTest:
    """A first handle on an empty record store."""
    return opened(MemoryRecordStore())


class TestMemoryCredentials(CredentialsContract):
    """Everything that ``CredentialsContract`` says."""
