"""One journey in four ways, with the same answers: curl, the client, the commands, and the page."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
import pytest

import artifact_plane
from artifact_plane.adapters.client.connection import BlockingApplication
from artifact_plane.adapters.codec.views import lineage_view, receipt_view, record_view
from artifact_plane.adapters.web.words import RELATIONS
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.lineage import Relation
from tests.journeys.driving import PATIENCE, Answer, Room, Shell
from tests.journeys.http import curl
from tests.journeys.http.process import Served, served
from tests.journeys.http.tables import Cell, Page, Row

TENANT: Final = "local"
HERE: Final = artifact_plane.ExecutionContext(tenant_id=TENANT, session_id="monday")
MADE: Final = ("by-curl", "by-client", "by-command", "by-page")
Told = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Ways:
    """The four ways to one service."""

    url: str
    token: str
    room: Room
    app: BlockingApplication
    browser: httpx.Client
    path: Mapping[str, str]

    def curl(self, path: str, *words: str) -> tuple[int, Any]:
        """The status and the document that curl prints: the machine's, or ours where it has none."""
        asked = ["curl", "-s", *words, self.url + path, "-H", f"Authorization: Bearer {self.token}"]
        done = subprocess.run(
            [*asked, "-w", "\n%{http_code}"],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **self.path},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def sent(self, path: str, body: Mapping[str, object], *words: str) -> int:
        """The status of a request with a document, by curl."""
        return self.curl(path, *words, "-H", "Content-Type: application/json", "-d", json.dumps(body))[0]

    def ap(self, *words: str) -> Answer:
        """What a command answers."""
        return self.room.ap(*words, "--server", self.url, "--json", env={"ARTIFACT_PLANE_TOKEN": self.token})

    def page(self, path: str, status: int = 200) -> Page:
        """What a browser that has signed in is shown."""
        answer = self.browser.get(path)
        assert answer.status_code == status, answer.text
        return Page.of(answer.text)


@pytest.fixture
def ways(shell: Shell, room: Room, tmp_path: Path) -> Iterator[Ways]:
    """A service over a home, and one credential: whoever reads pages has exchanged it for a session."""
    token = shell.json("token", "create", "--scope", "read,write,delete,execute,policy")["token"]
    with served(shell) as one, artifact_plane.connect(one.url, token=token) as app, signed_in(one, token) as browser:
        yield Ways(url=one.url, token=token, room=room, app=app, browser=browser, path=curl.path(tmp_path))


@contextmanager
def signed_in(one: Served, token: str) -> Iterator[httpx.Client]:
    """A browser, as far as the service can tell."""
    own = {"origin": one.url}
    with httpx.Client(base_url=one.url, headers=own, timeout=PATIENCE, trust_env=False) as browser:
        assert browser.post("/login", data={"token": token}).status_code == 303
        yield browser


def make(ways: Ways) -> None:
    """An artifact in each way, each derived from the one before; the first has a second version."""
    meaning = {"semantic_payload": {"n": 1}}
    body = {"artifact_type": "note", "artifact_id": "by-curl", "payload": meaning, "metadata": {}}
    assert ways.sent("/api/artifacts", body) == 201
    change = {"artifact_type": "note", "payload": {"semantic_payload": {"n": 2}}}
    assert ways.sent("/api/artifact/by-curl", change, "-X", "PUT", "-H", "If-Match: *") == 200
    for name, origin in (("by-client", "by-curl"), ("by-page", "by-client")):
        payload = artifact_plane.Payload(semantic_payload={"of": name}, derived_from=[origin])
        ways.app.plane.create_artifact("note", name, payload, {}, HERE)
    ways.room.file("claims.csv", "month,claims\nJan,31\n")
    ways.ap("put", "claims.csv", "--type", "table", "--id", "by-command", "--label", "draft").ok()


def summary(record: Told, receipts: list[Told], versions: list[Told], lineage: Told) -> Told:
    """What the documents of the first three ways say, in the words of the page."""
    rulings = {one["part"]: one for one in receipts[-1]["parts"]}
    return {
        "head": (
            record["artifact_type"],
            record["artifact_id"],
            record["decision"],
            record["version"],
            record["state"],
        ),
        "session": record["session_id"],
        "parts": [(one["name"], one["media_type"], one["decision"], one.get("digest")) for one in record["parts"]],
        "rulings": [
            (name, one["decision"], one["layer"].replace("_", " "), one["source"], one["reason"])
            for name, one in rulings.items()
        ],
        "versions": [(one["version"], one["decision"], meaning_digest(one)) for one in versions],
        "nodes": sorted(
            (one["kind"], one["type"], one["artifact_id"], f"{one['decision'].upper()} · version {one['version']}")
            for one in lineage["nodes"]
        ),
        "relations": Counter(RELATIONS[Relation(one["relation"])] for one in lineage["edges"]),
    }


def meaning_digest(record: Told) -> str:
    """The digest of an artifact's meaning."""
    return str(next(part["digest"] for part in record["parts"] if part["role"] == "semantic"))


def told_by_curl(ways: Ways, name: str) -> Told:
    """Four requests."""

    def get(path: str) -> Any:
        status, document = ways.curl(f"/api/artifact/{name}{path}")
        assert status == 200, document
        return document

    versions = get("/versions")["versions"]
    return summary(get("")["artifact"], get("/receipts")["receipts"], versions, get("/lineage?direction=upstream"))


def told_by_client(ways: Ways, name: str) -> Told:
    """Four calls."""
    app = ways.app
    return summary(
        record_view(app.plane.get_artifact(name, TENANT).artifact),
        [receipt_view(one) for one in app.steward.explain(name, TENANT).receipts],
        [record_view(one) for one in app.plane.versions(name, TENANT)],
        lineage_view(app.lineage.upstream(name, TENANT)),
    )


def told_by_commands(ways: Ways, name: str) -> Told:
    """``ap show``, for each version, and ``ap lineage``."""
    shown = ways.ap("show", name).ok().document
    numbers = range(1, shown["artifact"]["version"] + 1)
    versions = [ways.ap("show", name, "--version", str(one)).ok().document["artifact"] for one in numbers]
    return summary(shown["artifact"], shown["receipts"], versions, ways.ap("lineage", name).ok().document)


def told_by_page(ways: Ways, name: str) -> Told:
    """The page of the artifact, and that of its lineage."""
    page = ways.page(f"/artifacts/{name}")
    lineage = ways.page(f"/artifacts/{name}/lineage?way=upstream&steps=50").table("Came about")
    (listed,) = [row for row in ways.page("/artifacts?state=all").table("Changed") if row["Id"].text == name]
    parts, versions = page.table("Look at it"), page.table("Meaning")
    words = [word for row in lineage for word in row["Came about"].words]
    return {
        "head": (
            listed["Type"].text,
            name,
            listed["Decision"].text.lower(),
            int(listed["Version"].text),
            "active",
        ),
        "session": listed["Session"].text,
        "parts": [part_of(row) for row in parts],
        "rulings": [ruling_of(row) for row in parts],
        "versions": [version_of(row) for row in reversed(versions)],
        "nodes": sorted((row["Kind"].text, row["What"].text, row["Id"].text, row["Facts"].text) for row in lineage),
        "relations": Counter(word.strip() for word in words if word.strip() in RELATIONS.values()),
    }


def part_of(row: Row) -> tuple[str, str, str, str]:
    """A part's name, kind, decision and digest."""
    name, kind = row["Part"].text.split()
    return name, kind, row["Decision"].text.lower(), digest_in(row["Where"])


def digest_in(cell: Cell) -> str:
    """The whole digest, which a cell shows when one points at the short one."""
    (digest,) = {title for title in cell.titles if title.startswith("blake3:")}
    return digest


def ruling_of(row: Row) -> tuple[str, ...]:
    """A part's name and decision; then the layer, the place of the rule and its reason."""
    said = [word.strip() for word in row["Who decided, and by which rule"].words if word.strip()]
    (authority, layer), source, reason = said[:2], said[said.index("written in") + 1], said[-1]
    assert authority
    return row["Part"].text.split()[0], row["Decision"].text.lower(), layer, source, reason


def version_of(row: Row) -> tuple[int, str, str]:
    """A version's number, decision, and the digest of its meaning."""
    return int(row["Version"].text.split()[0]), row["Decision"].text.lower(), digest_in(row["Meaning"])


TELLERS: Final[tuple[Callable[[Ways, str], Told], ...]] = (
    told_by_curl,
    told_by_client,
    told_by_commands,
    told_by_page,
)


def test_artifact_ruling_versions_and_lineage_are_told_alike(ways: Ways) -> None:
    """By curl, the client, the commands and the page, whichever made it."""
    make(ways)
    for name in MADE:
        first, *others = (teller(ways, name) for teller in TELLERS)
        assert others == [first, first, first], name
    assert told_by_page(ways, "by-curl")["head"][3] == 2
    assert len(told_by_page(ways, "by-page")["nodes"]) >= 3


def listed(ways: Ways, state: str) -> list[list[str]]:
    """The ids of the artifacts in that state, in the order of each way."""
    chosen = None if state == "all" else ArtifactState(state)
    found = ways.app.plane.list_artifacts(TENANT, ArtifactFilter(state=chosen)).artifacts
    page = ways.page(f"/artifacts?state={state}")
    return [
        [one["artifact_id"] for one in ways.curl(f"/api/artifacts?state={state}")[1]["artifacts"]],
        [one.artifact_id for one in found],
        [one["artifact_id"] for one in ways.ap("ls", "--state", state).ok().document["artifacts"]],
        [row["Id"].text for row in page.table("Changed")] if page.tables else [],
    ]


def delete(ways: Ways) -> None:
    """Each artifact in the way that it was made in; on the page by its form."""
    assert ways.curl("/api/artifact/by-curl", "-X", "DELETE")[0] == 200
    ways.app.plane.delete_artifact("by-client", TENANT)
    ways.ap("rm", "by-command").ok()
    form = ways.page("/artifacts/by-page/delete")
    assert "by-page" in form.text
    sent = ways.browser.post("/artifacts/by-page/delete", data={"csrf": form.fields["csrf"]})
    assert (sent.status_code, sent.headers["location"]) == (303, "/artifacts/by-page")


def test_a_deletion_is_told_alike(ways: Ways) -> None:
    """What was deleted in one way is gone in all four, at the same moment; its receipts and its record stay."""
    make(ways)
    before = {name: told_by_page(ways, name)["rulings"] for name in MADE}
    assert listed(ways, "active") == [listed(ways, "all")[0]] * 4
    delete(ways)
    assert listed(ways, "active") == [[]] * 4
    gone, *others = listed(ways, "deleted")
    assert sorted(gone) == sorted(MADE) and others == [gone] * 3
    for name in MADE:
        status, problem = ways.curl(f"/api/artifact/{name}")
        with pytest.raises(artifact_plane.Gone) as caught:
            ways.app.plane.get_artifact(name, TENANT)
        refused = ways.ap("show", name)
        assert (status, problem["code"], problem["tombstone"]["state"]) == (410, "gone", "deleted")
        assert (refused.code, refused.error["code"]) == (3, "gone")
        page = ways.page(f"/artifacts/{name}", 410)
        assert f"the artifact was deleted at {page.times[0]}" == problem["detail"] == caught.value.message
        assert refused.error["message"] == problem["detail"]
        assert "This artifact was deleted." in page.text
        assert [ruling_of(row) for row in page.table("Look at it")] == before[name]
        receipts = ways.curl(f"/api/artifact/{name}/receipts")[1]["receipts"]
        assert receipts == [receipt_view(one) for one in ways.app.steward.explain(name, TENANT).receipts]
        assert receipts == ways.ap("explain", name).ok().document["receipts"]


def test_what_never_was_is_told_alike(ways: Ways) -> None:
    """Not found, and not gone."""
    status, problem = ways.curl("/api/artifact/never")
    with pytest.raises(artifact_plane.NotFound) as caught:
        ways.app.plane.get_artifact("never", TENANT)
    refused, page = ways.ap("show", "never"), ways.page("/artifacts/never", 404)
    assert (status, problem["code"], refused.error["code"]) == (404, "not_found", "not_found")
    assert problem["detail"] == caught.value.message
    assert problem["detail"] in page.text
