"""The service of the tests in this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.client.furnishing import furnished
from tests.adapters.client.stage import Stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A service of the test's own, with something in it; see ``furnished``."""
    async with furnished() as stage:
        yield stage
