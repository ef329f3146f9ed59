"""The gate: a request's JSON is read strictly and shaped exactly, or refused with its place.

No framework parses a body here: the ones at hand keep the last of two equal keys, read NaN, or fall over deep nesting
(cases J01 to J04). What was read is then shaped into a value of ours; an unknown field, a missing one, ``"1"`` or
``true`` for a number are refused with the path of the field (J10).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final, NewType, TypeAlias, TypeVar, cast, get_args, get_origin

import multipart  # type: ignore[import-untyped]

from artifact_plane.adapters.codec.json_gate import parse_json
from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.json import Json, JsonLimits, JsonObject

if TYPE_CHECKING:
    from cattrs import Converter

    AnyObject: TypeAlias = JsonObject
    AnyJson: TypeAlias = Json
else:
    AnyObject = NewType("AnyObject", dict)
    """The type of a field of a shaped value that takes any JSON object, as it is."""
    AnyJson = NewType("AnyJson", object)
    """The type of a field that takes any JSON."""

T = TypeVar("T")
Hook: TypeAlias = Callable[[object, type], object]
SMALL: Final = 64 * 1024
"""Up to so many bytes a document is read on the event loop: a hop to a thread costs more."""
_JSON_TYPES: Final = ("application/json",)


async def json_of(request: HttpRequest, *, max_bytes: int, max_depth: int) -> Json:
    """The JSON document in the request's body.

    Raises:
        RequestProblem: 415 where it is not said to be ``application/json``, 413 where it is larger than allowed,
            408 where it does not come in time.
        InvalidJson: it is not JSON, or not the JSON that is accepted here; ``where`` is ``body:line:column``.
    """
    check_media_type(request, _JSON_TYPES)
    data = await body_of(request, max_bytes=max_bytes)
    limits = JsonLimits(max_bytes=max_bytes, max_depth=max_depth)
    if len(data) <= SMALL:
        return parse_json(data, limits=limits, what="body")
    return await asyncio.to_thread(parse_json, data, limits=limits, what="body")


async def body_of(request: HttpRequest, *, max_bytes: int) -> bytes:
    """The body, whole; one that says it is too large is not read at all.

    Raises:
        RequestProblem: 413, 408 as ``json_of``.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large(max_bytes)
    chunks: list[bytes] = []
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > max_bytes:
            raise too_large(max_bytes)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def check_media_type(request: HttpRequest, accepted: tuple[str, ...]) -> str:
    """The media type of the body, without its parameters.

    Raises:
        RequestProblem: 415; it is none of ``accepted``, in a character set other than UTF-8, or packed.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestProblem(
            415,
            "unsupported_media_type",
            "the body is packed, and nothing is unpacked here",
            where="Content-Encoding",
            remedy="send it as it is, without Content-Encoding",
            headers={"accept-encoding": "identity"},
            closes=True,
        )
    kind, parameters = multipart.parse_options_header(request.headers.get("content-type", ""))
    if kind not in accepted or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise RequestProblem(
            415,
            "unsupported_media_type",
            "the body is of a media type that is not accepted here",
            where="Content-Type",
            remedy="send " + " or ".join(accepted),
            headers={"accept": ", ".join(accepted)},
            closes=True,
        )
    return str(kind)


def too_large(max_bytes: int) -> RequestProblem:
    """The refusal of a body larger than ``max_bytes``."""
    return RequestProblem(
        413,
        "too_large",
        f"the body is larger than {max_bytes} bytes",
        where="body",
        remedy="send less, or have the limit raised in the service's settings",
        closes=True,
    )


def shaped(value: Json, kind: type[T], what: str = "body") -> T:
    """The attrs value of ``kind`` that a JSON document says, field for field.

    Text, whole numbers and booleans are exactly that; a field of type ``AnyObject`` or ``AnyJson`` takes what
    is there (the domain's own aliases cannot be resolved when the program runs).

    Raises:
        InvalidInput: a field is unknown, missing or of another type, or the value refuses it; ``where`` is its path.
    """
    from cattrs import transform_error
    from cattrs.errors import BaseValidationError

    if not isinstance(value, dict):
        raise InvalidInput("a JSON object is expected", where=what, remedy="send an object with the documented fields")
    try:
        return _converter().structure(value, kind)
    except BaseValidationError as error:
        told = transform_error(error, path=what, format_exception=_told)
        message, _, where = told[0].rpartition(" @ ")
        raise InvalidInput(
            message, where=where, remedy="correct the field; the fields are described at /openapi.json"
        ) from error


@cache
def _converter() -> Converter:
    import attrs
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn

    converter = Converter(forbid_extra_keys=True)

    def of_class(kind: type) -> Hook:
        shape: object = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
        return _from(dict, cast(Hook, shape))

    def of_tuple(kind: type) -> Hook:
        items = converter.get_structure_hook(list[get_args(kind)[0]])  # type: ignore[misc]  # a type made here
        return _from(list, lambda value, _: tuple(items(value, list)))

    def of_dict(kind: type) -> Hook:
        return _from(dict, cast(Hook, converter.gen_structure_mapping(kind)))

    converter.register_structure_hook_factory(attrs.has, of_class)
    converter.register_structure_hook_factory(lambda kind: _is_made_of(tuple, kind), of_tuple)
    converter.register_structure_hook_factory(lambda kind: _is_made_of(dict, kind), of_dict)
    for plain in (str, int, bool, float):
        converter.register_structure_hook(plain, _exactly)
    converter.register_structure_hook_func(_is_enum, _word)
    converter.register_structure_hook_func(lambda kind: kind is AnyObject, _from(dict, lambda value, _: value))
    converter.register_structure_hook_func(lambda kind: kind is AnyJson, lambda value, _: value)
    return converter


def _from(kind: type, hook: Hook) -> Hook:
    """``hook``, for what is of that JSON type; anything else is refused."""

    def structure(value: object, target: type) -> object:
        if type(value) is not kind:
            raise TypeError(f"{_NAMES[kind]} is expected")
        return hook(value, target)

    return structure


def _exactly(value: object, kind: type) -> object:
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(f"{_NAMES[kind]} is expected")
    return value


def _is_made_of(origin: type, kind: object) -> bool:
    return get_origin(kind) == origin


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _word(value: object, kind: type[Enum]) -> Enum:
    try:
        return kind(value)
    except ValueError:
        words = ", ".join(str(one.value) for one in kind)
        raise TypeError(f"one of {words} is expected") from None


_NAMES: Final = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
    dict: "a JSON object",
    list: "a list",
}


def _told(error: BaseException, kind: type | None) -> str:
    """What is wrong with one field, without repeating what was sent."""
    from cattrs.errors import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return "there is no such field: " + ", ".join(map(printable, sorted(error.extra_fields)))
    if isinstance(error, KeyError):
        return "a field is missing: " + printable(str(error.args[0]))
    if isinstance(error, InvalidInput):
        return error.message
    if isinstance(error, TypeError) and str(error).endswith("is expected"):
        return str(error)
    return "the value does not fit"
