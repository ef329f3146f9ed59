"""The gate: JSON text that enters from outside is read strictly or refused with its place.

The usual readers keep the last of two equal keys, turn a long integer into a rounded float, and read NaN or half of
a surrogate pair. Here each of them is refused, as are a byte order mark, text that is not UTF-8, depth and size beyond
the limits. Two C parsers share the work: orjson judges the syntax, and the standard library's reader, with hooks, sees
the keys and the digits that orjson lets through. Only a text that is refused is looked at in Python, to name the place.

``-0.0`` is read as the float it says; the canonical form writes it as ``0`` (see ``domain.model.json``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Final, cast

import attrs
import orjson

from artifact_plane.domain.model.errors import InvalidJson
from artifact_plane.domain.model.json import DEFAULT_LIMITS, MAX_INTEGER, Json, JsonLimits

_MOST_DIGITS: Final = len(str(-MAX_INTEGER))
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"(?P<colon>[ \t\n\r]*+:)?|[\[\]{}]|NaN|-?Infinity|-?\d[\d.eE+-]*+', re.DOTALL | re.ASCII
)
_REMEDY: Final = "correct the JSON text; it must be UTF-8 and within RFC 8259, each key once in its object"


def parse_json(data: bytes | str, *, limits: JsonLimits = DEFAULT_LIMITS, what: str) -> Json:
    """The value that a JSON text says. Takes linear time; a large text belongs off the event loop.

    Raises:
        InvalidJson: the text is not JSON, or is ambiguous or too large (see the module's text); ``where`` is
            ``what:line:column``, both counted from 1, in characters.
    """
    text = _decoded(data, limits, what)
    try:
        outline = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problem = _first_problem(text, limits) or _Problem(error.pos, error.msg)
        raise (problem if problem.position <= error.pos else _Problem(error.pos, error.msg)).error(text, what) from None
    try:
        _check_depth(outline, limits.max_depth)
        return cast(Json, json.loads(text, object_pairs_hook=_object, parse_int=_integer))
    except _Suspect as suspect:
        problem = _first_problem(text, limits) or _Problem(0, str(suspect))
        raise problem.error(text, what) from None


class _Suspect(Exception):
    """The text holds something that is refused; where, is to be found out."""


@attrs.frozen
class _Problem:
    """Something that is refused, and the index of the character where it begins."""

    position: int
    message: str

    def error(self, text: str, what: str) -> InvalidJson:
        line, column = _place(text, self.position)
        return InvalidJson(self.message, where=f"{what}:{line}:{column}", remedy=_REMEDY)


def _decoded(data: bytes | str, limits: JsonLimits, what: str) -> str:
    if len(data) > limits.max_bytes:
        raise InvalidJson(
            f"larger than {limits.max_bytes} bytes", where=what, remedy="give less, or raise the limit in the settings"
        )
    if isinstance(data, str):
        text = data
        lone = _lone_surrogate(text)
        if lone is not None:
            raise _Problem(lone, "a lone surrogate, which UTF-8 cannot carry").error(text, what)
    else:
        text = _utf8(data, what)
    if text.startswith("\ufeff"):
        raise _Problem(0, "the text begins with a byte order mark; save it as UTF-8 without one").error(text, what)
    return text


def _utf8(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise _Problem(len(before), "a byte that is not UTF-8").error(before, what) from None


def _lone_surrogate(text: str) -> int | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


# What orjson lets through


def _check_depth(outline: object, max_depth: int) -> None:
    level = _containers([outline])
    for _ in range(max_depth):
        level = _containers(
            item for container in level for item in (container.values() if isinstance(container, dict) else container)
        )
        if not level:
            return
    if level:
        raise _Suspect("nested too deep")


def _containers(items: Iterable[object]) -> list[dict[str, object] | list[object]]:
    return [item for item in items if type(item) is dict or type(item) is list]


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise _Suspect("a key stands twice in one object")
    return entries


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or abs(value := int(digits)) > MAX_INTEGER:
        raise _Suspect("an integer beyond 2^53")
    return value


# Where it stands: only for a text that is refused


def _first_problem(text: str, limits: JsonLimits) -> _Problem | None:
    """The first thing in ``text`` that is refused for another reason than its syntax."""
    open_objects: list[dict[str, int] | None] = []
    for token in _TOKEN.finditer(text):
        message: str | None = None
        match token[0][0]:
            case "{" | "[":
                open_objects.append({} if token[0] == "{" else None)
                if len(open_objects) > limits.max_depth:
                    message = f"nested deeper than {limits.max_depth} levels"
            case "}" | "]":
                if open_objects:
                    open_objects.pop()
            case '"':
                message = _string_problem(token, text, open_objects[-1] if open_objects else None)
            case _:
                message = _number_problem(token[0])
        if message is not None:
            return _Problem(token.start(), message)
    return None


def _string_problem(token: re.Match[str], text: str, keys: dict[str, int] | None) -> str | None:
    """What is wrong with a string; ``keys`` are those that its object has so far, with their places."""
    quoted = token[0][: token.start("colon") - token.start()] if token["colon"] else token[0]
    try:
        value = str(json.loads(quoted))
    except json.JSONDecodeError:
        return None
    if _lone_surrogate(value) is not None:
        return "the text holds a lone surrogate, which UTF-8 cannot carry"
    if keys is None or not token["colon"]:
        return None
    first = keys.setdefault(value, token.start())
    if first == token.start():
        return None
    line, column = _place(text, first)
    return f"this key stands in its object already, at line {line}, column {column}"


def _number_problem(literal: str) -> str | None:
    if literal.endswith(("NaN", "Infinity")):
        return "NaN and infinity are not JSON"
    if literal.lstrip("-").isdigit():
        if len(literal) > _MOST_DIGITS or abs(int(literal)) > MAX_INTEGER:
            return "an integer beyond 2^53 would not read back equal everywhere; write it as text"
        return None
    try:
        return "a number too large for any float" if math.isinf(float(literal)) else None
    except ValueError:
        return None


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a character, counted from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
