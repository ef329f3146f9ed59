"""Results of realms elsewhere: structured, flat, or with their renderings as parts of a form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.http.api import api, form_of, problem

INTENT = {"intent_type": "forecast", "intent_id": "f-1"}


def _result(**outputs: Any) -> dict[str, Any]:
    return {"intent": INTENT, "realm": "forecasting", "result": {"artifacts": outputs}}


async def test_a_structured_result_is_ruled_by_policy_and_answered_with_references() -> None:
    async with api() as one:
        views = {"note": {"media_type": "text/plain", "text": "falling"}}
        output = {"result_type": "workflow", "semantic_payload": {"n": 1}, "renderings": views, "labels": ["x"]}
        answer = await one.client.post("/api/results", json=_result(outlook=output))
        assert answer.status_code == 201 and answer.json()["inferred"] == []
        (reference,) = answer.json()["execution"]["references"]
        assert reference["key"] == "outlook"
        assert {(ruling["part"], ruling["layer"]) for ruling in answer.json()["rulings"]} == {
            ("semantic_payload", "meaning"),
            ("note", "platform_default"),
        }
        assert (await one.client.get(answer.headers["location"])).json()["execution"] == answer.json()["execution"]
        same = await one.client.post("/api/results", json=_result(outlook=output))
        assert same.json()["execution"]["execution_id"] == answer.json()["execution"]["execution_id"]
        other = await one.client.post("/api/results", json=_result(outlook=output | {"semantic_payload": {"n": 2}}))
        problem(other, 409, "conflict")


async def test_of_a_flat_result_everything_inferred_is_said() -> None:
    async with api() as one:
        answer = await one.client.post("/api/results", json=_result(workflow={"steps": 1}, workflow_visual={"v": 1}))
        assert answer.status_code == 201
        assert any("result_type 'workflow' inferred from the key" in said for said in answer.json()["inferred"])
        artifact_id = answer.json()["execution"]["references"][0]["artifact_id"]
        parts = (await one.client.get(f"/api/artifact/{artifact_id}")).json()["artifact"]["parts"]
        assert [part["name"] for part in parts] == ["semantic_payload", "workflow_visual"]


async def test_renderings_come_as_parts_that_the_result_names(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "platform.yaml").write_text("materialization_policy: {workflow: persist}\n")
    async with api(tmp_path) as one:
        views = {"chart": {"media_type": "image/png", "part": "p1"}, "table": {"part": "p2"}}
        output = {"result_type": "workflow", "semantic_payload": {"n": 1}, "renderings": views}
        form = form_of("result", _result(outlook=output))
        form |= {"p1": ("c.png", b"\x89PNG" * 50_000, "application/octet-stream"), "p2": ("t.csv", b"a,b", "text/csv")}
        answer = await one.client.post("/api/results", files=form)
        assert answer.status_code == 201, answer.text
        where = f"/api/artifact/{answer.json()['execution']['references'][0]['artifact_id']}/renderings"
        chart, table = [await one.client.get(f"{where}/{name}") for name in ("chart", "table")]
        assert chart.content == b"\x89PNG" * 50_000 and chart.headers["content-type"] == "image/png"
        assert table.content == b"a,b" and table.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("views", "files", "where"),
    [
        ({"chart": {"part": "missing"}}, {}, "body.result.artifacts.o.renderings.chart.part"),
        ({}, {"stray": ("x", b"x", "a/b")}, "part 'stray'"),
    ],
)
async def test_parts_and_result_must_fit_together(views: dict[str, Any], files: dict[str, Any], where: str) -> None:
    async with api() as one:
        output = {"result_type": "workflow", "semantic_payload": {}, "renderings": views}
        answer = await one.client.post("/api/results", files=form_of("result", _result(o=output)) | files)
        assert problem(answer, 422, "parts_do_not_fit")["where"] == where


@pytest.mark.parametrize(
    ("result", "where"),
    [
        ({"artefacts": {}}, "body.result.artefacts"),
        ({"artifacts": {"a/b": {}}}, "body.result.artifacts.a/b"),
        ({"artifacts": {"a": {"renderings": {}}}}, "body.result.artifacts.a"),
        ({"artifacts": {"a": {"semantic_payload": {}, "place": 1}}}, "body.result.artifacts.a.place"),
        ({"artifacts": {"a": {"semantic_payload": {}, "renderings": {"v": {"part": 1}}}}}, "body.result.artifacts.a"),
        ({"artifacts": []}, "body.result.artifacts"),
    ],
)
async def test_a_result_that_can_be_read_in_no_way_or_in_two_is_refused_with_its_path(
    result: dict[str, Any], where: str
) -> None:
    async with api() as one:
        body = {"intent": INTENT, "realm": "forecasting", "result": result}
        assert problem(await one.client.post("/api/results", json=body), 400, "invalid_input")["where"].startswith(
            where
        )
        assert (await one.client.get("/api/executions")).json()["executions"] == []


async def test_a_realm_elsewhere_cannot_emit_what_the_platform_writes_itself() -> None:
    async with api() as one:
        output = {"result_type": "governance_decision", "semantic_payload": {}}
        problem(await one.client.post("/api/results", json=_result(o=output)), 400, "invalid_input")
