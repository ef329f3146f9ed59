"""The fixtures of the SQLite adapters' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.adapters.sqlite.under_test import opened
from tests.contracts.under_test import RecordStoreUnderTest


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RecordStoreUnderTest]:
    """A new home."""
    async with AsyncExitStack() as stack:
        yield await opened(stack, tmp_path / "home")
