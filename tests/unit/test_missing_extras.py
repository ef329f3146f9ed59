"""What is not installed is said with the extra that brings it."""

from __future__ import annotations

import tomllib

import pytest

from artifact_plane.composition.opening import need
from artifact_plane.domain.model.errors import InvalidInput
from tests.journeys.driving import REPOSITORY


def _extras() -> dict[str, list[str]]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        found: dict[str, list[str]] = tomllib.load(file)["project"]["optional-dependencies"]
    return found


def test_the_collective_extra_is_named_for_those_alone_that_it_brings() -> None:
    """``pip install 'artifact-plane[cloud]'`` would not bring the client's package."""
    extras = _extras()
    (cloud,) = extras["cloud"]
    brought = set(cloud.removeprefix("artifact-plane[").removesuffix("]").split(","))
    assert brought > {"postgres"}
    for extra in extras:
        with pytest.raises(InvalidInput, match="not_installed_anywhere") as caught:
            need("not_installed_anywhere", extra)
        assert f"pip install 'artifact-plane[{extra}]'" in (caught.value.remedy or "")
        assert ("[cloud]" in (caught.value.remedy or "")) == (extra in brought or extra == "cloud")


def test_what_is_installed_is_no_trouble() -> None:
    need("attrs", "postgres")
    need("artifact_plane.domain", "postgres")
