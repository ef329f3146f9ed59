"""The API of the real server, in this process: a client with a token, and the few things nearly every test asks for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

import attrs
import httpx

from artifact_plane.adapters.http.routes import API
from artifact_plane.composition.profiles import Extras
from artifact_plane.composition.service import Faces
from artifact_plane.domain.model.credential import Scope
from tests.doubles.documents import Document
from tests.journeys.http.serving import OTHER_TENANT, TENANT, Running, serving

Form: TypeAlias = dict[str, tuple[str | None, bytes, str]]

_GENEROUS: Final = {"rate": 100_000, "burst": 100_000}


@attrs.frozen(kw_only=True)
class Api:
    """A service, and a client of it that may do everything in its tenant."""

    server: Running
    client: httpx.AsyncClient

    async def create(self, semantic_payload: Mapping[str, object] | None = None, **more: object) -> Document:
        """A new artifact's record; ``more`` are fields of its payload, or of the body where the body has such."""
        own = {name: more.pop(name) for name in [*more] if name in _OF_BODY}
        body = {
            "artifact_type": "roadmap",
            "payload": {"semantic_payload": semantic_payload or {"a": 1}, **more},
            **own,
        }
        answer = await self.client.post("/api/artifacts", json=body)
        assert answer.status_code in (200, 201), answer.text
        record = answer.json()["artifact"]
        assert isinstance(record, dict)
        return record

    async def run(self, intent_type: str, **more: object) -> Document:
        """The execution of an intent, at its end."""
        body = {"intent_type": intent_type, **more}
        answer = await self.client.post("/api/executions", json=body, headers={"prefer": "wait=30"})
        assert answer.status_code == 200, answer.text
        result = answer.json()
        assert isinstance(result, dict)
        return result

    @asynccontextmanager
    async def somebody(self, *scopes: Scope, tenant: str = OTHER_TENANT) -> AsyncIterator[httpx.AsyncClient]:
        """A client of another tenant, or with fewer scopes."""
        async with self.server.client(await self.server.token(*scopes, tenant=tenant)) as client:
            yield client


_OF_BODY: Final = (
    "artifact_type",
    "artifact_id",
    "metadata",
    "session_id",
    "solution_id",
    "execution_id",
    "intent_type",
    "realm",
)


@asynccontextmanager
async def api(
    home: Path | None = None, *, http: Mapping[str, object] | None = None, extras: Extras | None = None
) -> AsyncIterator[Api]:
    """The API over ``home``, or in memory; ``http`` are settings of the service."""
    faces = Faces(groups=(API,))
    async with serving(home, faces=lambda: faces, http={**_GENEROUS, **(http or {})}, extras=extras) as server:
        token = await server.token(tenant=TENANT)
        async with server.client(token) as client:
            yield Api(server=server, client=client)


def form_of(part: str, document: Mapping[str, object]) -> Form:
    """A form with that JSON document; files may be added."""
    return {part: (None, json.dumps(document).encode(), "application/json")}


async def put(
    client: httpx.AsyncClient, where: str, if_match: str = "*", payload: Mapping[str, object] | None = None
) -> httpx.Response:
    """The answer to an update to this meaning."""
    body = {"payload": {"semantic_payload": payload or {}}}
    return await client.put(where, json=body, headers={"if-match": if_match})


def problem(answer: httpx.Response, status: int, code: str) -> Document:
    """The problem that an answer tells, which must be of this status and code."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert isinstance(told, dict)
    assert (told["status"], told["code"]) == (status, code), told
    assert told["request_id"] == answer.headers["x-request-id"]
    return told
