"""Executions over HTTP: an intent is accepted once, its run can be waited for, followed and cancelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from artifact_plane.domain.model.credential import Scope
from tests.doubles.documents import Document
from tests.journeys.http.api import api, form_of, problem
from tests.journeys.http.serving import PATIENCE, TENANT
from tests.journeys.http.waiting import Gate


async def test_an_intent_is_accepted_at_once_and_ends_in_the_background() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        accepted = await one.client.post("/api/executions", json={"intent_type": "wait", "intent_id": "i-1"})
        assert accepted.status_code == 202
        where = accepted.headers["location"]
        assert accepted.json()["execution"]["state"] in ("accepted", "running")
        again = await one.client.post("/api/executions", json={"intent_type": "wait", "intent_id": "i-1"})
        assert (again.status_code, again.headers["location"]) == (202, where)
        gate.open.set()
        ended = await _ended(one.client, where)
        assert ended["execution"]["state"] == "completed"
        (reference,) = ended["execution"]["references"]
        assert ended["rulings"][0]["part"] == "semantic_payload"
        meaning = (await one.client.get(f"/api/artifact/{reference['artifact_id']}")).json()["semantic_payload"]
        assert meaning == {"parameters": {}, "sizes": {}}
        other = {"intent_type": "wait", "intent_id": "i-1", "parameters": {"x": 1}}
        problem(await one.client.post("/api/executions", json=other), 409, "conflict")


async def _ended(client: httpx.AsyncClient, where: str) -> Document:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await client.get(where)).json()
            if found["execution"]["state"] in ("completed", "failed", "cancelled"):
                assert isinstance(found, dict)
                return found
            await asyncio.sleep(0.02)


async def test_a_client_may_wait_for_the_end_up_to_a_bound() -> None:
    gate = Gate()
    prefer = {"prefer": "respond-async, wait=600"}
    async with api(extras=gate.extras, http={"wait_seconds": 1}) as one:
        late = await one.client.post("/api/executions", json={"intent_type": "wait"}, headers=prefer)
        assert late.status_code == 202 and late.headers["preference-applied"] == "wait=1"
        gate.open.set()
    async with api(extras=gate.extras) as one:
        soon = await one.client.post("/api/executions", json={"intent_type": "echo"}, headers=prefer)
        assert soon.status_code == 200 and soon.json()["execution"]["state"] == "completed"


async def test_attachments_come_as_parts_of_a_form_and_are_ruled(tmp_path: Path) -> None:
    gate = Gate()
    async with api(tmp_path, extras=gate.extras) as one:
        form = form_of("intent", {"intent_type": "echo", "intent_id": "with-files"})
        form |= {"small": ("a.txt", b"abc", "text/plain"), "large": ("b.bin", b"x" * 3_000_000, "a/b")}
        answer = await one.client.post("/api/executions", files=form, headers={"prefer": "wait=30"})
        assert answer.status_code == 200, answer.text
        execution = answer.json()["execution"]
        assert {found["name"]: found["size"] for found in execution["attachments"]} == {"small": 3, "large": 3_000_000}
        artifact_id = execution["references"][0]["artifact_id"]
        meaning = (await one.client.get(f"/api/artifact/{artifact_id}")).json()["semantic_payload"]
        assert meaning["sizes"] == {"small": 3, "large": 3_000_000}


async def test_a_run_reads_a_dropped_attachment_after_its_request_was_answered(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "platform.yaml").write_text("materialization_policy: {attachment: discard}\n")
    gate = Gate()
    async with api(tmp_path, extras=gate.extras) as one:
        form = form_of("intent", {"intent_type": "wait"}) | {"large": ("b.bin", b"x" * 3_000_000, "a/b")}
        accepted = await one.client.post("/api/executions", files=form)
        assert accepted.status_code == 202
        gate.open.set()
        ended = (await _ended(one.client, accepted.headers["location"]))["execution"]
        assert ended["state"] == "completed" and ended["attachments"][0]["where"] == "dropped"


async def test_a_failed_execution_is_an_answer_and_may_be_tried_again() -> None:
    async with api() as one:
        failed = await one.run("create_blueprint", intent_id="no-workflows")
        assert failed["execution"]["state"] == "failed" and failed["execution"]["failure"]["remedy"]
        again = await one.client.post(
            "/api/executions",
            json={"intent_type": "create_blueprint", "intent_id": "no-workflows"},
            params={"retry": "true"},
            headers={"prefer": "wait=30"},
        )
        assert again.json()["execution"]["attempt"] == 2


async def test_a_dry_run_shows_the_plan_and_records_nothing() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        planned = await one.client.post("/api/executions", json={"intent_type": "echo"}, params={"dry_run": "true"})
        assert planned.status_code == 200 and planned.json()["dry_run"] is True
        assert [ruling["part"] for ruling in planned.json()["rulings"]] == ["semantic_payload"]
        assert (await one.client.get("/api/executions")).json() == {"executions": [], "next": None}
        refused = {"intent_type": "create_blueprint"}
        answer = await one.client.post("/api/executions", json=refused, params={"dry_run": "true"})
        problem(answer, 422, "invalid_input")


async def test_an_execution_that_has_not_ended_can_be_cancelled_once() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        where = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        cancelled = await one.client.post(f"{where}/cancel")
        assert cancelled.status_code == 200 and cancelled.json()["execution"]["state"] == "cancelled"
        problem(await one.client.post(f"{where}/cancel"), 409, "conflict")


async def test_executions_are_listed_by_session_in_pages_and_as_a_journey() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        made = [(await one.run("echo", session_id="s-1"))["execution"]["execution_id"] for _ in range(3)]
        await one.run("echo", session_id="s-2")
        page = await one.client.get("/api/executions", params={"session": "s-1", "limit": 2})
        assert [found["execution_id"] for found in page.json()["executions"]] == made[:0:-1]
        rest = await one.client.get(page.links["next"]["url"])
        assert [found["execution_id"] for found in rest.json()["executions"]] == made[:1]
        assert (await one.client.get("/api/sessions/s-1/journey")).json()["executions"] == made
        assert (await one.client.post("/api/sessions/s-1/end")).json() == {"session_id": "s-1", "ended": True}


async def test_another_tenants_execution_is_not_there() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one, one.somebody() as stranger:
        execution_id = (await one.run("echo", session_id="s-1"))["execution"]["execution_id"]
        where = f"/api/executions/{execution_id}"
        for path in (where, f"{where}/events"):
            problem(await stranger.get(path), 404, "not_found")
        problem(await stranger.post(f"{where}/cancel"), 404, "not_found")
        assert (await stranger.get("/api/executions")).json()["executions"] == []
        assert (await stranger.get("/api/sessions/s-1/journey")).json()["executions"] == []


async def test_what_can_be_executed_is_listed() -> None:
    async with api(extras=Gate().extras) as one:
        pairs = (await one.client.get("/api/intent-types")).json()["intent_types"]
        assert {"intent_type": "echo", "realm": "scripted"} in pairs
        problem(await one.client.post("/api/executions", json={"intent_type": "ecko"}), 400, "invalid_input")


# Followed as events


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif "id" in event:
            yield event
            event = {}
        else:
            event = {}


async def test_a_stream_tells_each_state_until_the_end() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        where = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        told = []
        async with one.client.stream("GET", f"{where}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for event in _events(answer):
                told.append(event)
                await asyncio.sleep(0.5)  # many looks, at which nothing has changed
                gate.open.set()
        assert [event["event"] for event in told] == ["running", "completed"]
        assert int(told[0]["id"]) < int(told[1]["id"])
        assert json.loads(told[1]["data"]) == (await one.client.get(where)).json()
        resumed = await one.client.get(f"{where}/events", headers={"last-event-id": told[0]["id"]})
        assert resumed.text.count("event: ") == 1 and "event: completed" in resumed.text
        done = await one.client.get(f"{where}/events", headers={"last-event-id": told[1]["id"]})
        assert done.status_code == 204
        problem(await one.client.get(f"{where}/events", headers={"last-event-id": "x"}), 400, "invalid_input")


async def test_a_stream_ends_with_the_credential_that_opened_it() -> None:
    """Whoever is shut out hears nothing more of what goes on, and cannot come again."""
    gate = Gate()
    async with api(extras=gate.extras) as one:
        where = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        issued = await one.server.application.access.issue(TENANT, [Scope.READ])
        async with asyncio.timeout(PATIENCE), one.server.client(issued.secret) as client:
            async with client.stream("GET", f"{where}/events") as answer:
                events = _events(answer)
                assert (await anext(events))["event"] == "running"
                await one.server.application.access.revoke(issued.credential.credential_id, TENANT)
                assert [event async for event in events] == []
            assert (await client.get(f"{where}/events")).status_code == 401
        gate.open.set()


async def test_streams_are_bounded_in_number_and_let_go_of_when_the_client_goes() -> None:
    gate = Gate()
    async with api(extras=gate.extras, http={"requests": 4}) as one:
        where = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        async with one.client.stream("GET", f"{where}/events"), one.client.stream("GET", f"{where}/events"):
            problem(await one.client.get(f"{where}/events"), 503, "too_many_streams")
        async with asyncio.timeout(PATIENCE):
            while True:
                async with one.client.stream("GET", f"{where}/events") as answer:
                    if answer.status_code == 200:
                        break
                await asyncio.sleep(0.05)
        gate.open.set()


@pytest.mark.parametrize("wait", ["1", "600"])
async def test_the_end_of_the_service_ends_streams_and_waits(wait: str) -> None:
    gate = Gate()
    async with asyncio.timeout(PATIENCE):
        async with api(extras=gate.extras) as one:
            accepted = await one.client.post("/api/executions", json={"intent_type": "wait", "intent_id": "i"})
            body = {"intent_type": "wait", "intent_id": "i"}
            waiting = asyncio.create_task(
                one.client.post("/api/executions", json=body, headers={"prefer": f"wait={wait}"})
            )
            async with one.client.stream("GET", f"{accepted.headers['location']}/events") as answer:
                lines = answer.aiter_lines()
                await anext(lines)
                in_work = one.server.prepared.server.server_state.tasks
                while len(in_work) < 2 and not waiting.done():  # a request that has not come yet is cut off, and may be
                    await asyncio.sleep(0.01)
                one.server.prepared.server.stop()
                async for _ in lines:
                    pass
            assert (await waiting).status_code == 202
            gate.open.set()
