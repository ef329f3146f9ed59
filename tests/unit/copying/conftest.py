"""A plane with something in it, and an empty one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from artifact_plane.composition.adapters import Adapters
from tests.doubles.homes import MemoryHomeOfTests
from tests.unit.copying.stage import lived, scene


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Adapters]:
    """A home that has lived, open."""
    home = MemoryHomeOfTests()
    await lived(home)
    async with home.process(scene()) as adapters:
        yield adapters


@pytest.fixture
async def target() -> AsyncIterator[Adapters]:
    """An empty home, open."""
    async with MemoryHomeOfTests().process(scene()) as adapters:
        yield adapters
