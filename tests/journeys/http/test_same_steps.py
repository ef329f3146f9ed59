"""Another tenant's id and an id that never was are refused by the same steps: no answer's time tells them apart.

What the steps cost the database is in ``tests/adapters/postgres/test_same_steps.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import attrs
import httpx
import pytest

from tests.doubles.recording import Calls, recorded
from tests.journeys.http.serving import OTHER_TENANT, serving

THEIRS: Final = "ours-1"
NEVER: Final = "none-1"
CHANGE: Final[Mapping[str, Any]] = {"json": {"artifact_type": "note", "payload": {"semantic_payload": {"n": 1}}}}
ASKED: Final[Sequence[tuple[str, str, Mapping[str, Any]]]] = (
    ("GET", "/api/artifact/{}", {}),
    ("GET", "/api/artifact/{}?version=1", {}),
    ("GET", "/api/artifact/{}", {"headers": {"if-none-match": '"x"'}}),
    ("GET", "/api/artifact/{}/versions", {}),
    ("GET", "/api/artifact/{}/receipts", {}),
    ("GET", "/api/artifact/{}/explain", {}),
    ("GET", "/api/artifact/{}/lineage", {}),
    ("GET", "/api/artifact/{}/lineage?direction=downstream", {}),
    ("GET", "/api/artifact/{}/lineage/path/another", {}),
    ("GET", "/api/artifact/{}/renderings/note", {}),
    ("HEAD", "/api/artifact/{}/renderings/note", {}),
    ("PUT", "/api/artifact/{}", {**CHANGE, "headers": {"if-match": "*"}}),
    ("PUT", "/api/artifact/{}", {**CHANGE, "headers": {"if-match": '"1"'}}),
    ("DELETE", "/api/artifact/{}", {}),
    ("GET", "/artifacts/{}", {}),
    ("GET", "/artifacts/{}/lineage", {}),
    ("GET", "/artifacts/{}/delete", {}),
    ("GET", "/artifacts/{}/parts/note", {}),
    ("GET", "/compare?left={}&right=another", {}),
)


@attrs.frozen(kw_only=True)
class Stranger:
    """Somebody of another tenant, and all that is asked of the ports on their behalf."""

    client: httpx.AsyncClient
    calls: Calls

    async def steps(self, method: str, path: str, more: Mapping[str, Any], artifact_id: str) -> tuple[int, list[str]]:
        """The status of an answer and the calls that it took, with the id taken out."""
        self.calls.taken()
        answer = await self.client.request(method, path.format(artifact_id), **more)
        return answer.status_code, [one.replace(artifact_id, "<id>") for one in self.calls.taken()]


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    """Beside an artifact of somebody else, with a rendering and two versions."""
    calls = Calls()
    async with serving(wrapped=lambda adapters: recorded(adapters, calls)) as running:
        async with running.client(await running.token()) as owner:
            view = {"note": {"media_type": "text/plain", "text": "x"}}
            payload = {"semantic_payload": {"n": 0}, "renderings": view}
            body = {"artifact_type": "note", "artifact_id": THEIRS, "payload": payload}
            assert (await owner.post("/api/artifacts", json=body)).status_code == 201
            assert (await owner.put(f"/api/artifact/{THEIRS}", json=body, headers={"if-match": "*"})).is_success
        async with running.client(await running.token(tenant=OTHER_TENANT)) as client:
            yield Stranger(client=client, calls=calls)


@pytest.mark.parametrize(("method", "path", "more"), ASKED)
async def test_the_same_calls_in_the_same_order(
    stranger: Stranger, method: str, path: str, more: Mapping[str, Any]
) -> None:
    """With the same values but for the id; and the answer is the same 404."""
    theirs = await stranger.steps(method, path, more, THEIRS)
    never = await stranger.steps(method, path, more, NEVER)
    assert theirs == never
    status, steps = theirs
    assert status == 404
    assert any("<id>" in one for one in steps), "nobody was asked"
