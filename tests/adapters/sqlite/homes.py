"""Homes that are made, and homes that do not open."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.adapters.sqlite.database import DEFAULTS, SqliteSettings
from artifact_plane.adapters.sqlite.home import SqliteHome
from artifact_plane.domain.model.errors import ArtifactPlaneError
from tests.doubles.samples import a_change, an_artifact


async def refusal(folder: Path, settings: SqliteSettings = DEFAULTS) -> ArtifactPlaneError:
    """The error with which the home does not open: it names the place, and says what to do."""
    with pytest.raises(ArtifactPlaneError) as caught:
        async with SqliteHome.open(folder, settings):
            pass
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


async def made(folder: Path) -> None:
    """A home with one artifact."""
    async with SqliteHome.open(folder) as home:
        await home.ledger.commit(a_change(an_artifact()))
