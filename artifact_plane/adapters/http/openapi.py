"""The OpenAPI 3.1 document, made from the operations that answer: it cannot say what they do not do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from artifact_plane.adapters.http import bodies
from artifact_plane.adapters.http.idempotency import PATTERN
from artifact_plane.adapters.http.in_progress import HEADER
from artifact_plane.adapters.http.openapi_bodies import FREE, component_of, outputs_of, schema_of
from artifact_plane.adapters.http.openapi_examples import problem_example
from artifact_plane.adapters.http.openapi_schemas import ANSWERED, TEXT, ref
from artifact_plane.adapters.http.operations import Answer, Operation
from artifact_plane.adapters.http.parameters import IDENTIFIER_PATTERN, NAME_PATTERN, Parameter
from artifact_plane.adapters.http.problems import MEDIA_TYPE as PROBLEM
from artifact_plane.adapters.http.scopes import Open
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.domain.model.json import Json, JsonObject

VERSION: Final = "3.1.0"

BODIES: Final = (
    bodies.ArtifactBody,
    bodies.UpdateBody,
    bodies.PayloadBody,
    bodies.IntentBody,
    bodies.CarriedOutBody,
    bodies.ResultBody,
    bodies.LineageBody,
    bodies.PolicyTextBody,
    bodies.QuestionBody,
)

EVERYWHERE: Final[Mapping[int, str]] = {
    400: "The request cannot be accepted: the detail says what is wrong and where.",
    421: "The service does not go by that name.",
    429: "Too many requests of this credential, at once or in a second, or too many failed authentications of this "
    "address.",
    431: "The request's head is too large.",
    500: "A bug of ours; report it with the request id.",
    503: "A store does not answer, or the service is full; Retry-After says when to try again.",
}
WITH_CALLER: Final[Mapping[int, str]] = {
    401: "No credential, or none that is good.",
    403: "The credential lacks the scope that this needs, or the steward's governance forbids it.",
    502: "What is stored is damaged, as its digest or its form says: nothing of it is given.",
}
WITH_BODY: Final[Mapping[int, str]] = {
    408: "The body does not come in time.",
    413: "The body is larger than the settings allow.",
    415: "The body is of a media type that is not accepted here.",
}
WITH_KEY: Final[Mapping[int, str]] = {
    409: "Another was first; or a request with this key is still in work.",
    422: "The key was sent with another request; or what was asked cannot be carried out.",
}
_COMMON: Final[Mapping[int, str]] = {**EVERYWHERE, **WITH_CALLER, **WITH_BODY, **WITH_KEY}
_HEADER_OF: Final[Mapping[int, tuple[str, str]]] = {
    401: ("WWW-Authenticate", "How to authenticate."),
    429: ("Retry-After", "Seconds to wait."),
    503: ("Retry-After", "Seconds to wait, where waiting may help."),
}
KEY_HEADER: Final[Mapping[str, JsonObject]] = {
    HEADER: {
        "description": "Makes the POST one that can be sent again: same key and content, same answer. Quoted or bare.",
        "schema": {"type": "string", "pattern": PATTERN},
    }
}


def document(
    operations: Iterable[Operation], settings: HttpSettings, *, version: str, intent_types: Iterable[str]
) -> JsonObject:
    """The document that describes ``operations`` within the bounds of ``settings``.

    ``intent_types`` are those that can be executed here.
    """
    paths: dict[str, dict[str, JsonObject]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = described(operation)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Artifact Plane",
            "version": version,
            "summary": "Decides by policy what a runtime keeps, stores it, and explains every decision.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _TOKEN}},
            "responses": {f"Problem{status}": _problem(status, about) for status, about in _COMMON.items()},
            "schemas": _schemas(sorted(set(intent_types)), settings),
        },
    }


_TOKEN: Final = "A token of the plane (`ap token create`), or one of the issuer that the service trusts."  # noqa: S105


def described(operation: Operation) -> JsonObject:
    """One operation."""
    described: dict[str, Json] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *map(_query, operation.query), *_headers(operation)],
        "responses": _responses(operation),
        "x-scope": operation.need.value,
    }
    if operation.about:
        described["description"] = operation.about
    if operation.body is not None:
        described["requestBody"] = {"required": operation.body.required, "content": operation.body.content}
    if operation.need is Open.PUBLIC:
        described["security"] = []
    return described


def _path_parameters(operation: Operation) -> list[JsonObject]:
    names = [piece.partition("}")[0] for piece in operation.path.split("{")[1:]]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": NAME_PATTERN if name == "name" else IDENTIFIER_PATTERN},
        }
        for name in names
    ]


def _query(parameter: Parameter[object]) -> JsonObject:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.about,
        "schema": parameter.schema,
    }


def _headers(operation: Operation) -> list[JsonObject]:
    given = {**operation.headers, **(KEY_HEADER if operation.method == "POST" else {})}
    return [{"name": name, "in": "header", "required": False, **said} for name, said in given.items()]


def _responses(operation: Operation) -> JsonObject:
    answers = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    statuses = [*EVERYWHERE]
    if operation.need is not Open.PUBLIC:
        statuses += WITH_CALLER
    if operation.body is not None:
        statuses += WITH_BODY
    if operation.method == "POST":
        statuses += WITH_KEY
    common: dict[int, JsonObject] = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}
    problems = common | {status: _problem(status, about) for status, about in operation.problems.items()}
    return {**{str(status): problems[status] for status in sorted(problems)}, **answers}


def _answer(answer: Answer) -> JsonObject:
    said: dict[str, Json] = {"description": answer.about, "headers": {**_REQUEST_ID, **answer.headers}}
    if answer.content:
        said["content"] = answer.content
    if answer.links:
        said["links"] = answer.links
    return said


def _problem(status: int, about: str) -> JsonObject:
    headers: dict[str, Json] = {**_REQUEST_ID}
    if status in _HEADER_OF:
        name, told = _HEADER_OF[status]
        headers[name] = {"description": told, "schema": TEXT}
    return {
        "description": about,
        "headers": headers,
        "content": {PROBLEM: {"schema": ref("Problem"), "example": problem_example(status)}},
    }


_REQUEST_ID: Final[JsonObject] = {
    "X-Request-Id": {"description": "The request's id, as the service's log has it.", "schema": TEXT, "required": True}
}


def _schemas(intent_types: list[str], settings: HttpSettings) -> JsonObject:
    most = settings.of_output
    made = {component_of(kind): schema_of(kind, intent_types=intent_types, most=most) for kind in BODIES}
    return {**ANSWERED, **FREE, **outputs_of(settings), **made}
