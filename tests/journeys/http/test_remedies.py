"""What to do about an error: in routes for whoever asks over HTTP, in commands for whoever uses ``ap --server``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import attrs
import httpx
import pytest

from tests.journeys.driving import Room, Shell
from tests.journeys.http.api import api
from tests.journeys.http.process import served

FAILING: Final = {"intent_type": "parse_content", "intent_id": "nothing-attached"}
COMMANDS: Final = {
    "GET /api/artifact/nobody": ("show", "nobody"),
    "GET /api/artifact/gone": ("show", "gone"),
    "GET /api/artifact/nobody/lineage": ("lineage", "nobody"),
    "GET /api/artifact/nobody/explain": ("explain", "nobody"),
    "GET /api/executions/nobody": ("execution", "nobody"),
    "DELETE /api/artifact/nobody": ("rm", "nobody"),
}
"""Questions that are answered by an error, and the commands that ask the same."""


@attrs.frozen(kw_only=True)
class Both:
    """One service: over HTTP, by ``ap --server``, and its home."""

    client: httpx.Client
    room: Room
    url: str
    token: str

    def at_home(self, *words: str) -> str:
        """What a command on the home says is to be done."""
        return str(self.room.ap(*words, "--json").error["remedy"])

    def at_server(self, *words: str) -> str:
        """What the same command on the service says."""
        answer = self.room.ap(*words, "--server", self.url, "--json", env={"ARTIFACT_PLANE_TOKEN": self.token})
        return str(answer.error["remedy"])


@pytest.fixture
def both(shell: Shell, room: Room) -> Iterator[Both]:
    """With one artifact that was deleted."""
    token = shell.json("token", "create", "--scope", "read,write,delete,execute,policy")["token"]
    with (
        served(shell) as one,
        httpx.Client(base_url=one.url, headers={"authorization": f"Bearer {token}"}, trust_env=False) as client,
    ):
        body = {"artifact_type": "roadmap", "artifact_id": "gone", "payload": {"semantic_payload": {}}}
        assert client.post("/api/artifacts", json=body).status_code == 201
        assert client.delete("/api/artifact/gone").status_code == 200
        yield Both(client=client, room=room, url=one.url, token=token)


def test_whoever_asks_over_http_is_told_routes_and_whoever_gives_a_command_is_told_commands(both: Both) -> None:
    for question, words in COMMANDS.items():
        method, _, path = question.partition(" ")
        told = both.client.request(method, path).json()
        assert "`ap " not in told["remedy"] and " /api/" in told["remedy"], told
        assert "`ap " in told["command_line"]
        assert both.at_home(*words) == both.at_server(*words)
        assert "`ap " in both.at_server(*words)


def test_a_run_that_failed_says_both(both: Both) -> None:
    answer = both.client.post("/api/executions", json=FAILING, headers={"prefer": "wait=30"}).json()
    failure, execution_id = answer["execution"]["failure"], answer["execution"]["execution_id"]
    assert "a part `" in failure["remedy"] and "--attach" in failure["command_line"]
    (listed,) = both.client.get("/api/executions").json()["executions"]
    assert listed["failure"] == failure
    with both.client.stream("GET", f"/api/executions/{execution_id}/events") as events:
        data = [line.removeprefix("data: ") for line in events.iter_lines() if line.startswith("data: ")]
    assert json.loads(data[-1])["execution"]["failure"] == failure
    shown = both.room.ap(
        "execution", execution_id, "--server", both.url, "--json", env={"ARTIFACT_PLANE_TOKEN": both.token}
    )
    assert shown.document["execution"]["failure"]["remedy"] == failure["command_line"]


async def test_a_token_is_made_by_whoever_runs_the_service() -> None:
    """Nobody makes one over HTTP, so the command stands there, and whose it is."""
    async with api() as one, one.server.client() as nobody:
        told = (await nobody.get("/api/artifacts")).json()
        assert "whoever runs the service makes one with `ap token create`" in told["remedy"]
