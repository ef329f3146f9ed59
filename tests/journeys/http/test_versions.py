"""An update, or a deletion, says which version it means; where another is current, nothing is done."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.journeys.http.api import api, problem, put


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
