"""Settings: which source wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.http.settings import HttpSettings, OidcSettings
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.composition.settings import KEYS, Settings, load
from artifact_plane.composition.settings_sections import SECTIONS, built, fields_of, kind_of, name_of, said
from artifact_plane.composition.settings_values import parser_for
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
        ({}, {"ARTIFACT_PLANE_BUSY_SECONDS": "8d"}, "", "'8d' is no value"),
        ({}, {"ARTIFACT_PLANE_CACHE_TTL": "1001y"}, "", "'1001y' is no value"),
        ({}, {"ARTIFACT_PLANE_CACHE_TTL": "9" * 12}, "", "is no value"),
        ({}, {"ARTIFACT_PLANE_CACHE_BYTES": "9" * 17}, "", "is no value"),
        ({}, {"ARTIFACT_PLANE_PUT_TRIES": "9" * 5_000}, "", "is no value"),
        ({}, {"ARTIFACT_PLANE_POSTGRES_COMMAND": "8d"}, "", "'8d' is no value"),
        ({}, {"ARTIFACT_PLANE_ARANGO_CALL_SECONDS": "9" * 400}, "", "is no value"),
        ({}, {"ARTIFACT_PLANE_HTTP_PORT": "65536"}, "", "'65536' is no value of the setting 'port'"),
        ({}, {}, "[htp]\nport = 1", "no setting 'htp'"),
        ({}, {}, "[http]\nprot = 1", "no setting 'prot' in the section .http"),
        ({}, {"ARTIFACT_PLANE_HTTP_PORT": "many"}, "", "'many' is no value of the setting 'port'"),
        ({}, {}, "http = 3", "no setting 'http'"),
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


@pytest.mark.parametrize(
    ("section", "key", "given", "value"),
    [
        ("postgres", "lease", "15s", 15.0),
        ("postgres", "lease", "1.5s", 1.5),
        ("postgres", "lease", "500 ms", 0.5),
        ("postgres", "acquire", "2m", 120.0),
        ("postgres", "acquire", "7", 7.0),
        ("postgres", "acquire", 0.25, 0.25),
        ("migration", "lock", "1h", 3600.0),
        ("arango", "poll_seconds", "50ms", 0.05),
        ("redis", "timeout_ms", "50ms", 50),
        ("redis", "timeout_ms", "2s", 2000),
        ("redis", "timeout_ms", "70", 70),
        ("oidc", "leeway", "2m", 120),
        ("http", "wait_seconds", "30d", 30 * 86_400),
    ],
)
def test_a_time_is_written_alike_in_every_section(section: str, key: str, given: object, value: float) -> None:
    """A number of seconds (of milliseconds where the key says so), or with a unit."""
    assert parser_for(key, fields_of(kind_of(section))[key].type)(given) == value


@pytest.mark.parametrize("given", ["5 parsecs", "s", "-1s", "0s", "0ms", "²s", "²", "1.2.3s", "1e3s", "nan", True])
def test_what_is_no_time_is_refused_with_an_example(given: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no value of the setting 'lease'") as caught:
        load({"postgres": {"lease": given}}, {}, tmp_path)
    assert caught.value.remedy == 'write it as in lease = "15s"'


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load({}, {"ARTIFACT_PLANE_CASH_TTL": "1m"}, tmp_path)
    assert "did you mean 'cache_ttl'?" in (caught.value.remedy or "")


def test_what_is_missing_names_the_file_that_was_looked_at(tmp_path: Path) -> None:
    """Also where nothing was said of the section at all."""
    (file := tmp_path / "shared.toml").write_text('profile = "cloud"\n\n[postgres]\nlease = "15s"\n')
    settings = load({}, {"ARTIFACT_PLANE_SETTINGS": str(file)}, tmp_path)
    for kind in (PostgresSettings, GcsSettings):
        with pytest.raises(InvalidInput, match="is missing") as caught:
            settings.section(kind)
        assert f"looked for in {file}, in the environment as ARTIFACT_PLANE_" in (caught.value.where or "")


def test_what_a_component_refuses_says_where_it_was_read(tmp_path: Path) -> None:
    (file := tmp_path / "artifact-plane.toml").write_text('[gcs]\nbucket = "Not A Bucket"\n')
    with pytest.raises(InvalidInput, match=r"'bucket' of the section .gcs. has no legal value") as caught:
        load({}, {"ARTIFACT_PLANE_GCS_PREFIX": "plane"}, tmp_path)
    assert (caught.value.where or "").endswith(f"read from {file} and the environment")


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no value") as caught:
        load({"profile": "x" * 9_000}, {}, tmp_path)
    assert len(caught.value.message) < 200


def test_every_setting_can_be_given_as_text_and_its_example_is_legal() -> None:
    assert {field.name for field in attrs.fields(Settings)} - {"sections", "file"} == set(KEYS)
    for key, (parser, example) in KEYS.items():
        assert parser(example.strip('"')) is not None, key


def test_a_section_may_be_said_in_parts_and_the_nearer_source_wins(tmp_path: Path) -> None:
    (tmp_path / "artifact-plane.toml").write_text('[http]\nport = 1\nbody_bytes = "1MiB"\nhosts = ["a", "b"]\n')
    environment = {"ARTIFACT_PLANE_HTTP_PORT": "2", "ARTIFACT_PLANE_HTTP_STOP_SECONDS": "1m"}
    http = load({"http": {"port": 0, "host": None}}, environment, tmp_path).section(HttpSettings)
    assert (http.port, http.body_bytes, http.stop_seconds, http.hosts) == (0, 2**20, 60, ("a", "b"))
    assert http.host == HttpSettings().host


def test_a_section_that_nobody_mentions_has_its_defaults() -> None:
    assert Settings().section(HttpSettings) == HttpSettings()


@attrs.frozen(kw_only=True)
class _Guarded:
    dsn: str = attrs.field(repr=False, metadata={"example": "postgresql://…"})
    pool: int = 8


def test_a_secret_is_never_shown_and_a_missing_one_says_where_it_was_looked_for() -> None:
    with pytest.raises(InvalidInput) as caught:
        built(_Guarded, "postgres", said({"dsn": "pass\nword"}, "the environment"))
    assert "pass" not in f"{caught.value} {caught.value.where} {caught.value.remedy}"
    with pytest.raises(InvalidInput, match=r"'dsn' of the section .postgres. is missing") as caught:
        built(_Guarded, "postgres", {})
    assert "ARTIFACT_PLANE_POSTGRES_DSN" in (caught.value.where or "")
    assert 'dsn = "postgresql://…"' in (caught.value.remedy or "")
    guarded = built(_Guarded, "postgres", said({"dsn": "postgresql://u:p@h/d"}, "the environment"))
    assert "postgresql" not in repr(Settings(sections={"postgres": guarded}))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_is_read_from_text_and_knows_its_name(name: str) -> None:
    kind = kind_of(name)
    assert name_of(kind) == name
    for key, field in fields_of(kind).items():
        assert parser_for(key, field.type) is not None


def test_a_section_that_lacks_a_setting_is_an_error_where_it_is_needed_and_nowhere_else() -> None:
    """A secret in the environment is no reason to use what it is for."""
    settings = load({"oidc": {"issuer": "https://id.example"}}, {}, Path("/nowhere"))
    assert settings.section(HttpSettings) == HttpSettings()
    for ask in (settings.section, settings.said):
        with pytest.raises(InvalidInput, match=r"'audience' of the section .oidc. is missing"):
            ask(OidcSettings)
    assert Settings().said(OidcSettings) is None
