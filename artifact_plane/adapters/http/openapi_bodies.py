"""JSON schemas of what is read: made from the very classes that read it, and of the JSON that may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Final, get_args, get_origin, get_type_hints

import attrs

from artifact_plane.adapters.http import bodies
from artifact_plane.adapters.http.gate import AnyObject
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.domain.model.json import MAX_INTEGER, Json, JsonObject

_PLAIN: Final[Mapping[object, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}

_NUMBERS: Final[JsonObject] = {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
_MEDIA_TYPE: Final[JsonObject] = {"type": "string", **bodies.MEDIA_TYPE}
_BASE64: Final = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_NAME: Final[JsonObject] = {"type": "string", **bodies.NAME}


def _exactly(fields: Mapping[str, JsonObject], optional: Mapping[str, JsonObject] | None = None) -> JsonObject:
    return {
        "type": "object",
        "properties": {**fields, **(optional or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


def _ref(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


_NO_NUL: Final[JsonObject] = {"type": "string", "pattern": "^[^\\u0000]*$"}

FREE: Final[Mapping[str, JsonObject]] = {
    "Json": {
        "description": "Any JSON. An integer beyond 2^53 is refused: it would not read back equal everywhere.",
        "anyOf": [
            {"type": "null"},
            {"type": "boolean"},
            _NUMBERS,
            {"type": "string"},
            {"type": "array", "items": _ref("Json")},
            _ref("Object"),
        ],
    },
    "Object": {"type": "object", "additionalProperties": _ref("Json")},
    "Metadata": {
        "description": "JSON whose texts hold no NUL; as text no larger than the setting `metadata_bytes` says.",
        "type": "object",
        "additionalProperties": _ref("MetadataJson"),
        "propertyNames": _NO_NUL,
    },
    "MetadataJson": {
        "anyOf": [
            {"type": "null"},
            {"type": "boolean"},
            _NUMBERS,
            _NO_NUL,
            {"type": "array", "items": _ref("MetadataJson")},
            _ref("Metadata"),
        ],
    },
    "View": {
        "description": (
            "A view of a meaning: bytes as text or base64, a JSON value, a part of the multipart form, or a renderer "
            "that draws it on demand. Anything else is kept as it is, as application/json."
        ),
        "anyOf": [
            _exactly({"media_type": _MEDIA_TYPE, "text": {"type": "string"}}),
            _exactly({"media_type": _MEDIA_TYPE, "base64": {"type": "string", "pattern": _BASE64}}),
            _exactly({"media_type": _MEDIA_TYPE, "json": _ref("Json")}),
            _exactly({"part": _NAME}, {"media_type": _MEDIA_TYPE}),
            _exactly({"renderer": _NAME, "format": _NAME}, {"options": _ref("Object")}),
            {"type": ["null", "boolean", "string"]},
            _NUMBERS,
            {"type": "array", "items": _ref("Json")},
            {
                "type": "object",
                "additionalProperties": _ref("Json"),
                "not": {"anyOf": [{"required": [word]} for word in ("media_type", "renderer", "part")]},
            },
        ],
    },
}
"""The JSON that may stand in bodies."""


def outputs_of(settings: HttpSettings) -> Mapping[str, JsonObject]:
    """What a realm's result holds, and how much of it."""
    most = settings.of_output
    fields: dict[str, JsonObject] = {
        "result_type": {"type": "string", **bodies.DERIVED},
        "renderings": {
            "type": "object",
            "additionalProperties": _ref("View"),
            "propertyNames": bodies.RENDERING,
            "maxProperties": most["renderings"],
        },
        "derived_from": {
            "type": "array",
            "items": {"type": "string", **bodies.IDENTIFIER},
            "maxItems": most["derived_from"],
        },
        "labels": {"type": "array", "items": _NAME, "maxItems": most["labels"]},
    }
    return {
        "Output": {"anyOf": [_exactly({"semantic_payload": _ref("Object")}, fields), _FLAT]},
        "RealmResult": _exactly(
            {},
            {
                "artifacts": {
                    "type": "object",
                    "additionalProperties": _ref("Output"),
                    "propertyNames": _NAME,
                    "maxProperties": settings.outputs,
                },
                "events": {"type": "array", "items": _ref("Object"), "maxItems": settings.events},
            },
        ),
    }


_FLAT: Final[JsonObject] = {
    "type": "object",
    "properties": {"result_type": {"type": "string", **bodies.DERIVED}},
    "additionalProperties": _ref("Json"),
    "not": {"anyOf": [{"required": [word]} for word in ("semantic_payload", "renderings")]},
}


def schema_of(
    kind: type[attrs.AttrsInstance], *, intent_types: list[str], most: Mapping[str, int] | None = None
) -> JsonObject:
    """The schema of a body: its fields with their types, bounds, defaults and descriptions, and no others.

    ``intent_types`` are those that can be executed here, and ``most`` says of some fields how many things they hold;
    the name of a component stands for a nested body.
    """
    hints = get_type_hints(kind)
    known = attrs.fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {
            field.name: _bounded(_field(field, hints[field.name], kind, intent_types), (most or {}).get(field.name))
            for field in known
        },
        "required": [field.name for field in known if field.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def component_of(kind: type) -> str:
    """What a body is called in the document."""
    return kind.__name__.removesuffix("Body") + "Request"


def _field(field: attrs.Attribute[object], hint: object, owner: type, intent_types: list[str]) -> JsonObject:
    said: dict[str, Json] = {**field.metadata[bodies.SCHEMA]}
    if owner is bodies.IntentBody and field.name == "intent_type":
        said["enum"] = intent_types
    typed = _typed(hint)
    optional = typed.pop("nullable", False)
    if "$ref" in said:
        return {"allOf": [said], "description": field.metadata[bodies.ABOUT]}
    schema: dict[str, Json] = {**typed, **said}
    if optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if isinstance(field.default, str | bool):
        schema["default"] = field.default
    return {**schema, "description": field.metadata[bodies.ABOUT]}


def _bounded(schema: JsonObject, most: int | None) -> JsonObject:
    """The schema of a field that holds ``most`` things; None where nobody counts them."""
    if most is None:
        return schema
    return {**schema, "maxItems" if schema["type"] == "array" else "maxProperties": most}


def _typed(hint: object) -> dict[str, Json]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint is AnyObject:
        return {"type": "object"}
    if isinstance(hint, UnionType) or NoneType in get_args(hint):
        (inner,) = (one for one in get_args(hint) if one is not NoneType)
        return {**_typed(inner), "nullable": True}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _typed(get_args(hint)[0])}
    if isinstance(hint, type) and attrs.has(hint):
        return {**_ref(component_of(hint))}
    raise TypeError(f"a body has no field of type {hint!r}")
