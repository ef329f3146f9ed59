"""``Idempotency-Key``: the same POST sent again is carried out once (cases I01 to I05)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from artifact_plane.adapters.memory.clock import SettableClock
from artifact_plane.composition.profiles import Extras
from tests.doubles.documents import Document
from tests.journeys.http.api import Api, api, form_of, problem
from tests.journeys.http.waiting import Gate

BODY: Document = {"artifact_type": "roadmap", "payload": {"semantic_payload": {"a": 1}}}
KEY = {"idempotency-key": "k-1"}


async def _count(one: Api) -> int:
    return len((await one.client.get("/api/artifacts")).json()["artifacts"])


async def test_the_same_key_and_body_replays_the_answer() -> None:
    async with api() as one:
        first = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        again = await one.client.post("/api/artifacts", json=BODY, headers={"idempotency-key": '"k-1"'})
        assert first.status_code == again.status_code == 201
        assert again.json() == first.json() and again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
        assert await _count(one) == 1


async def test_so_does_that_of_what_was_there_already() -> None:
    """The first answer under the key said that it was, and so does the next."""
    async with api() as one:
        body = {**BODY, "artifact_id": "roadmap-7"}
        assert (await one.client.post("/api/artifacts", json=body)).status_code == 201
        first = await one.client.post("/api/artifacts", json=body, headers=KEY)
        again = await one.client.post("/api/artifacts", json=body, headers=KEY)
        assert first.status_code == again.status_code == 200
        assert again.json() == first.json() and first.json()["repeated"] is True
        assert again.headers["idempotency-replayed"] == "true"


async def test_twenty_at_once_make_one_artifact() -> None:
    async with api() as one:
        answers = await asyncio.gather(*(one.client.post("/api/artifacts", json=BODY, headers=KEY) for _ in range(20)))
        assert {answer.status_code for answer in answers} <= {201, 409}
        made = {answer.json()["artifact"]["artifact_id"] for answer in answers if answer.status_code == 201}
        assert len(made) == 1 and await _count(one) == 1
        for answer in answers:
            if answer.status_code == 409:
                assert problem(answer, 409, "in_progress") and answer.headers["retry-after"]


async def test_two_services_on_one_home_make_one_artifact(tmp_path: Path) -> None:
    """Neither knows what the other has in work: the ledger decides."""
    async with api(tmp_path) as one, api(tmp_path) as other:
        posts = [one.client.post("/api/artifacts", json=BODY, headers=KEY) for one in (one, other) for _ in range(4)]
        answers = await asyncio.gather(*posts)
        made = {answer.json()["artifact"]["artifact_id"] for answer in answers if answer.status_code == 201}
        assert {answer.status_code for answer in answers} <= {201, 409} and len(made) == 1
        assert await _count(one) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/artifacts", {**BODY, "metadata": {"x": 1}}),
        ("/api/policy/explain", {"result_type": "roadmap"}),
        ("/api/results", {"intent": {"intent_type": "x"}, "realm": "r", "result": {}}),
    ],
)
async def test_the_same_key_with_another_request_is_refused(path: str, body: Document) -> None:
    async with api() as one:
        await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        problem(await one.client.post(path, json=body, headers=KEY), 422, "key_reused")
        assert await _count(one) == 1


@pytest.mark.parametrize(
    "key", [b"", b'""', b'" x', b"x" * 256, b'"' + b"x" * 256 + b'"', b"a\tb", "ä".encode(), b'"a', b"a b"]
)
async def test_a_key_has_1_to_255_visible_characters(key: bytes) -> None:
    async with api() as one:
        answer = await one.client.post("/api/artifacts", json=BODY, headers=[(b"idempotency-key", key)])
        told = problem(answer, 400, "invalid_input")
        assert told["where"] == "header Idempotency-Key" and await _count(one) == 0
        longest = {"idempotency-key": "x" * 255}
        assert (await one.client.post("/api/artifacts", json=BODY, headers=longest)).status_code == 201


async def test_two_keys_at_once_are_none() -> None:
    async with api() as one:
        twice = [("idempotency-key", "a"), ("idempotency-key", "b")]
        problem(await one.client.post("/api/artifacts", json=BODY, headers=twice), 400, "invalid_input")


async def test_a_key_that_has_expired_is_free() -> None:
    clock = SettableClock(automatic=False)
    async with api(extras=Extras(clock=clock), http={"idempotency_seconds": 60}) as one:
        await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        clock.advance(59)
        assert (await one.client.post("/api/artifacts", json=BODY, headers=KEY)).headers["idempotency-replayed"]
        clock.advance(2)
        other = {**BODY, "metadata": {"x": 1}}
        assert (await one.client.post("/api/artifacts", json=other, headers=KEY)).status_code == 201
        assert await _count(one) == 2


async def test_what_was_refused_is_not_remembered() -> None:
    async with api() as one:
        wrong = {**BODY, "artifact_type": "intent"}
        assert (await one.client.post("/api/artifacts", json=wrong, headers=KEY)).status_code == 400
        assert (await one.client.post("/api/artifacts", json=BODY, headers=KEY)).status_code == 201


async def test_a_key_is_its_tenants_own() -> None:
    async with api() as one, one.somebody() as stranger:
        ours = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        theirs = await stranger.post("/api/artifacts", json={**BODY, "metadata": {"x": 1}}, headers=KEY)
        assert theirs.status_code == 201 and "idempotency-replayed" not in theirs.headers
        assert theirs.json()["artifact"]["artifact_id"] != ours.json()["artifact"]["artifact_id"]


async def test_a_key_outlives_the_service(tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        first = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
    async with api(tmp_path) as one:
        again = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"


async def test_the_replay_of_a_deleted_artifact_is_still_its_creation() -> None:
    async with api() as one:
        first = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        await one.client.delete(first.headers["location"])
        again = await one.client.post("/api/artifacts", json=BODY, headers=KEY)
        assert again.status_code == 201 and again.json()["artifact"]["state"] == "deleted"
        assert await _count(one) == 0


async def test_a_form_is_the_same_request_whatever_its_boundary() -> None:
    async with api() as one:
        form = form_of("artifact", BODY) | {"file": ("x", b"x" * 200_000, "a/b")}
        first, again = [await one.client.post("/api/artifacts", files=form, headers=KEY) for _ in range(2)]
        assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"
        other = form | {"file": ("x", b"y" * 200_000, "a/b")}
        problem(await one.client.post("/api/artifacts", files=other, headers=KEY), 422, "key_reused")


async def test_every_other_post_keeps_its_key_too() -> None:
    gate = Gate()
    async with api(extras=gate.extras) as one:
        artifact = (await one.create())["artifact_id"]
        execution = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        posts: dict[str, Document | None] = {
            "/api/executions": {"intent_type": "echo"},
            "/api/executions?dry_run=true": {"intent_type": "echo"},
            "/api/results": {"intent": {"intent_type": "x"}, "realm": "r", "result": {"artifacts": {"o": {}}}},
            f"{execution}/cancel": None,
            f"/api/artifact/{artifact}/lineage": {"source_execution_id": "run-1", "source_intent": "i-1"},
            "/api/policy/check": {"text": "materialization_policy: {sop: presist}"},
            "/api/policy/explain": {"result_type": "roadmap"},
            "/api/sessions/s-1/end": None,
        }
        for number, (path, body) in enumerate(posts.items()):
            key = {"idempotency-key": f"key-{number}", "prefer": "wait=30"}
            first, again = [await one.client.post(path, json=body, headers=key) for _ in range(2)]
            assert first.status_code < 300, (path, first.text)
            assert (again.status_code, again.json()) == (first.status_code, first.json()), path
            assert again.headers["idempotency-replayed"] == "true", path
            problem(await one.client.post("/api/artifacts", json=BODY, headers=key), 422, "key_reused")
