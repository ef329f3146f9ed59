"""The commands on the cloud profile: set up, looked at, used, and away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.doubles.databases import PostgresDatabase
from tests.doubles.documents import document_in
from tests.journeys.cloud.conftest import Deployment
from tests.journeys.driving import Room


def putting(deployment: Deployment, content: bytes = b"hello") -> tuple[str, ...]:
    """The words that store a file."""
    file = deployment.folder / "note.txt"
    file.write_bytes(content)
    return "put", str(file), "--type", "note"


def test_the_demonstration_runs_on_the_servers_and_every_question_is_answered(deployment: Deployment) -> None:
    """The same commands pass on ``cloud`` as on ``local``."""
    demo = deployment.shell.json("demo")
    acts = [result for act in demo["acts"] for result in act["results"]]
    references = [one for result in acts for one in result["execution"]["references"]]
    assert len(references) >= 10
    room = deployment.room
    listed = {one["artifact_id"] for one in room.json("ls", "--limit", "1000")["artifacts"]}
    assert {one["artifact_id"] for one in references} <= listed
    solution = next(one["artifact_id"] for one in references if one["key"] == "solution")
    assert room.json("explain", solution)["artifact"]["artifact_id"] == solution
    shell = deployment.shell
    lineage = shell.json("lineage", solution)
    assert len(lineage["nodes"]) > 5
    assert room.ap("get", solution).ok().out == shell.ap("get", solution).ok().out


def test_the_doctor_finds_everything_well_and_says_what_the_emulator_does_not_enforce(deployment: Deployment) -> None:
    """``ap doctor``: a line each, the exit code tells."""
    deployment.shell.ap(*putting(deployment), "--id", "n-1").ok()
    document = deployment.room.ap("doctor", "--json").ok().document
    assert document["well"]
    subjects = {(one["component"], one["subject"]): one["condition"] for one in document["findings"]}
    for expected in (
        ("postgres", "version"),
        ("postgres", "schema"),
        ("postgres", "row security"),
        ("postgres", "clock"),
        ("gcs", "reachable"),
        ("arango", "collections"),
        ("redis", "version"),
    ):
        assert subjects[expected] == "ok", expected
    assert "warning" in {condition for (component, _), condition in subjects.items() if component == "gcs"}


def test_the_doctor_names_each_component_that_is_away_and_what_to_do(deployment: Deployment) -> None:
    """One that is away hides nothing of the others."""
    settings = deployment.folder / "artifact-plane.toml"
    url = deployment.servers.redis.url
    settings.write_text(settings.read_text().replace(url, "redis://127.0.0.1:1"))
    answer = deployment.room.ap("doctor", "--json")
    assert answer.code == 7
    document = json.loads(answer.out)
    failed = [one for one in document["findings"] if one["condition"] == "failed"]
    assert {"redis"} <= {one["component"] for one in failed}
    assert all(one["remedy"] for one in failed)
    assert ("postgres", "schema") in {(one["component"], one["subject"]) for one in document["findings"]}


def test_what_is_tried_anew_writes_nothing_among_the_answer(deployment: Deployment) -> None:
    """A process of its own: what another test has silenced in this one shows nothing."""
    away = {
        "ARTIFACT_PLANE_POSTGRES_DSN": "postgresql://u@127.0.0.1:1/x",
        "ARTIFACT_PLANE_POSTGRES_DEADLINE": "500ms",
        "ARTIFACT_PLANE_GCS_ENDPOINT": "http://127.0.0.1:1",
        "ARTIFACT_PLANE_GCS_DEADLINE_S": "1s",
    }
    answer = deployment.shell.ap("doctor", "--json", env=away)
    failed = {one["component"] for one in document_in(answer.out)["findings"] if one["condition"] == "failed"}
    assert (answer.code, answer.remark) == (7, "")
    assert {"postgres", "gcs"} <= failed


_PASSWORD = "hunter2-and-more"
_ILL: Final = {
    # what is set otherwise: the line of the doctor that fails, and what it says of it and of what to do
    "no database": ("POSTGRES_DSN", "{runtime}{place}/nowhere", "reachable", "no such database", "create the database"),
    "no role": ("POSTGRES_DSN", "{nobody}{place}/{database}", "reachable", "does not accept the role", "ALTER ROLE"),
    "no server": (
        "POSTGRES_DSN",
        "postgresql://u:{secret}@127.0.0.1:1/x",
        "reachable",
        "nobody listens",
        "host and port",
    ),
    "no host": (
        "POSTGRES_DSN",
        "postgresql://u:{secret}@nowhere.invalid/x",
        "reachable",
        "no such host",
        "host and port",
    ),
    "no address": ("POSTGRES_DSN", "mysql://u:{secret}@h/x", "settings", "cannot be read", "postgresql://ROLE@HOST"),
    "no worker": ("POSTGRES_WORKER_ROLE", "nobody", "row security", "no role 'nobody'", "worker_role of [migration]"),
    "other worker": ("POSTGRES_WORKER_ROLE", "plane_owner", "row security", "may not turn into", "worker_role in [po"),
    "no bucket": ("GCS_BUCKET", "not-there-at-all", "reachable", "bucket is not there", "create the bucket"),
    "no bucket's server": ("GCS_ENDPOINT", "http://127.0.0.1:1", "reachable", "cannot be reached", "endpoint"),
    "no redis": ("REDIS_URL", "redis://:{secret}@127.0.0.1:1", "reachable", "does not answer", "check its address"),
    "no redis address": (
        "REDIS_URL",
        "http://:{secret}@h",
        "settings",
        "no address of Redis",
        "write it as in redis://",
    ),
    "no arango": ("ARANGO_URLS", "http://127.0.0.1:1", "reachable", "cannot be reached", "the setting urls"),
    "wrong password": ("ARANGO_PASSWORD", "{secret}", "reachable", "refuses the credentials", "username, password"),
}


@pytest.mark.parametrize("what", _ILL)
def test_each_thing_that_is_wrong_has_its_line_and_hides_no_other(deployment: Deployment, what: str) -> None:
    """What is wrong, where, and what to do about it; the others are looked at as ever; no secret is shown."""
    key, value, subject, detail, remedy = _ILL[what]
    place = f"@127.0.0.1:{deployment.database.server.port}"
    runtime, nobody = "postgresql://artifact_plane_runtime", "postgresql://nobody_at_all"
    value = value.format(
        secret=_PASSWORD, runtime=runtime, nobody=nobody, place=place, database=deployment.database.name
    )
    # Where nobody listens, the doctor itself sees to it that the answer comes soon.
    patience = {} if what == "no server" else {"ARTIFACT_PLANE_POSTGRES_DEADLINE": "500ms"}
    room = Room(deployment.folder, {**deployment.environment, **patience, f"ARTIFACT_PLANE_{key}": value})
    answer = room.ap("doctor", "--json")
    findings = json.loads(answer.out)["findings"]
    component = key.partition("_")[0].lower()
    found = [one for one in findings if one["component"] == component and one["condition"] == "failed"]
    assert (answer.code, [one["subject"] for one in found]) == (7, [subject])
    assert detail in found[0]["detail"]
    assert remedy in found[0]["remedy"]
    well = {"postgres", "arango", "redis"} - {component}
    assert well.isdisjoint(one["component"] for one in findings if one["condition"] == "failed")
    assert {one["component"] for one in findings} == {"postgres", "gcs", "arango", "redis", "lineage"}
    assert _PASSWORD not in answer.text + answer.remark


def test_a_new_deployment_is_told_every_setting_that_it_lacks(tmp_path: Path) -> None:
    """Nothing but the profile is set: each component says which setting, where it was looked for, and an example."""
    (tmp_path / "artifact-plane.toml").write_text('profile = "cloud"\n')
    answer = Room(tmp_path, {}).ap("doctor", "--json")
    findings = {one["component"]: one for one in json.loads(answer.out)["findings"]}
    assert answer.code == 7
    for component, setting in (("postgres", "dsn"), ("gcs", "bucket"), ("arango", "urls"), ("redis", "url")):
        assert findings[component]["subject"] == "settings"
        assert f"'{setting}' of the section [{component}] is missing" in findings[component]["detail"]
        assert f"ARTIFACT_PLANE_{component.upper()}_{setting.upper()}" in findings[component]["detail"]
        assert f"[{component}] {setting} = " in findings[component]["remedy"]


@pytest.fixture
async def unmigrated(
    deployment: Deployment, postgres_empty_database: PostgresDatabase
) -> AsyncIterator[dict[str, str]]:
    """The environment of a deployment whose database has no tables yet."""
    yield {
        **deployment.environment,
        "ARTIFACT_PLANE_MIGRATION_DSN": postgres_empty_database.owner,
        "ARTIFACT_PLANE_POSTGRES_DSN": postgres_empty_database.runtime,
    }


def test_a_database_without_tables_is_refused_with_the_command_and_migrating_twice_is_once(
    deployment: Deployment, unmigrated: dict[str, str]
) -> None:
    """A runtime refuses a schema older than it knows; ``--dry-run`` changes nothing."""
    room = Room(deployment.folder, unmigrated)
    refused = room.ap(*putting(deployment), "--json")
    assert refused.code == 7
    findings = json.loads(room.ap("doctor", "--json").out)["findings"]
    looked = {(one["component"], one["subject"]): one for one in findings}
    assert looked["postgres", "reachable"]["condition"] == "ok"
    assert "has no tables" in looked["postgres", "schema"]["detail"]
    assert "`ap migrate`" in looked["postgres", "schema"]["remedy"]
    dry = room.json("migrate", "--dry-run")
    assert dry["dry_run"] and len(dry["steps"]) >= 3
    assert room.json("migrate") == {"steps": dry["steps"], "dry_run": False}
    assert room.json("migrate") == {"steps": [], "dry_run": False}
    room.ap(*putting(deployment)).ok()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('bucket = "', "'bucket' of the section [gcs] is missing"),
        ('url = "', "'url' of the section [redis] is missing"),
        ('database = "', "'database' of the section [arango] is missing"),
    ],
)
def test_a_missing_setting_says_which_where_it_was_looked_for_and_an_example(
    deployment: Deployment, line: str, said: str
) -> None:
    settings = deployment.folder / "artifact-plane.toml"
    kept = [one for one in settings.read_text().splitlines() if not one.startswith(line)]
    settings.write_text("\n".join(kept))
    answer = deployment.room.ap("ls", "--json")
    assert answer.code == 2
    error = answer.error
    assert said in error["message"]
    assert "ARTIFACT_PLANE_" in error["where"]
    assert "=" in error["remedy"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://artifact_plane_runtime:{secret}@127.0.0.1:1/nowhere", 7),
        ("postgresql://artifact_plane_runtime:{secret}@nowhere.invalid/nowhere", 7),
        ("postgresql://artifact_plane_runtime:{secret}@127.0.0.1:port/nowhere", 2),
        ("postgresql://artifact_plane_runtime:{secret}@127.0.0.1/nowhere?sslmode={secret}", 2),
        ("mysql://artifact_plane_runtime:{secret}@127.0.0.1/nowhere", 2),
    ],
)
def test_a_wrong_address_never_shows_its_password(deployment: Deployment, address: str, code: int) -> None:
    """Secrets never appear in errors: of a command, of the doctor, of a migration, as text or as JSON."""
    wrong = address.format(secret=_PASSWORD)
    environment = deployment.environment | {
        "ARTIFACT_PLANE_POSTGRES_DSN": wrong,
        "ARTIFACT_PLANE_MIGRATION_DSN": wrong,
        "ARTIFACT_PLANE_POSTGRES_DEADLINE": "500ms",
        "ARTIFACT_PLANE_POSTGRES_CONNECT": "0.5",
    }
    put = (*putting(deployment), "--json")
    for words in (("ls",), put, ("migrate",), ("migrate", "--dry-run", "--json"), ("doctor", "--json")):
        answer = Room(deployment.folder, environment).ap(*words)
        assert answer.code == (7 if "doctor" in words else code)
        assert _PASSWORD not in answer.text + answer.remark


def test_lineage_in_postgres_needs_no_arango_and_no_cache_needs_no_redis(deployment: Deployment) -> None:
    """A Postgres and bucket deployment needs nothing else."""
    settings = deployment.folder / "artifact-plane.toml"
    text = settings.read_text()
    begin = text.index("[arango]")
    kept = 'lineage = "postgres"\nworking_memory = "none"\n' + text[:begin]
    settings.write_text(kept)
    room = deployment.room
    room.ap(*putting(deployment), "--id", "n-1").ok()
    assert room.json("lineage", "n-1")["start"] == "artifact:n-1@1"
    assert {one["component"] for one in room.json("doctor")["findings"]} == {"postgres", "gcs"}


def test_payloads_may_lie_in_files_beside_a_database(deployment: Deployment) -> None:
    """``payloads: filesystem``."""
    settings = deployment.folder / "artifact-plane.toml"
    settings.write_text('payloads = "filesystem"\n' + settings.read_text())
    deployment.room.ap(*putting(deployment, b"x" * 100_000), "--id", "n-1").ok()
    assert any((deployment.folder / ".artifact-plane" / "payloads").rglob("*"))
    assert deployment.room.ap("get", "n-1", "--rendering", "original").ok().out == b"x" * 100_000


def test_the_projection_is_made_anew_from_the_ledger_and_answers_as_before(deployment: Deployment) -> None:
    """``ap lineage rebuild``; the doctor says how far it has come."""
    room = deployment.room
    room.ap("demo").ok()
    solution = next(one["artifact_id"] for one in room.json("ls")["artifacts"] if one["artifact_type"] == "solution")
    before = deployment.shell.json("lineage", solution)
    lag = deployment.shell.json("lineage", "rebuild")
    assert lag["seen"] == lag["ledger"] > 0
    after = deployment.shell.json("lineage", solution)
    assert {**before, "position": 0} == {**after, "position": 0}
    (finding,) = [one for one in room.json("doctor")["findings"] if one["component"] == "lineage"]
    assert finding["condition"] == "ok"
    assert f"{lag['ledger']:,}" in finding["detail"]


def test_on_a_new_deployment_the_doctor_fails_nothing_and_the_first_question_is_answered(
    deployment: Deployment,
) -> None:
    """No plane was ever opened with this projection: what it needs is made when it is first used, and by no look."""
    beside = Room(deployment.folder, {**deployment.environment, "ARTIFACT_PLANE_LINEAGE": "postgres"})
    beside.ap(*putting(deployment), "--id", "n-1").ok()
    for _ in range(2):
        findings = deployment.room.json("doctor")["findings"]
        doubtful = {one["component"] for one in findings if one["condition"] == "warning"}
        assert {"arango", "lineage"} <= doubtful
    assert deployment.room.json("lineage", "n-1")["start"] == "artifact:n-1@1"


def test_where_the_ledger_answers_itself_there_is_nothing_to_rebuild(deployment: Deployment) -> None:
    settings = deployment.folder / "artifact-plane.toml"
    settings.write_text('lineage = "postgres"\n' + settings.read_text())
    answer = deployment.room.ap("lineage", "rebuild", "--json")
    assert answer.code == 2
    assert "no projection" in answer.error["message"]


def test_a_policy_in_the_database_is_in_force_for_all_processes_and_one_that_does_not_load_changes_nothing(
    deployment: Deployment,
) -> None:
    """``policies = "postgres"``: ``ap policy put``, and the ruling names the text's place."""
    settings = deployment.folder / "artifact-plane.toml"
    settings.write_text('policies = "postgres"\n' + settings.read_text())
    room, file = deployment.room, deployment.folder / "claims.yaml"
    file.write_text("materialization_policy: {note: discard}\n")
    room.ap("policy", "put", str(file), "--solution", "claims").ok()
    asked = ("policy", "explain", "--type", "note", "--solution", "claims")
    assert deployment.shell.json(*asked)["ruling"]["source"].startswith("solutions/local/claims.yaml:1")
    file.write_text("materialization_policy: {note: presist}\n")
    refused = room.ap("policy", "put", str(file), "--solution", "claims", "--json")
    assert refused.code == 2
    assert "presist" in refused.error["problems"][0]["message"]
    assert deployment.shell.json(*asked)["ruling"]["decision"] == "discard"
    room.ap("policy", "put", "--remove", "--solution", "claims").ok()
    assert deployment.shell.json(*asked)["ruling"]["layer"] == "fallback"


def test_where_policies_are_files_none_can_be_put(deployment: Deployment) -> None:
    file = deployment.folder / "claims.yaml"
    file.write_text("materialization_policy: {note: discard}\n")
    answer = deployment.room.ap("policy", "put", str(file), "--platform", "--json")
    assert answer.code == 2
    assert "policies are files" in answer.error["message"]
