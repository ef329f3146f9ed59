"""A service that dies in the middle of a run, and the one that comes after it."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.journeys.driving import PATIENCE, Shell
from tests.journeys.http.process import Served, served
from tests.journeys.napping import Bed


def client_of(one: Served, token: str) -> httpx.Client:
    """A client of a service."""
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=one.url, headers=headers, trust_env=False, timeout=PATIENCE)


def state_of(client: httpx.Client, execution_id: str) -> str:
    """The state of an execution."""
    told: dict[str, Any] = client.get(f"/api/executions/{execution_id}").raise_for_status().json()
    return str(told["execution"]["state"])


def test_a_run_that_was_cut_off_is_finished_by_the_next_service(sleepy: Shell, bed: Bed) -> None:
    """kill -9 in mid-run; the next start takes it over of itself, and it ends once."""
    token = sleepy.json("token", "create", "--scope", "read,execute")["token"]
    with served(sleepy) as one, client_of(one, token) as client:
        answer = client.post("/api/executions", json={"intent_type": "nap", "intent_id": "i-1"})
        assert answer.status_code == 202
        execution_id = answer.json()["execution"]["execution_id"]
        bed.asleep()
        one.process.kill()
    bed.wake()
    with served(sleepy) as two, client_of(two, token) as client:
        deadline = time.monotonic() + PATIENCE
        while state_of(client, execution_id) != "completed":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert len(client.get("/api/artifacts").json()["artifacts"]) == 1
        assert two.stop() == (0, "")
