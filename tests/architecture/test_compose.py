"""``compose.yaml`` is held against what it must agree with, for it is not started here: settings, Makefile, README."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from ruamel.yaml import YAML

from artifact_plane.adapters.arango.health import WRITTEN_FOR
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.settings import Settings, load
from tests.doubles.server_gcs import GcsServer
from tests.journeys.http import curl

ROOT: Final = Path(__file__).parents[2]
FILE: Final[Mapping[str, Any]] = YAML(typ="safe").load(ROOT / "compose.yaml")
SERVICES: Final[Mapping[str, Any]] = FILE["services"]
MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")
SERVERS: Final = ("postgres", "redis", "gcs", "arango")
SECRET: Final = "AP_DEV_PASSWORD"


@attrs.frozen
class Published:
    """A port of a container, and where on this machine it is found."""

    host: str
    port: int
    inside: int


def published(name: str) -> Published:
    """The one port of a service."""
    (said,) = SERVICES[name]["ports"]
    host, port, inside = said.split(":")
    return Published(host, int(port), int(inside))


def recipe(target: str) -> str:
    """What a target of the Makefile carries out."""
    (found,) = re.findall(rf"^{target}:[^\n]*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return str(found)


@pytest.fixture
def settings() -> Settings:
    """The settings of the demonstration, from the file and from what the Makefile exports."""
    exported = re.findall(r'export (ARTIFACT_PLANE_\w+)="?([^";]+)"?;', recipe("compose-demo"))
    environment = {SECRET: "of-this-machine"}  # it stays in the environment, and must be no setting's name
    environment |= {key: value.replace(f"$${SECRET}", "of-this-machine") for key, value in exported}
    assert "ARTIFACT_PLANE_SETTINGS" in environment
    return load({}, environment, ROOT)


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned_to_an_exact_version(name: str) -> None:
    """A name and a version of at least two numbers: no tag that moves."""
    assert re.fullmatch(r"[a-z0-9./-]+:\d+\.\d+(\.\d+)?", SERVICES[name]["image"])


def test_the_servers_versions_are_those_that_the_plane_is_written_for() -> None:
    assert SERVICES["arango"]["image"].startswith(f"arangodb:{WRITTEN_FOR}")


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_open_to_this_machine_alone(name: str) -> None:
    """On 127.0.0.1, and no network of the host's is shared."""
    said = SERVICES[name].get("ports", [])
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", one) for one in said), said
    assert "network_mode" not in SERVICES[name]
    assert len(said) == (name in SERVERS)


def secrets() -> Iterator[tuple[str, str]]:
    """Every variable of a container that holds a password, and what it is set to."""
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or "TOKEN" in key or "SECRET" in key:
                yield f"{name}: {key}", value


def test_no_password_has_a_default() -> None:
    """Each is the one that is chosen for this machine, and without it nothing starts."""
    said = dict(secrets())
    assert len(said) >= 3
    assert all(re.fullmatch(rf"\$\{{{SECRET}(:\?[^}}]+)?\}}", value) for value in said.values()), said
    assert any(":?" in value for value in said.values())
    assert f"${{{SECRET}:?" in recipe("compose-demo")


def test_all_servers_of_the_cloud_profile_are_there_and_are_started(settings: Settings) -> None:
    """Those that the settings choose are those that the README speaks of, and `make compose-up` starts all of them."""
    chosen = choices_of(settings)
    assert {chosen.records, chosen.payloads, chosen.lineage, chosen.working_memory} == set(SERVERS)
    assert set(SERVICES) == {*SERVERS, "bucket"}
    started = re.findall(r"docker compose up [^\n]*", recipe("compose-up"))
    named = {word for line in started for word in line.split()[3:] if not word.startswith("--")}
    assert named == set(SERVICES)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "`compose.yaml` has all four servers: `make compose-up` starts them, `make compose-demo`" in readme


def test_what_is_waited_for_can_tell_when_it_is_well() -> None:
    """`--wait` asks a health check of each service that it names."""
    (waited,) = re.findall(r"--wait ([\w ]+)\n", recipe("compose-up"))
    assert all("healthcheck" in SERVICES[name] for name in waited.split())


def test_the_settings_name_the_addresses_that_are_published(settings: Settings) -> None:
    """Host, port, database and bucket are the same in the three files."""
    at = {name: f"{published(name).host}:{published(name).port}" for name in SERVERS}
    database = SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    runtime = settings.section(PostgresSettings).dsn
    assert runtime == f"postgresql://artifact_plane_runtime:of-this-machine@{at['postgres']}/{database}"
    assert f'ARTIFACT_PLANE_MIGRATION_DSN="postgresql://postgres:$${SECRET}@{at["postgres"]}/{database}"' in MAKEFILE
    assert settings.section(RedisSettings).url == f"redis://{at['redis']}"
    assert settings.section(ArangoSettings).urls == (f"http://{at['arango']}",)
    gcs = settings.section(GcsSettings)
    assert gcs.endpoint == f"http://{at['gcs']}"
    assert f'{{"name": "{gcs.bucket}"}}' in bucket_command()
    assert len({published(name).port for name in SERVERS}) == len(SERVERS)


def test_the_emulator_listens_where_it_is_asked_and_sends_clients_where_they_find_it(settings: Settings) -> None:
    """Inside, on the port that is published and that the bucket is made at; outside, at the settings' address."""
    words = dict(zip(SERVICES["gcs"]["command"][::2], SERVICES["gcs"]["command"][1::2], strict=True))
    assert int(words["-port"]) == published("gcs").inside
    assert words["-external-url"] == settings.section(GcsSettings).endpoint
    assert f"{words['-scheme']}://gcs:{words['-port']}/" in bucket_command()


def test_every_file_and_volume_that_is_named_is_there() -> None:
    """And the script that makes the running plane's role makes the one that the settings name."""
    for service in SERVICES.values():
        for said in service.get("volumes", []):
            source = said.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in FILE["volumes"]
    role = (ROOT / "deploy/compose/runtime-role.sh").read_text("utf-8")
    assert "CREATE ROLE artifact_plane_runtime LOGIN" in role
    assert SERVICES["postgres"]["environment"]["POSTGRES_DB"] in role


def bucket_command() -> str:
    """What the container that makes the bucket gives to ``sh -c``, after compose has read it."""
    assert SERVICES["bucket"]["entrypoint"] == ["sh", "-c"]
    (command,) = SERVICES["bucket"]["command"]
    return str(command).replace("$$", "$")


PROGRAMS: Final = ["ours", *(["the machine's"] if shutil.which("curl") else [])]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bucket_is_made_once_and_made_again_is_well_too(
    program: str, gcs_server: GcsServer, tmp_path: Path
) -> None:
    """The command is carried out as it stands, but for the emulator's address and the bucket's name."""
    name = f"bucket-{tmp_path.name.replace('_', '-')}"
    command = bucket_command().replace("http://gcs:4443", gcs_server.endpoint).replace("artifact-plane", name)
    path = curl.stand_in(tmp_path) if program == "ours" else {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for _ in range(2):
        done = subprocess.run(["sh", "-c", command], env=path, capture_output=True, text=True, timeout=90, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with pytest.raises(OSError, match="409"):
        gcs_server.make_bucket(name)
