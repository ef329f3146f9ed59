"""Lineage over HTTP: in three directions, by its ends, from a position on, and said afterwards."""

from __future__ import annotations

from tests.journeys.http.api import api, problem


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
