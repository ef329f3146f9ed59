"""HEAD of whatever can be read: what GET would say of it, without the thing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from artifact_plane.composition.service import installed_faces
from artifact_plane.domain.model.credential import Scope
from tests.journeys.http.api import api
from tests.journeys.http.serving import PATIENCE, TENANT, serving, status_of, table_of
from tests.journeys.http.waiting import Gate

_PASSING: Final = frozenset({"date", "x-request-id", "content-length", "set-cookie"})
"""Headers that may differ from one answer to the next; where the length is that of a stored thing, it is compared."""


async def furnished(client: httpx.AsyncClient) -> Mapping[str, str]:
    """What the templates of all paths stand for."""
    view = {"note": {"media_type": "text/plain", "text": "some text"}}
    body = {"artifact_type": "roadmap", "payload": {"semantic_payload": {"a": 1}, "renderings": view}}
    made = (await client.post("/api/artifacts", json=body)).json()["artifact"]["artifact_id"]
    child = {**body, "payload": {**body["payload"], "derived_from": [made]}}  # type: ignore[dict-item]
    await client.post("/api/artifacts", json=child)
    ran = await client.post("/api/executions", json={"intent_type": "echo"}, headers={"prefer": "wait=30"})
    return {
        "{artifact_id}": made,
        "{origin}": made,
        "{prefix}": made,
        "{name}": "note",
        "{execution_id}": ran.json()["execution"]["execution_id"],
        "{session_id}": "s-1",
    }


async def test_it_answers_as_get_does_and_without_a_body() -> None:
    """The same status and headers, over every route of the API and of the service itself."""
    async with api(extras=Gate().extras) as one:
        names = await furnished(one.client)
        paths = sorted(path for method, path in table_of(one.server).routes if method == "GET" and path != "/metrics")
        for template in paths:
            path = template
            for name, value in names.items():
                path = path.replace(name, value)
            got, headed = await one.client.get(path), await one.client.head(path)
            assert headed.status_code == got.status_code and headed.content == b"", template
            said, told = ({**answer.headers} for answer in (got, headed))
            assert {k: v for k, v in told.items() if k not in _PASSING} == {
                k: v for k, v in said.items() if k not in _PASSING
            }, template
            if got.status_code == 200 and template.startswith("/api/artifact"):
                assert told["content-length"] == said["content-length"], template


async def test_nothing_follows_the_head_on_the_connection() -> None:
    """The next answer begins where the headers end; a stream that would go on for ever is let go of."""
    gate = Gate()
    async with api(extras=gate.extras) as one:
        where = (await one.client.post("/api/executions", json={"intent_type": "wait"})).headers["location"]
        token = await one.server.token()
        head = f"HEAD %s HTTP/1.1\r\nHost: {one.server.host}\r\nAuthorization: Bearer {token}\r\n%s\r\n"
        targets = (f"{where}/events", "/api/artifacts", "/livez")
        asked = [head % (target, "") for target in targets[:-1]] + [head % (targets[-1], "Connection: close\r\n")]
        answers = (await one.server.raw("".join(asked).encode())).split(b"\r\n\r\n")
        assert [status_of(answer) for answer in answers[:-1]] == [200, 200, 200] and answers[-1] == b""
        async with asyncio.timeout(PATIENCE):
            while one.server.prepared.server.server_state.tasks:
                await asyncio.sleep(0.01)
        gate.open.set()


async def test_to_look_at_the_first_link_does_not_use_it_up() -> None:
    """Programs that show previews of links ask so."""
    async with serving(faces=installed_faces) as running, running.client() as client:
        issued = await running.application.access.invite(TENANT, [Scope.READ], expires_in=60)
        looked = await client.head(f"/login?token={issued.secret}")
        assert (looked.status_code, looked.headers.get("set-cookie")) == (200, None)
        assert (await client.get(f"/login?token={issued.secret}")).status_code == 303
