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
