"""Settings: which source wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from artifact_plane.composition.settings import _PARSERS, Settings, load
from artifact_plane.domain.model.errors import InvalidInput


def test_an_argument_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    (tmp_path / "artifact-plane.toml").write_text('cache_ttl = "1m"\nsession_ttl = "2h"\nbusy_seconds = 3\n')
    environment = {"ARTIFACT_PLANE_CACHE_TTL": "2m", "ARTIFACT_PLANE_SESSION_TTL": "3h", "PATH": "x"}
    settings = load({"cache_ttl": "3m", "profile": None}, environment, tmp_path)
    assert (settings.cache_ttl, settings.session_ttl, settings.busy_seconds) == (180, 3 * 3600, 3)
    assert settings.profile == "local"


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('digest = "sha256"\ninline_bytes = "128KiB"\n')
    settings = load({}, {"ARTIFACT_PLANE_SETTINGS": str(path)}, tmp_path)
    assert (settings.digest, settings.inline_bytes) == ("sha256", 128 * 1024)


@pytest.mark.parametrize(
    ("arguments", "environment", "text", "message"),
    [
        ({}, {"ARTIFACT_PLANE_CASH_TTL": "1m"}, "", "no setting 'cash_ttl'"),
        ({}, {}, "proflie = 'local'", "no setting 'proflie'"),
        ({"profile": "cloudy"}, {}, "", "'cloudy' is no value of the setting 'profile'"),
        ({}, {"ARTIFACT_PLANE_BUSY_SECONDS": "-1"}, "", "'-1' is no value"),
        ({}, {}, "busy_seconds = true", "True is no value"),
        ({}, {}, "busy_seconds = 1.5", "1.5 is no value"),
        ({}, {}, "[busy_seconds]\na = 1", "is no value"),
        ({}, {}, "not toml", "cannot be read"),
        ({}, {"ARTIFACT_PLANE_SETTINGS": "/nowhere.toml"}, "", "cannot be read"),
    ],
)
def test_what_is_not_a_setting_is_refused_with_its_place_and_a_remedy(
    arguments: dict[str, object], environment: dict[str, str], text: str, message: str, tmp_path: Path
) -> None:
    if text:
        (tmp_path / "artifact-plane.toml").write_text(text)
    with pytest.raises(InvalidInput, match=message) as caught:
        load(arguments, environment, tmp_path)
    assert caught.value.where
    assert caught.value.remedy


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load({}, {"ARTIFACT_PLANE_CASH_TTL": "1m"}, tmp_path)
    assert "did you mean 'cache_ttl'?" in (caught.value.remedy or "")


def test_every_setting_can_be_given_as_text_and_its_example_is_legal() -> None:
    assert {field.name for field in attrs.fields(Settings)} == set(_PARSERS)
    for key, (parser, example) in _PARSERS.items():
        assert parser(example.strip('"')) is not None, key
