"""One plane, asked in every way: a home and a service say the same, and so do the wire, the client and the commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
import pytest

import artifact_plane
from artifact_plane.adapters.codec.views import lineage_view, receipt_view, record_view, result_view
from artifact_plane.adapters.codec.views_policy import policy_view
from artifact_plane.domain.model.artifact import ArtifactFilter
from tests.journeys.driving import PATIENCE, Answer, Room, Shell
from tests.journeys.http.process import Served, served

CLAIMS: Final = "month,claims\nJan,31\nFeb,28\n"
SCOPES: Final = "read,write,delete,execute,policy"
MIB: Final = 1024 * 1024

_MASKS: Final = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\+00:00)"), "<time>"),
    (re.compile(r" --server http://\S+"), ""),
    (re.compile(r'"position": \d+'), '"position": <of the ledger, which a service keeps keys in>'),
    (re.compile(r" +(now|\d+[mhdy]) *$", re.MULTILINE), " <age>"),
)


@attrs.frozen(kw_only=True)
class Place:
    """Where commands are sent, and the words that say so."""

    room: Room
    words: tuple[str, ...] = ()
    token: str = ""

    def ap(self, *words: str) -> Answer:
        """What a command answers there."""
        return self.room.ap(*words, *self.words, env={"ARTIFACT_PLANE_TOKEN": self.token} if self.token else {})

    def file(self, name: str, content: str) -> None:
        """A file to name in a command."""
        self.room.file(name, content)


@pytest.fixture
def service(shell: Shell) -> Iterator[tuple[Served, str]]:
    """A service over a home, and a token of the tenant ``local``."""
    token = shell.json("token", "create", "--scope", SCOPES)["token"]
    with served(shell) as one:
        yield one, token


def _masked(answer: Answer) -> tuple[int, str, str]:
    """An answer without what differs from run to run and from place to place."""
    told = [answer.text, answer.remark]
    for pattern, instead in _MASKS:
        told = [pattern.sub(instead, text) for text in told]
    return answer.code, told[0], told[1]


def _journey(place: Place) -> Iterator[tuple[str, Answer]]:
    """Commands of every kind, those that go wrong too; each as a document and as a page."""
    place.file("claims.csv", CLAIMS)
    place.file("other.csv", "a,b\n1,2\n")
    place.file("policy.yaml", "materialization_policy: {a: presist}\n")
    place.file("fine.yaml", "materialization_policy: {a: persist}\n")

    def both(*words: str) -> Iterator[tuple[str, Answer]]:
        for form in ((), ("--json",)):
            yield " ".join((*words, *form)), place.ap(*words, *form)

    run = ("run", "parse_content", "--attach", "data=claims.csv")
    yield from both(*run, "--dry-run")
    yield from both(*run, "--intent-id", "jan", "--session", "monday")
    yield from both(*run, "--intent-id", "jan", "--session", "monday", "--param", "other=1")
    yield from both("run", "parse_contents")
    yield from both("run", "parse_content", "--intent-id", "empty")
    yield from both("put", "claims.csv", "--type", "table", "--id", "t1", "--label", "draft")
    yield from both("put", "other.csv", "--type", "table", "--id", "t1")
    yield from both("put", "claims.csv", "--type", "note", "--id", "t1", "--label", "draft")
    result = place.ap(
        "run", "parse_content", "--attach", "data=claims.csv", "--intent-id", "jan", "--session", "monday", "--json"
    )
    execution = result.document["execution"]
    made = execution["references"][0]["artifact_id"]
    yield from both("ls")
    yield from both("ls", "--type", "table", "--label", "draft", "--limit", "1")
    yield from both("ls", "--after", "nothing")
    yield from both("show", made)
    yield from both("show", "t")
    yield from both("show", "t1", "--version", "7")
    yield from both("get", "t1")
    yield "get original", place.ap("get", "t1", "--rendering", "original")
    yield "get drawn", place.ap("get", made, "--rendering", "markdown")
    yield "get to a file", place.ap("get", "t1", "--rendering", "original", "-o", "copy.csv", "--json")
    assert (place.room.folder / "copy.csv").read_text() == CLAIMS
    yield from both("lineage", made)
    yield from both("lineage", "t1", "--down", "--depth", "2")
    yield from both("execution", execution["execution_id"])
    yield from both("execution", "nobody")
    yield from both("explain", made)
    yield from both("policy", "show")
    yield from both("policy", "explain", "--type", "roadmap", "--bytes", "1MiB", "--label", "draft")
    yield from both("policy", "check", "policy.yaml", "fine.yaml", "missing.yaml")
    yield from both("rm", "t1")
    yield from both("get", "t1")
    yield from both("explain", "t1")
    yield from both("ls", "--state", "all")


def test_every_command_says_on_a_service_what_it_says_on_a_home(service: tuple[Served, str], tmp_path: Path) -> None:
    """Documents, pages, errors and exit codes; but for ids, times and the address."""
    one, token = service
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    at_home = Place(room=Room(here))
    at_service = Place(room=Room(there), words=("--server", one.url), token=token)
    for (words, own), (_, told) in zip(_journey(at_home), _journey(at_service), strict=True):
        assert _masked(told) == _masked(own), words
    assert not (there / ".artifact-plane").exists()


def test_the_wire_the_client_and_the_commands_tell_of_one_plane(service: tuple[Served, str], room: Room) -> None:
    """Made in one way, it is read in all three, as the same document."""
    one, token = service
    ap = Place(room=room, words=("--server", one.url), token=token).ap
    room.file("claims.csv", CLAIMS)
    headers = {"authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=one.url, headers=headers, trust_env=False, timeout=PATIENCE) as wire,
        artifact_plane.connect(one.url, token=token) as app,
    ):
        body = {"artifact_type": "note", "artifact_id": "wire", "payload": {"semantic_payload": {"n": 1}}}
        assert wire.post("/api/artifacts", json=body).status_code == 201
        derived = artifact_plane.Payload(semantic_payload={"n": 2}, derived_from=["wire"])
        app.plane.create_artifact("note", "client", derived, {}, artifact_plane.ExecutionContext(tenant_id="local"))
        ap("put", "claims.csv", "--type", "note", "--id", "command").ok()
        ran = ap("run", "parse_content", "--attach", "data=claims.csv", "--json").ok().document["execution"]

        def get(path: str) -> Any:
            return wire.get(path).raise_for_status().json()

        for name in ("wire", "client", "command"):
            view = app.plane.get_artifact(name, "local")
            shown = ap("show", name, "--json").ok().document
            assert get(f"/api/artifact/{name}")["artifact"] == record_view(view.artifact) == shown["artifact"]
            assert get(f"/api/artifact/{name}")["semantic_payload"] == view.semantic_payload
            assert view.semantic_payload == shown["semantic_payload"]
            receipts = [receipt_view(receipt) for receipt in app.steward.explain(name, "local").receipts]
            assert get(f"/api/artifact/{name}/receipts")["receipts"] == receipts == shown["receipts"]
        lineage = lineage_view(app.lineage.upstream("client", "local"))
        assert get("/api/artifact/client/lineage") == lineage == ap("lineage", "client", "--json").ok().document
        run = app.runtime.execution(ran["execution_id"], "local")
        assert get(f"/api/executions/{ran['execution_id']}")["execution"] == result_view(run)["execution"] == ran
        listed = [record_view(artifact) for artifact in app.plane.list_artifacts("local", ArtifactFilter()).artifacts]
        assert get("/api/artifacts")["artifacts"] == listed == ap("ls", "--json").ok().document["artifacts"]
        policy = policy_view(app.steward.policy("local", "default"))
        assert get("/api/policy") == policy == ap("policy", "show", "--json").ok().document


def test_another_type_under_an_id_that_is_there_is_a_conflict_in_every_way(
    service: tuple[Served, str], room: Room
) -> None:
    """Created or updated, by the wire, the client or a command; nothing of what was there changes."""
    one, token = service
    place = Place(room=room, words=("--server", one.url), token=token)
    room.file("claims.csv", CLAIMS)
    place.ap("put", "claims.csv", "--type", "table", "--id", "t1").ok()
    refused = place.ap("put", "claims.csv", "--type", "note", "--id", "t1", "--json")
    assert (refused.code, refused.error["code"]) == (4, "conflict") and refused.error["remedy"]
    here, headers = artifact_plane.ExecutionContext(tenant_id="local"), {"authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=one.url, headers=headers, trust_env=False, timeout=PATIENCE) as wire,
        artifact_plane.connect(one.url, token=token) as app,
    ):
        change = {"artifact_type": "note", "payload": {"semantic_payload": {"n": 1}}}
        told = [
            wire.put("/api/artifact/t1", json=change, headers={"if-match": "*"}),
            wire.post("/api/artifacts", json={**change, "artifact_id": "t1"}),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in told] == [(409, "conflict")] * 2
        with pytest.raises(artifact_plane.Conflict):
            app.plane.create_artifact("note", "t1", {"n": 1}, {}, here)
        found = app.plane.get_artifact("t1", "local").artifact
        assert (found.artifact_type, found.version) == ("table", 1)


@pytest.mark.parametrize(
    "words",
    [
        ("serve",),
        ("doctor",),
        ("migrate",),
        ("demo",),
        ("events",),
        ("copy", "--from", "local", "--to", "cloud"),
        ("token", "create"),
        ("token", "list"),
        ("token", "revoke", "t"),
        ("lineage", "rebuild"),
    ],
)
def test_what_is_done_at_home_is_not_done_on_a_service(room: Room, words: tuple[str, ...]) -> None:
    """Exit code 2, before anybody is asked."""
    told = room.refused(*words, "--server", "http://127.0.0.1:9")
    assert "works on a home" in told and "--server" in told


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("ls", "--home", "h"), "--home"),
        (("ls", "--profile", "memory"), "--profile"),
        (("run", "parse_content", "--policy", "p.yaml"), "--policy"),
    ],
)
def test_what_makes_no_sense_on_a_service_is_refused(room: Room, words: tuple[str, ...], part: str) -> None:
    room.file("p.yaml", "materialization_policy: {}\n")
    assert part in room.refused(*words, "--server", "http://127.0.0.1:9")
    assert "address" in room.refused("ls", "--server", "nowhere")


def test_a_service_can_be_named_once_for_all_commands(service: tuple[Served, str], tmp_path: Path) -> None:
    """By the environment; a command that names a home, or is about one, works on the home."""
    one, token = service
    room = Room(tmp_path / "elsewhere")
    room.folder.mkdir()
    room.file("claims.csv", CLAIMS)
    env = {"ARTIFACT_PLANE_SERVER": one.url, "ARTIFACT_PLANE_TOKEN": token}
    room.ap("put", "claims.csv", "--type", "note", "--id", "n", env=env).ok()
    assert not room.home.exists()
    assert json.loads(room.ap("ls", "--json", env=env).ok().out)["artifacts"][0]["artifact_id"] == "n"
    assert json.loads(room.ap("ls", "--json", "--home", "mine", env=env).ok().out)["artifacts"] == []
    room.ap("token", "create", env=env).ok()
    assert room.home.exists()


def test_a_tenant_that_is_named_must_be_the_tokens(service: tuple[Served, str], room: Room) -> None:
    one, token = service
    place = Place(room=room, words=("--server", one.url), token=token)
    assert place.ap("ls", "--tenant", "local").code == 0
    refused = place.ap("ls", "--tenant", "globex", "--json")
    assert refused.code == 2 and "another tenant" in refused.error["message"]


def test_without_a_token_that_is_known_it_is_said_where_to_have_one(
    service: tuple[Served, str], room: Room, shell: Shell
) -> None:
    """Exit code 9: none, one that never was, and one that was revoked are one answer. No token is ever repeated."""
    one, _ = service
    issued = shell.json("token", "create", "--scope", "read")
    used = Place(room=room, words=("--server", one.url), token=issued["token"])
    assert used.ap("ls").code == 0
    shell.ap("token", "revoke", issued["token_id"]).ok()
    for token in ("", "ap_secret", issued["token"]):
        refused = Place(room=room, words=("--server", one.url), token=token).ap("ls", "--json")
        assert (refused.code, refused.error["code"]) == (9, "not_permitted")
        assert "ARTIFACT_PLANE_TOKEN" in refused.error["remedy"]
        assert not token or token not in refused.remark


def test_a_token_that_may_not_do_it_is_told_which_scope_it_lacks(
    service: tuple[Served, str], room: Room, shell: Shell
) -> None:
    """Exit code 9, and not 5: the steward has nothing against it."""
    one, _ = service
    room.file("claims.csv", CLAIMS)
    token = shell.json("token", "create", "--scope", "read")["token"]
    put = ("put", "claims.csv", "--type", "note", "--json")
    refused = Place(room=room, words=("--server", one.url), token=token).ap(*put)
    assert (refused.code, refused.error["code"]) == (9, "not_permitted")
    assert "--scope write" in refused.error["remedy"]


def test_a_service_that_is_gone_is_unavailable(room: Room) -> None:
    refused = room.ap("ls", "--server", "http://127.0.0.1:9", "--json")
    assert refused.code == 7 and "127.0.0.1:9" in refused.error["where"]


LARGE: Final = """
import io, resource, sys
import artifact_plane as ap
from artifact_plane.domain.model.rendering import ByteSource

SIZE = 64 * 1024 * 1024

class Zeros(ByteSource):
    size = SIZE
    def open(self, start=0, stop=None):
        return Reader()

class Reader(io.RawIOBase):
    left = SIZE
    def readable(self):
        return True
    def readinto(self, buffer):
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

with ap.connect(sys.argv[1], token=sys.argv[2]) as app:
    here = ap.ExecutionContext(tenant_id="local")
    app.plane.create_artifact("note", "warm", {}, {}, here)
    before = peak()
    view = ap.Rendered(name="zeros", media_type="application/octet-stream", source=Zeros())
    app.plane.create_artifact("blob", "large", ap.Payload(semantic_payload={}, renderings=[view]), {}, here)
    content = app.plane.open_content("large", "local", "zeros")
    total = 0
    with content.source.open() as reader:
        while data := reader.read(1024 * 1024):
            total += len(data)
    assert total == content.size == SIZE
    print(peak() - before)
"""


def test_a_large_content_goes_up_and_down_in_little_memory(service: tuple[Served, str], tmp_path: Path) -> None:
    """64 MiB each way, by a program of its own."""
    one, token = service
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LARGE, one.url, token],
        cwd=tmp_path,
        env=Shell(tmp_path).environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 32 * MIB
