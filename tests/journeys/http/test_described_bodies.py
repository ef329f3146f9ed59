"""Bodies are taken as they are described: what the description allows is taken, and what it does not is refused."""

from __future__ import annotations

from typing import Final

import attrs
import jsonschema_rs
import pytest

from artifact_plane.domain.model.json import MAX_INTEGER
from tests.doubles.documents import Document
from tests.journeys.http.api import Api, api, problem

DRY_RUN: Final = "/api/executions?dry_run=true"
KINDS: Final[tuple[object, ...]] = (1, 1.5, -1, MAX_INTEGER, MAX_INTEGER + 1, True, None, [], {})
TEXTS: Final = (
    "",
    "a b",
    "x" * 129,
    "x" * 201,
    "é",
    ".a",
    "_a",
    "-a",
    "a\n",
    "a\0",
    "semantic_payload",
    "intent",
    "a/b",
)
LISTS: Final = (["a b"], [1], ["a", "a"], [""])
VIEWS: Final[tuple[object, ...]] = (
    *({"a b": 1}, {"v": 1}, {"v": None}, {"v": []}, {"v": {"a": 1}}),
    *({"v": {"media_type": "x", "text": "a"}}, {"v": {"media_type": "a/b", "text": 1}}),
    *({"v": {"media_type": "a/" + "b" * 200, "text": ""}}, {"v": {"media_type": "é/b", "text": ""}}),
    *({"v": {"media_type": "a/b", "base64": "!"}}, {"v": {"media_type": "a/b", "base64": ""}}),
    *({"v": {"media_type": "a/b", "json": None}}, {"v": {"part": "a b"}}, {"v": {"renderer": "document"}}),
    {"v": {"renderer": "document", "format": "pdf", "x": 1}},
)


def values_for(field: str) -> tuple[object, ...]:
    """Values that a field may have, and others."""
    more: dict[str, tuple[object, ...]] = {"renderings": VIEWS, "labels": LISTS, "derived_from": LISTS}
    return KINDS + more.get(field, TEXTS)


@attrs.frozen(kw_only=True)
class Described:
    """A body that is taken, what it is called in the description, and where in it a field is tried."""

    name: str
    method: str
    path: str
    body: Document
    inside: tuple[str, ...] = ()

    def with_field(self, field: str, value: object) -> Document:
        """The body with another value in that field."""
        return _with(self.body, self.inside, field, value)


def _with(body: Document, inside: tuple[str, ...], field: str, value: object) -> Document:
    if not inside:
        return {**body, field: value}
    return {**body, inside[0]: _with(body[inside[0]], inside[1:], field, value)}


OUTPUT: Final = {"result_type": "note", "semantic_payload": {"a": 1}}
ARTIFACT: Final = {"artifact_type": "note", "payload": {"semantic_payload": {"a": 1}}}
RESULT: Final = {"intent": {"intent_type": "elsewhere"}, "realm": "r", "result": {"artifacts": {"o": OUTPUT}}}
ORIGIN: Final = {"source_execution_id": "run-1", "source_intent": "i"}
BODIES: Final = (
    Described(name="ArtifactRequest", method="POST", path="/api/artifacts", body=ARTIFACT),
    Described(name="UpdateRequest", method="PUT", path="/api/artifact/one", body={"payload": ARTIFACT["payload"]}),
    Described(name="IntentRequest", method="POST", path=DRY_RUN, body={"intent_type": "generate_roadmap"}),
    Described(name="ResultRequest", method="POST", path="/api/results", body=RESULT),
    Described(name="LineageRequest", method="POST", path="/api/artifact/one/lineage", body=ORIGIN),
    Described(name="PolicyTextRequest", method="POST", path="/api/policy/check", body={"text": ""}),
    Described(name="QuestionRequest", method="POST", path="/api/policy/explain", body={"result_type": "note"}),
    Described(name="ArtifactRequest", method="POST", path="/api/artifacts", body=ARTIFACT, inside=("payload",)),
    Described(name="ResultRequest", method="POST", path="/api/results", body=RESULT, inside=("intent",)),
    Described(
        name="ResultRequest", method="POST", path="/api/results", body=RESULT, inside=("result", "artifacts", "o")
    ),
)


def fields_of(document: Document, one: Described) -> list[str]:
    """The fields that the description has where fields are tried."""
    if one.inside[-1:] == ("o",):
        return ["semantic_payload", "renderings", "derived_from", "labels", "result_type"]
    component = {"payload": "PayloadRequest", "intent": "CarriedOutRequest"}.get("".join(one.inside), one.name)
    return list(document["components"]["schemas"][component]["properties"])


@pytest.mark.parametrize("one", BODIES, ids=lambda one: ".".join((one.name, *one.inside)))
async def test_what_is_described_is_taken_and_nothing_else(one: Described) -> None:
    """A value that a field may not have is refused; one that it may have never is for what it is."""
    async with api() as service:
        await service.create(artifact_id="one", artifact_type="note")
        document = (await service.client.get("/openapi.json")).json()
        schema = {"$ref": f"#/components/schemas/{one.name}", "components": document["components"]}
        legal = jsonschema_rs.Draft202012Validator(schema)
        assert legal.is_valid(one.body)
        for field in fields_of(document, one):
            for value in values_for(field):
                body = one.with_field(field, value)
                status = await _status(service, one, body)
                told = f"{field}={value!r:.60}: {status}"
                assert status < 500, told
                assert status not in (400, 422) or not legal.is_valid(body) or _beyond_words(one, field, status), told
                assert status >= 400 or legal.is_valid(body), told


async def _status(service: Api, one: Described, body: Document) -> int:
    headers = {"if-match": "*"} if one.method == "PUT" else {}
    return (await service.client.request(one.method, one.path, json=body, headers=headers)).status_code


def _beyond_words(one: Described, field: str, status: int) -> bool:
    """What no schema can say: an update's id is that of its address; what a realm needs, and what can be drawn."""
    return (field == "artifact_id" and one.method == "PUT" and status == 400) or status == 422


async def test_an_empty_id_of_an_intent_is_none() -> None:
    """It is refused, not replaced by a new one."""
    async with api() as one:
        told = await one.client.post("/api/executions", json={"intent_type": "visualize", "intent_id": ""})
        problem(told, 400, "invalid_input")


@pytest.mark.parametrize("packed", ["gzip", "br", "identity, gzip"])
async def test_a_packed_body_is_not_taken_for_what_it_holds(packed: str) -> None:
    """415, and the header says what is taken; ``identity`` is no packing."""
    async with api() as one:
        for path in ("/api/artifacts", "/api/policy/check"):
            answer = await one.client.post(path, json={"text": ""}, headers={"content-encoding": packed})
            assert problem(answer, 415, "unsupported_media_type")["where"] == "Content-Encoding"
            assert answer.headers["accept-encoding"] == "identity"
        plain = await one.client.post("/api/artifacts", json=ARTIFACT, headers={"content-encoding": "identity"})
        assert plain.status_code == 201
