"""The OpenAPI document says what the routes are, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from artifact_plane.adapters.http.ops import OPS
from artifact_plane.adapters.http.routes import API, OPERATIONS
from artifact_plane.adapters.http.scopes import Open
from tests.journeys.http.api import api
from tests.journeys.http.waiting import Gate


async def _document() -> dict[str, Any]:
    async with api(extras=Gate().extras) as one:
        found = (await one.client.get("/openapi.json")).json()
        assert isinstance(found, dict)
        return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


async def test_every_route_is_described_with_the_scope_that_it_needs() -> None:
    described = {(method, path): one["x-scope"] for method, path, one in _operations(await _document())}
    heads = {("GET", path): described.pop((method, path)) for method, path in [*described] if method == "HEAD"}
    assert described == {route: need.value for group in (API, OPS) for route, need in group.needs.items()}
    assert heads.items() <= described.items() and len(heads) == 1
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


async def test_every_operation_has_its_words_parameters_and_statuses() -> None:
    for method, path, operation in _operations(await _document()):
        what = f"{method} {path}"
        assert operation["summary"].endswith("."), what
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path)), what
        statuses = set(operation["responses"])
        assert statuses >= {"400", "421", "429", "431", "500", "503"}, what
        public = operation["x-scope"] == Open.PUBLIC.value
        assert ({"401", "403"} <= statuses) is not public, what
        assert ("requestBody" in operation) is bool({"408", "413", "415"} & statuses), what
        assert ("{artifact_id}" in path) <= ("404" in statuses), what
        keyed = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
        assert keyed is (method == "POST") and (not keyed or {"409", "422"} <= statuses), what


async def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    document = await _document()
    used = set(_references(document))
    components = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in document["components"][kind]
    }
    assert used == components


def _references(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
            pending += one.values()
        elif isinstance(one, list):
            pending += one


async def test_every_link_names_an_operation_and_its_parameter() -> None:
    document = await _document()
    names = {one["operationId"]: {p["name"] for p in one["parameters"]} for _, _, one in _operations(document)}
    links = [
        link
        for _, _, operation in _operations(document)
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert links
    for link in links:
        assert set(link["parameters"]) <= names[link["operationId"]]


async def test_the_intent_types_are_those_of_this_service() -> None:
    schema = (await _document())["components"]["schemas"]["IntentRequest"]
    assert {"echo", "parse_content"} <= set(schema["properties"]["intent_type"]["enum"])
    assert schema["additionalProperties"] is False and schema["required"] == ["intent_type"]


async def test_the_document_is_for_everybody_and_the_same_for_all() -> None:
    async with api() as one, one.server.client() as nobody:
        answer = await nobody.get("/openapi.json")
        assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.1")
        assert "acme" not in answer.text
        again = await nobody.get("/openapi.json", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_options_tells_the_methods_of_a_path() -> None:
    async with api() as one:
        allowed: dict[str, set[str]] = {}
        for method, path in (*API.needs, *OPS.needs):
            allowed.setdefault(path, {"OPTIONS"}).update({method, "HEAD"} if method == "GET" else {method})
        for path, methods in allowed.items():
            target = re.sub(r"{\w+}", "x", path)
            answer = await one.client.options(target)
            assert answer.status_code == 204, target
            assert set(answer.headers["allow"].split(", ")) == methods, target
            wrong = await one.client.request("PATCH", target)
            assert wrong.status_code == 405 and set(wrong.headers["allow"].split(", ")) == methods, target


async def test_those_who_look_after_the_service_find_its_routes_described() -> None:
    """Alive, ready, in figures: each with its statuses, an example of each answer, and whom it needs."""
    paths = (await _document())["paths"]
    for path, statuses in (("/livez", {"200"}), ("/readyz", {"200", "503"}), ("/metrics", {"200"})):
        answers = paths[path]["get"]["responses"]
        for status in statuses:
            assert any("example" in one for one in answers[status]["content"].values()), (path, status)
    assert [paths[path]["get"].get("security") for path in ("/livez", "/readyz", "/metrics")] == [[], [], None]
    assert paths["/metrics"]["get"]["x-scope"] == "admin"


async def test_of_what_is_public_anybody_learns_the_methods() -> None:
    """Where GET needs nobody, another method is told that it is none; elsewhere nobody learns anything."""
    async with api() as one, one.server.client() as nobody:
        for path in ("/livez", "/readyz", "/openapi.json"):
            told, wrong = await nobody.options(path), await nobody.request("PATCH", path)
            assert (told.status_code, wrong.status_code) == (204, 405), path
            assert set(told.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}, path
        for path in ("/metrics", "/api/artifacts", "/nothing"):
            answers = [await nobody.options(path), await nobody.request("PATCH", path)]
            assert [answer.status_code for answer in answers] == [401, 401], path


async def test_every_body_and_every_answer_has_an_example_of_its_form() -> None:
    """Of each status with a content, problems too; and each is what the schema beside it describes."""
    document = await _document()
    shared, seen = document["components"]["responses"], 0
    for method, path, operation in _operations(document):
        responses = {
            status: shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for status, one in operation["responses"].items()
        }
        contents = {status: one.get("content", {}) for status, one in responses.items()}
        for place, content in {**contents, "body": operation.get("requestBody", {}).get("content", {})}.items():
            for kind, told in content.items():
                examples = [one["value"] for one in told.get("examples", {}).values()] or [told["example"]]
                schema = told.get("schema", {}) | {"components": document["components"]}
                is_json = kind in ("application/json", "application/problem+json", "multipart/form-data")
                legal = jsonschema_rs.Draft202012Validator(schema if is_json else {})
                assert all(map(legal.is_valid, examples)), (method, path, place, kind)
                seen += len(examples)
    assert seen > 300


async def test_every_example_of_a_problem_is_of_its_status() -> None:
    document = await _document()
    for name, response in document["components"]["responses"].items():
        ((_, content),) = response["content"].items()
        assert name == f"Problem{content['example']['status']}"
