"""The settings files that the documents show: each is read, chooses adapters that go together, and lacks nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.postgres.settings import MigrationSettings, PostgresSettings
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.settings import Settings, load
from tests.journeys import documents
from tests.journeys.driving import REPOSITORY

_NEEDED: Final = {
    "postgres": PostgresSettings,
    "gcs": GcsSettings,
    "arango": ArangoSettings,
    "redis": RedisSettings,
}
_ELSEWHERE: Final = {
    "ARTIFACT_PLANE_POSTGRES_DSN": "postgresql://artifact_plane_runtime@db.example/plane",
    "ARTIFACT_PLANE_GCS_BUCKET": "acme-artifacts",
    "ARTIFACT_PLANE_REDIS_URL": "redis://cache.example",
}
"""What a page about one component says nothing of."""


def _shown() -> Iterator[tuple[str, str]]:
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        name = str(path.relative_to(REPOSITORY))
        for block in documents.blocks(documents.text_of(name)):
            if block.language == "toml" and "[build-system]" not in block.text:
                yield f"{name}:{block.line}", block.text


_SHOWN: Final = dict(_shown())


def _read(folder: Path, place: str) -> Settings:
    (folder / "artifact-plane.toml").write_text(_SHOWN[place], "utf-8")
    return load({}, _ELSEWHERE if "lineage-projection" in place else {}, folder)


@pytest.mark.parametrize("place", _SHOWN)
def test_a_settings_file_says_all_that_what_it_chooses_needs(place: str, tmp_path: Path) -> None:
    settings = _read(tmp_path, place)
    choices = choices_of(settings)
    for technology in {choices.records, choices.payloads, choices.lineage, choices.working_memory} & set(_NEEDED):
        assert settings.section(_NEEDED[technology]) is not None


@pytest.mark.parametrize("place", [place for place, text in _SHOWN.items() if "[migration]" in text])
def test_the_role_that_a_plane_connects_as_is_the_one_that_migrating_makes(place: str, tmp_path: Path) -> None:
    """Whoever copies the file and runs ``ap migrate`` can go on with it."""
    settings = _read(tmp_path, place)
    plane, migration = settings.section(PostgresSettings), settings.section(MigrationSettings)
    assert urlsplit(plane.dsn).username == migration.runtime_role
    assert plane.worker_role == migration.worker_role


def test_the_three_combinations_are_among_them() -> None:
    """That of a laptop says what holds without one."""
    laptop, bucket, cloud = (place for place in _SHOWN if place.startswith("README.md"))
    assert (
        tomllib.loads(_SHOWN[laptop]).items() <= {"profile": Settings().profile, "home": str(Settings().home)}.items()
    )
    assert "arango" not in tomllib.loads(_SHOWN[bucket])
    assert tomllib.loads(_SHOWN[cloud]).keys() >= set(_NEEDED)
