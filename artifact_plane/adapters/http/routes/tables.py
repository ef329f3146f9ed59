"""What the tables of operations have in common: forms of answers and bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from artifact_plane.adapters.http.answers import JSON
from artifact_plane.adapters.http.multipart import MEDIA_TYPE as FORM
from artifact_plane.adapters.http.openapi_examples import EXAMPLES
from artifact_plane.adapters.http.openapi_schemas import TEXT, ref
from artifact_plane.adapters.http.operations import Answer, Body
from artifact_plane.adapters.http.parameters import NAME_PATTERN
from artifact_plane.domain.model.json import Json, JsonObject


def said(about: str) -> JsonObject:
    """A header of an answer."""
    return {"description": about, "schema": TEXT}


def json_answer(
    about: str,
    schema: str,
    headers: Mapping[str, JsonObject] | None = None,
    links: Mapping[str, JsonObject] | None = None,
) -> Answer:
    """A JSON answer of the component's form."""
    return Answer(about=about, content=json_content(schema, EXAMPLES[schema]), headers=headers or {}, links=links or {})


def one_of_two(about: str, first: str, second: str, headers: Mapping[str, JsonObject] | None = None) -> Answer:
    """A JSON answer of one of two components' forms."""
    examples: JsonObject = {name: {"value": EXAMPLES[name]} for name in (first, second)}
    content: dict[str, JsonObject] = {JSON: {"schema": {"anyOf": [ref(first), ref(second)]}, "examples": examples}}
    return Answer(about=about, content=content, headers=headers or {})


def links(parameter: str, place: str, *operations: str) -> dict[str, JsonObject]:
    """What can be asked next about what an answer has at ``place``, a JSON pointer."""
    return {
        operation: {"operationId": operation, "parameters": {parameter: f"$response.body#{place}"}}
        for operation in operations
    }


def json_content(schema: str, example: JsonObject) -> dict[str, JsonObject]:
    """A JSON body of the component's form."""
    return {JSON: {"schema": ref(schema), "example": example}}


def json_or_form(schema: str, part: str, files: str, example: JsonObject) -> Body:
    """A JSON body, or a form whose ``part`` is that JSON and whose other parts are ``files``."""
    binary: Json = {"type": "string", "contentMediaType": "application/octet-stream", "description": files}
    form: JsonObject = {
        "schema": {
            "type": "object",
            "properties": {part: ref(schema)},
            "required": [part],
            "additionalProperties": binary,
            "propertyNames": {"type": "string", "pattern": NAME_PATTERN},
        },
        "encoding": {part: {"contentType": JSON}},
        "example": {part: example},
    }
    return Body(content={**json_content(schema, example), FORM: form})


ETAG: Final = {"ETag": said("Names this version; send it as If-Match to replace it.")}
LOCATION: Final = {"Location": said("Where it is from now on.")}
REPLAYED: Final = {"Idempotency-Replayed": said("`true` where the answer is that of an earlier request with the key.")}
LINK: Final = {"Link": said('The next page, as in `<…>; rel="next"`; none at the end.')}

NOT_THERE: Final = {404: "There is no such thing, or it is another tenant's: one answer for both."}
NO_PAGE: Final = {404: "The cursor is of no page of this list."}
GONE: Final = {410: "It was deleted (`tombstone` is what is left), or dropped and cannot be drawn again."}

IF_NONE_MATCH: Final[Mapping[str, JsonObject]] = {
    "If-None-Match": {"description": "ETags that the caller has; 304 where one of them is this.", "schema": TEXT}
}
IF_STILL: Final[Mapping[str, JsonObject]] = {
    "If-Match": {"description": "ETags one of which this must have; 412 otherwise.", "schema": TEXT}
}
ANOTHER: Final = {412: "It is not what If-Match names."}
IF_MATCH: Final[Mapping[str, JsonObject]] = {
    "If-Match": {
        "description": "The ETag of the version that is replaced; `*` for whichever there is. Without it 428.",
        "schema": TEXT,
    }
}
IF_CURRENT: Final[Mapping[str, JsonObject]] = {
    "If-Match": {"description": "The ETag of the version that must be current, or `*`.", "schema": TEXT}
}
NOT_MODIFIED: Final = Answer(about="The caller has it already.", headers=ETAG)
