"""Answers without bound are made off the event loop: whoever asks for thousands of rulings holds up nobody else."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import httpx
import orjson
import pytest

from artifact_plane.adapters.codec import views, views_policy
from artifact_plane.adapters.http import answers
from artifact_plane.adapters.http.answers import MANY, answer_of_many
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.documents import Document
from tests.doubles.realms import ScriptedRealm
from tests.journeys.driving import Room
from tests.journeys.http.api import Api, api, put

_MAKING: Final = frozenset({views.__file__, views_policy.__file__})
_INTENT: Final = {"intent_type": "forecast", "intent_id": "f-1", "session_id": "s-1"}


@contextmanager
def made_on_the_loop() -> Iterator[list[str]]:
    """Which views were made and which documents written meanwhile by this very thread, where the event loop runs."""
    seen: list[str] = []

    def note(frame: FrameType, event: str, what: object) -> None:
        if event == "call" and frame.f_code.co_filename in _MAKING:
            seen.append(frame.f_code.co_name)
        elif event == "c_call" and what is orjson.dumps and frame.f_code.co_filename == answers.__file__:
            seen.append("orjson.dumps")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def many_results() -> Document:
    """A result of a realm with more outputs than are told of on the loop."""
    outputs = {f"o-{n}": {"result_type": "note", "semantic_payload": {"n": n}} for n in range(MANY)}
    return {"intent": _INTENT, "realm": "forecasting", "result": {"artifacts": outputs}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a policy of more rules than are told of on the loop."""
    room = Room(tmp_path_factory.mktemp("many"))
    folder = room.home / "policy"
    folder.mkdir(parents=True)
    rules = "".join(f"  type_{n}: persist\n" for n in range(MANY))
    (folder / "platform.yaml").write_text(f"materialization_policy:\n{rules}")
    return room.home


@pytest.fixture
async def one(home: Path) -> AsyncIterator[Api]:
    """A service over that home."""
    async with api(home, http={"log_format": "none"}) as found:
        yield found


async def test_an_execution_with_many_results_is_told_off_the_loop(one: Api) -> None:
    """Handed in, handed in again, read, followed, and listed."""
    body = orjson.dumps(many_results())
    with made_on_the_loop() as seen:
        handed_in = await one.client.post(
            "/api/results", content=body, headers={"content-type": "application/json", "idempotency-key": "k"}
        )
        again = await one.client.post(
            "/api/results", content=body, headers={"content-type": "application/json", "idempotency-key": "k"}
        )
        where = handed_in.headers["location"]
        read, followed = await one.client.get(where), await one.client.get(f"{where}/events")
        listed = await one.client.get("/api/executions")
    assert seen == []
    assert [answer.status_code for answer in (handed_in, again, read, followed, listed)] == [201, 201, 200, 200, 200]
    assert again.json() == handed_in.json() and len(read.json()["receipts"]) == MANY
    assert followed.text.count("\ndata: ") == 1 and len(listed.json()["executions"][0]["references"]) == MANY


async def test_an_artifact_with_many_parts_is_told_off_the_loop(one: Api) -> None:
    """Its creation, its receipts, its explanation."""
    many = {f"view-{n}": {"media_type": "text/plain", "text": "x"} for n in range(MANY)}
    body = orjson.dumps({"artifact_type": "note", "payload": {"semantic_payload": {"n": 0}, "renderings": many}})
    with made_on_the_loop() as seen:
        made = await one.client.post("/api/artifacts", content=body, headers={"content-type": "application/json"})
    assert seen == [] and made.status_code == 201
    where = made.headers["location"]
    for word in ("receipts", "explain"):
        assert len((await asked(one.client, f"{where}/{word}"))["receipts"][0]["parts"]) == MANY + 1


async def asked(client: httpx.AsyncClient, path: str) -> Document:
    """What a GET answers, made off the loop."""
    with made_on_the_loop() as seen:
        answer = await client.get(path)
    assert seen == [] and answer.status_code == 200, (path, seen[:3], answer.text[:200])
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def test_versions_and_lineage_without_bound_are_told_off_the_loop() -> None:
    async with api() as one:
        where = f"/api/artifact/{(await one.create())['artifact_id']}"
        for n in range(MANY):
            await one.create({"n": n}, derived_from=[where.rpartition("/")[2]])
        assert len((await asked(one.client, f"{where}/lineage?direction=downstream&nodes=1000"))["edges"]) == MANY
        assert len((await asked(one.client, f"{where}/lineage?direction=impact&nodes=1000"))["artifacts"]) == MANY
        for n in range(1, MANY):
            assert (await put(one.client, where, payload={"n": n})).status_code == 200
        assert len((await asked(one.client, f"{where}/versions"))["versions"]) == MANY


async def test_a_run_and_a_plan_of_many_outputs_are_told_off_the_loop() -> None:
    """Waited for, or tried dry; and the session's journey."""
    async with api(extras=Extras(realms=(ScriptedRealm({"wide": many_outputs}),))) as one:
        body = orjson.dumps({"intent_type": "wide", "session_id": "s-1"})
        with made_on_the_loop() as seen:
            headers = {"content-type": "application/json", "prefer": "wait=30"}
            planned = await one.client.post("/api/executions?dry_run=true", content=body, headers=headers)
            ran = await one.client.post("/api/executions", content=body, headers=headers)
        assert seen == [] and len(planned.json()["outputs"]) == len(ran.json()["receipts"]) == MANY
        for n in range(MANY):
            made = {"intent": {**_INTENT, "intent_id": f"i-{n}"}, "realm": "forecasting", "result": {}}
            assert (await one.client.post("/api/results", json=made)).status_code == 201
        assert len((await asked(one.client, "/api/sessions/s-1/journey"))["executions"]) == MANY + 1


async def many_outputs(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
    """A realm with many things to say."""
    return RealmResult(
        artifacts={f"o-{n}": Output(result_type="other", semantic_payload={"n": n}) for n in range(MANY)}
    )


async def test_a_policy_of_many_rules_is_told_off_the_loop(one: Api) -> None:
    """What is in force, and all that is wrong with a text."""
    assert len((await asked(one.client, "/api/policy"))["platform"]["rules"]) == MANY
    wrong = "materialization_policy:\n" + "".join(f"  type_{n}: presist\n" for n in range(MANY))
    with made_on_the_loop() as seen:
        answer = await one.client.post(
            "/api/policy/check", content=wrong.encode(), headers={"content-type": "text/yaml"}
        )
    assert seen == [] and len(answer.json()["errors"]) >= MANY


async def test_what_is_small_is_told_where_it_is_known() -> None:
    """A hop to a thread would cost more; this is also how the tests above see a hop that is missing."""
    with made_on_the_loop() as seen:
        await answer_of_many(MANY - 1, lambda: {})
    assert seen == ["orjson.dumps"]
