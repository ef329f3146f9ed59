"""Artifacts over HTTP: the records are those of the command line, and every update names what it replaces."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from artifact_plane.domain.model.credential import Scope
from tests.journeys.driving import Room
from tests.journeys.http.api import Api, api, problem, put


async def test_what_is_created_is_read_back_under_its_etag() -> None:
    async with api() as one:
        body = {
            "artifact_type": "roadmap",
            "payload": {"semantic_payload": {"steps": [1, 2.5], "é": None}, "labels": ["draft"]},
            "metadata": {"owner": "claims"},
        }
        created = await one.client.post("/api/artifacts", json=body)
        assert created.status_code == 201
        record = created.json()["artifact"]
        assert record["decision"] == "persist" and record["labels"] == ["draft"]
        assert created.json()["rulings"][0]["layer"] == "meaning"
        read = await one.client.get(created.headers["location"])
        assert read.json() == {"artifact": record, "semantic_payload": {"steps": [1, 2.5], "é": None}}
        assert read.headers["etag"] == created.headers["etag"] == f'"{record["artifact_id"]}@1"'
        again = await one.client.get(
            created.headers["location"], headers={"if-none-match": f'W/"x", {read.headers["etag"]}'}
        )
        assert again.status_code == 304 and not again.content
        bare = await one.client.get(created.headers["location"], params={"payload": "false"})
        assert bare.json() == {"artifact": record}


async def test_the_same_id_and_content_again_is_the_same_artifact_and_another_content_a_conflict() -> None:
    async with api() as one:
        body = {"artifact_type": "roadmap", "artifact_id": "q3", "payload": {"semantic_payload": {"a": 1}}}
        assert (await one.client.post("/api/artifacts", json=body)).status_code == 201
        again = await one.client.post("/api/artifacts", json=body)
        assert again.status_code == 200 and again.json()["repeated"] is True
        other = await one.client.post("/api/artifacts", json={**body, "payload": {"semantic_payload": {"a": 2}}})
        problem(other, 409, "conflict")


async def test_an_update_names_the_version_that_it_replaces() -> None:
    async with api() as one:
        record = await one.create({"a": 1})
        where, first = f"/api/artifact/{record['artifact_id']}", f'"{record["artifact_id"]}@1"'
        change = {"payload": {"semantic_payload": {"a": 2}}}
        problem(await one.client.put(where, json=change), 428, "precondition_required")
        for stale in ('"another@1"', f"W/{first}", first.replace("@1", "@7"), "nonsense"):
            problem(await one.client.put(where, json=change, headers={"if-match": stale}), 412, "precondition_failed")
        updated = await one.client.put(where, json=change, headers={"if-match": first})
        assert updated.status_code == 200 and updated.headers["etag"] == first.replace("@1", "@2")
        repeated = await one.client.put(where, json=change, headers={"if-match": first})
        assert repeated.status_code == 200 and repeated.json()["repeated"] is True
        late = await one.client.put(where, json={"payload": {"semantic_payload": {}}}, headers={"if-match": first})
        problem(late, 412, "precondition_failed")
        any_version = await one.client.put(where, json={"payload": {"semantic_payload": {}}}, headers={"if-match": "*"})
        assert any_version.json()["artifact"]["version"] == 3
        old = await one.client.get(where, params={"version": 1})
        assert old.json()["semantic_payload"] == {"a": 1} and old.headers["etag"] == first
        assert [one["version"] for one in (await one.client.get(f"{where}/versions")).json()["versions"]] == [1, 2, 3]


async def test_an_update_cannot_make_it_something_else() -> None:
    """A body that contradicts its address is wrong in itself (400); another type, against what is there (409)."""
    async with api() as one:
        record = await one.create()
        where = f"/api/artifact/{record['artifact_id']}"

        async def put_as(place: str, **other: str) -> httpx.Response:
            change = {"payload": {"semantic_payload": {"changed": True}}, **other}
            return await one.client.put(place, json=change, headers={"if-match": "*"})

        contradicted = problem(await put_as(where, artifact_id="another"), 400, "invalid_input")
        assert contradicted["where"] == "body.artifact_id" and contradicted["remedy"]
        problem(await put_as("/api/artifact/never-was", artifact_id="another"), 400, "invalid_input")
        retyped = problem(await put_as(where, artifact_type="workflow"), 409, "conflict")
        assert retyped["where"] == "body.artifact_type" and "roadmap" in retyped["detail"]
        problem(await put_as("/api/artifact/never-was", artifact_type="workflow"), 404, "not_found")
        assert (await one.client.get(where)).headers["etag"] == f'"{record["artifact_id"]}@1"'
        own = {"artifact_id": record["artifact_id"], "artifact_type": "roadmap"}
        assert (await put_as(where, **own)).json()["artifact"]["version"] == 2


async def test_an_update_of_whichever_version_there_is_gives_way_to_others_and_goes_on(tmp_path: Path) -> None:
    """``If-Match: *`` is true of any version: that another came between is no reason to refuse."""
    async with api(tmp_path) as one:
        where = f"/api/artifact/{(await one.create())['artifact_id']}"
        answers = await asyncio.gather(*(put(one.client, where, payload={"n": n}) for n in range(6)))
        assert [answer.status_code for answer in answers] == [200] * 6
        assert sorted(answer.json()["artifact"]["version"] for answer in answers) == [2, 3, 4, 5, 6, 7]


async def test_a_deletion_may_name_the_version_that_it_means() -> None:
    """412 where another is current, and nothing is deleted; to delete again is the same."""
    async with api() as one:
        record = await one.create()
        where, tag = f"/api/artifact/{record['artifact_id']}", f'"{record["artifact_id"]}@1"'
        assert (await put(one.client, where, tag)).status_code == 200
        for stale in (tag, '"another@2"', "nonsense", ""):
            refused = await one.client.delete(where, headers={"if-match": stale})
            assert problem(refused, 412, "precondition_failed")["remedy"]
        assert (await one.client.get(where)).status_code == 200
        for current in (tag.replace("@1", "@2"), "*"):
            assert (await one.client.delete(where, headers={"if-match": current})).status_code == 200
        document = (await one.client.get("/openapi.json")).json()
        deletion = document["paths"]["/api/artifact/{artifact_id}"]["delete"]
        assert "412" in deletion["responses"] and "If-Match" in [one["name"] for one in deletion["parameters"]]


async def test_a_deleted_artifact_answers_gone_with_its_tombstone_and_keeps_its_story() -> None:
    async with api() as one:
        record = await one.create(renderings={"note": {"media_type": "text/plain", "text": "x"}})
        where = f"/api/artifact/{record['artifact_id']}"
        before = (await one.client.get(f"{where}/lineage")).json()
        deleted = await one.client.delete(where)
        assert deleted.json()["artifact"]["state"] == "deleted"
        assert (await one.client.delete(where)).json() == deleted.json()
        for answer in (
            await one.client.get(where),
            await one.client.get(where, params={"payload": "false"}),
            await one.client.get(f"{where}/renderings/note"),
            await put(one.client, where),
        ):
            assert problem(answer, 410, "gone")["tombstone"] == deleted.json()["artifact"]
        after = (await one.client.get(f"{where}/lineage")).json()
        assert [node["id"] for node in after["nodes"]] == [node["id"] for node in before["nodes"]]
        assert len((await one.client.get(f"{where}/receipts")).json()["receipts"]) == 1
        assert (await one.client.get(f"{where}/explain")).json()["artifact"]["state"] == "deleted"
        listed = (await one.client.get("/api/artifacts", params={"state": "deleted"})).json()
        assert [one["artifact_id"] for one in listed["artifacts"]] == [record["artifact_id"]]


PATHS = ("", "/versions", "/receipts", "/explain", "/lineage", "/renderings/note", "/lineage/path/another")


async def test_not_yours_and_not_there_are_one_answer() -> None:
    async with api() as one, one.somebody() as stranger:
        record = await one.create(artifact_id="ours", renderings={"note": {"media_type": "text/plain", "text": "x"}})
        for path in PATHS:
            theirs = await stranger.get(f"/api/artifact/{record['artifact_id']}{path}")
            nobodys = await stranger.get(f"/api/artifact/nobodys{path}")
            assert _without_ids(theirs, "ours") == _without_ids(nobodys, "nobodys")
            assert theirs.status_code == 404
        assert (await stranger.delete("/api/artifact/ours")).status_code == 404
        assert (await put(stranger, "/api/artifact/ours")).status_code == 404
        assert (await stranger.get("/api/artifacts")).json() == {"artifacts": [], "next": None}
        assert (await stranger.get("/api/resolve/our")).status_code == 404


def _without_ids(answer: httpx.Response, asked: str) -> tuple[int, str, list[str]]:
    text = answer.text.replace(asked, "<id>").replace(answer.headers["x-request-id"], "<request>")
    names = sorted(name for name in answer.headers if name != "content-length")
    return answer.status_code, text, names


async def test_pages_follow_their_links_and_miss_nothing() -> None:
    async with api() as one:
        made = [(await one.create({"n": number}, labels=["wanted"]))["artifact_id"] for number in range(7)]
        await one.create({"n": 8})
        found: list[str] = []
        where: str | None = "/api/artifacts?label=wanted&limit=3"
        pages = 0
        while where is not None:
            page = await one.client.get(where)
            found += [artifact["artifact_id"] for artifact in page.json()["artifacts"]]
            where = page.links.get("next", {}).get("url")
            pages += 1
        assert found == made[::-1] and pages == 3
        problem(await one.client.get("/api/artifacts", params={"after": "nothing"}), 404, "no_such_page")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "workflow"}, {"b"}),
        ({"session": "s-1"}, {"a"}),
        ({"solution": "claims"}, {"b"}),
        ({"label": "draft"}, {"a"}),
        ({"decision": "persist"}, {"a", "b"}),
        ({"decision": "discard"}, set()),
        ({"state": "all"}, {"a", "b", "gone"}),
        ({"state": "deleted"}, {"gone"}),
        ({"execution": "run-1"}, {"b"}),
    ],
)
async def test_a_list_shows_what_meets_every_filter(query: dict[str, str], expected: set[str]) -> None:
    async with api() as one:
        await one.create(artifact_id="a", session_id="s-1", labels=["draft"])
        await one.create(artifact_id="b", artifact_type="workflow", solution_id="claims", execution_id="run-1")
        await one.create(artifact_id="gone")
        await one.client.delete("/api/artifact/gone")
        listed = (await one.client.get("/api/artifacts", params=query)).json()
        assert {artifact["artifact_id"] for artifact in listed["artifacts"]} == expected


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/api/artifacts?tenant_id=globex", "'tenant_id'"),
        ("/api/artifacts?lable=x", "'lable'"),
        ("/api/artifacts?limit=0", "'limit'"),
        ("/api/artifacts?limit=1_0", "'limit'"),
        ("/api/artifacts?limit=1001", "'limit'"),
        ("/api/artifacts?type=a%00b", "'type'"),
        ("/api/artifacts?label=%ff", "query"),
        ("/api/artifacts?limit=1&limit=2", "'limit'"),
        ("/api/artifact/x?version=1.0", "'version'"),
        ("/api/artifact/x?payload=1", "'payload'"),
        ("/api/artifact/x/lineage?direction=sideways", "'direction'"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(target: str, where: str) -> None:
    async with api() as one:
        assert where in problem(await one.client.get(target), 400, "invalid_input")["where"]


BODY = {"artifact_type": "roadmap", "payload": {"semantic_payload": {"a": 1}}}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({**BODY, "tenant_id": "globex"}, "body"),
        ({**BODY, "payload_storage_path": "file:///etc/passwd"}, "body"),
        ({**BODY, "payload": {"semantic_payload": {}, "location": "dbfs:/x"}}, "body.payload"),
        ({"payload": {"semantic_payload": {}}}, "body"),
        ({**BODY, "artifact_id": 7}, "body.artifact_id"),
        ({**BODY, "payload": {"semantic_payload": [1]}}, "body.payload.semantic_payload"),
        ({**BODY, "payload": {"semantic_payload": {}, "labels": [True]}}, "body.payload.labels"),
        ({**BODY, "metadata": {"note": {"x": ["a\0b"]}}}, "body.metadata"),
        ({**BODY, "artifact_id": "a\0b"}, "artifact id"),
        ({**BODY, "artifact_id": "../x"}, "artifact id"),
        ({**BODY, "session_id": "a:b"}, "session id"),
        (
            {**BODY, "payload": {"semantic_payload": {}, "renderings": {"a/b": {"media_type": "a/b", "text": ""}}}},
            "body",
        ),
        (
            {**BODY, "payload": {"semantic_payload": {}, "renderings": {"a": {"media_type": "a/b"}}}},
            "body.payload.renderings.a",
        ),
    ],
)
async def test_a_body_that_is_not_understood_is_refused_with_the_path_of_the_field(
    body: dict[str, object], where: str
) -> None:
    async with api() as one:
        told = problem(await one.client.post("/api/artifacts", json=body), 400, "invalid_input")
        assert told["where"].startswith(where) and told["remedy"]
        assert (await one.client.get("/api/artifacts")).json()["artifacts"] == []


async def test_what_takes_no_body_refuses_one() -> None:
    async with api() as one:
        record = await one.create()
        where = f"/api/artifact/{record['artifact_id']}"
        problem(await one.client.request("DELETE", where, json={"tenant_id": "x"}), 400, "invalid_input")
        assert (await one.client.get(where)).status_code == 200


async def test_a_declared_digest_that_is_not_the_bodys_is_refused() -> None:
    async with api() as one:
        wrong = {"content-digest": "sha-256=:" + "A" * 43 + "=:"}
        told = problem(await one.client.post("/api/artifacts", json=BODY, headers=wrong), 400, "invalid_input")
        assert told["where"] == "header Content-Digest"
        assert (await one.client.get("/api/artifacts")).json()["artifacts"] == []


async def test_lineage_is_asked_in_three_directions_and_by_its_ends() -> None:
    async with api() as one:
        source = (await one.create({"a": 1}))["artifact_id"]
        derived = (await one.create({"b": 1}, derived_from=[source]))["artifact_id"]
        up = (await one.client.get(f"/api/artifact/{derived}/lineage")).json()
        assert {node.get("artifact_id") for node in up["nodes"]} == {source, derived}
        down = (await one.client.get(f"/api/artifact/{source}/lineage", params={"direction": "downstream"})).json()
        assert down["edges"] == up["edges"]
        cut = (await one.client.get(f"/api/artifact/{derived}/lineage", params={"nodes": 1})).json()
        assert cut["truncated"] is True and len(cut["nodes"]) == 1
        concerned = (await one.client.get(f"/api/artifact/{source}/lineage", params={"direction": "impact"})).json()
        assert [artifact["artifact_id"] for artifact in concerned["artifacts"]] == [derived]
        way = (await one.client.get(f"/api/artifact/{derived}/lineage/path/{source}")).json()
        assert len(way["nodes"]) == 2
        later = {"at_least": up["position"] + 1_000}
        problem(await one.client.get(f"/api/artifact/{derived}/lineage", params=later), 409, "not_yet")
        seen = {"at_least": up["position"]}
        assert (await one.client.get(f"/api/artifact/{derived}/lineage", params=seen)).json() == up


async def test_where_an_artifact_came_from_can_be_said_afterwards() -> None:
    async with api() as one:
        where = f"/api/artifact/{(await one.create())['artifact_id']}/lineage"
        said = {"source_execution_id": "run-7", "source_intent": "plan-q3"}
        registered = await one.client.post(where, json=said)
        assert registered.status_code == 200
        assert {node["kind"] for node in registered.json()["nodes"]} == {"artifact", "execution", "intent"}
        again = await one.client.post(where, json=said)
        assert again.json()["edges"] == registered.json()["edges"]


async def test_a_short_id_stands_for_the_one_id_that_begins_so() -> None:
    async with api() as one:
        await one.create(artifact_id="north-1")
        await one.create(artifact_id="south-1")
        assert (await one.client.get("/api/resolve/nor")).json() == {"artifact_id": "north-1"}
        await one.create(artifact_id="north-2")
        assert "north-1, north-2" in problem(await one.client.get("/api/resolve/nor"), 409, "conflict")["detail"]


async def test_the_service_and_the_command_line_give_the_same_json(tmp_path: Path) -> None:
    room = Room(tmp_path)
    async with api(room.home) as one:
        record = await one.create({"a": [1, "ü"]}, labels=["draft"], metadata={"k": 1})
        await one.client.put(
            f"/api/artifact/{record['artifact_id']}",
            json={"payload": {"semantic_payload": {}}},
            headers={"if-match": "*"},
        )
        asked = {
            ("show", "explain", "lineage"): (await _asked(one, record["artifact_id"])),
        }
        listed = (await one.client.get("/api/artifacts")).json()
    shown, explained, lineage = asked["show", "explain", "lineage"]

    def compare() -> None:
        cli = room.json("show", record["artifact_id"], "--tenant", "acme")
        assert {key: cli[key] for key in shown} == shown
        assert room.json("explain", record["artifact_id"], "--tenant", "acme") == explained
        assert room.json("lineage", record["artifact_id"], "--tenant", "acme") == lineage
        assert room.json("ls", "--tenant", "acme") == listed

    await asyncio.to_thread(compare)


async def _asked(one: Api, artifact_id: str) -> tuple[dict[str, object], ...]:
    paths = ("", "/explain", "/lineage")
    return tuple([(await one.client.get(f"/api/artifact/{artifact_id}{path}")).json() for path in paths])


async def test_a_read_scope_writes_and_deletes_nothing() -> None:
    async with api() as one:
        record = await one.create()
        where = f"/api/artifact/{record['artifact_id']}"
        async with one.somebody(Scope.READ, Scope.WRITE, tenant="acme") as writer:
            assert (await writer.get(where)).status_code == 200
            assert (await writer.delete(where)).status_code == 403
        async with one.somebody(Scope.READ, tenant="acme") as reader:
            assert (await reader.post("/api/artifacts", json=BODY)).status_code == 403
        assert (await one.client.get(where)).status_code == 200
