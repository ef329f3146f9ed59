"""Policy over HTTP: what is in force, what is wrong with a text, what would be decided."""

from __future__ import annotations

import asyncio
from pathlib import Path

from artifact_plane.domain.model.credential import Scope
from tests.journeys.driving import Room
from tests.journeys.http.api import api, problem

WRONG = "materialization_policy:\n  sop: presist\n"
OVERRIDE = """
materialization_policy:
  roadmap:
    - {when: {bytes: {over: 1MiB}}, decision: discard}
    - {decision: persist}
"""


async def test_the_policy_in_force_is_that_of_the_command_line(tmp_path: Path) -> None:
    room = Room(tmp_path)
    folder = room.home / "policy" / "solutions" / "acme"
    folder.mkdir(parents=True)
    (folder / "claims.yaml").write_text(OVERRIDE)
    async with api(room.home) as one:
        shown = (await one.client.get("/api/policy", params={"solution": "claims"})).json()
        assert shown["override"]["rules"][0]["when"] == {"bytes": {"over": 1024 * 1024}}
        assert (await one.client.get("/api/policy")).json()["override"] is None
        words = ("policy", "show", "--solution", "claims", "--tenant", "acme")
        assert await asyncio.to_thread(room.json, *words) == shown


async def test_a_text_is_checked_as_yaml_and_as_a_field() -> None:
    async with api() as one:
        found = [{"file": "p.yaml", "line": 2, "column": 8}]
        as_yaml = await one.client.post(
            "/api/policy/check", content=WRONG, params={"name": "p.yaml"}, headers={"content-type": "text/yaml"}
        )
        as_json = await one.client.post("/api/policy/check", json={"text": WRONG, "name": "p.yaml"})
        assert as_yaml.json() == as_json.json() and as_yaml.json()["ok"] is False
        assert [{key: one[key] for key in ("file", "line", "column")} for one in as_yaml.json()["errors"]] == found
        assert "did you mean 'persist'?" in as_yaml.json()["errors"][0]["message"]
        right = await one.client.post("/api/policy/check", json={"text": "materialization_policy: {sop: persist}\n"})
        assert right.json() == {"ok": True, "errors": []}
        steward = {"text": "governance: [{name: a, deny: [persist], reason: b}]\n", "governance": True}
        assert (await one.client.post("/api/policy/check", json=steward)).json()["ok"] is True
        assert (await one.client.post("/api/policy/check", json=steward | {"governance": False})).json()["ok"] is False
        bad = await one.client.post("/api/policy/check", content=b"\xff", headers={"content-type": "text/yaml"})
        problem(bad, 400, "invalid_input")


async def test_an_alias_bomb_is_an_error_at_its_place_and_costs_nothing() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"] + [
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    async with api() as one:
        answer = await one.client.post("/api/policy/check", json={"text": "\n".join(lines)})
        assert answer.status_code == 200 and answer.json()["ok"] is False


async def test_the_policy_says_what_it_would_decide_and_what_that_depends_on(tmp_path: Path) -> None:
    folder = tmp_path / "policy" / "solutions" / "acme"
    folder.mkdir(parents=True)
    (folder / "claims.yaml").write_text(OVERRIDE)
    async with api(tmp_path) as one:
        question = {"result_type": "roadmap", "labels": ["draft"], "solution_id": "claims"}
        open_question = (await one.client.post("/api/policy/explain", json=question)).json()
        assert open_question["size_matters"] is True and open_question["ruling"] is None
        assert [one["decision"] for one in open_question["outcomes"]] == ["persist", "discard"]
        large = (await one.client.post("/api/policy/explain", json=question | {"bytes": 31457280.0})).json()
        assert large["ruling"]["decision"] == "discard" and "claims.yaml" in large["ruling"]["source"]
        for wrong in (
            {"bytes": -1},
            {"bytes": 1.5},
            {"bytes": True},
            {"bytes": "1"},
            {"realm": "a b"},
            {"tenant": "x"},
        ):
            assert (await one.client.post("/api/policy/explain", json=question | wrong)).status_code == 400


async def test_policy_needs_its_own_scope() -> None:
    async with api() as one, one.somebody(Scope.READ, Scope.WRITE, Scope.EXECUTE, tenant="acme") as reader:
        assert (await reader.get("/api/policy")).status_code == 403
        assert (await reader.post("/api/policy/explain", json={"result_type": "x"})).status_code == 403
