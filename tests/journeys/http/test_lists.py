"""Lists of artifacts: pages that miss nothing, filters that all hold, and short ids."""

from __future__ import annotations

import pytest

from tests.journeys.http.api import api, problem


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


async def test_a_short_id_stands_for_the_one_id_that_begins_so() -> None:
    async with api() as one:
        await one.create(artifact_id="north-1")
        await one.create(artifact_id="south-1")
        assert (await one.client.get("/api/resolve/nor")).json() == {"artifact_id": "north-1"}
        await one.create(artifact_id="north-2")
        assert "north-1, north-2" in problem(await one.client.get("/api/resolve/nor"), 409, "conflict")["detail"]
