"""The gate: JSON text that enters from outside is read strictly or refused with its place.

The usual readers keep the last of two equal keys, turn a long integer into a rounded float, and read NaN or half of
a surrogate pair. Here each of them is refused, as are a byte order mark, text that is not UTF-8, depth and size beyond
the limits. orjson judges the syntax. What it lets through is found by one walk over what it read and by counting
colons: an entry whose key stood there before is missing from what was read, and its colon with it. Only where that is
not sure does the standard library's reader, with hooks, read the text once more; only a text that is refused is looked
at in Python, to name the place.

What is read is in the form that ``domain.model.json.admit`` gives: ``1.0`` and ``-0.0`` are read as ``1`` and ``0``.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final, TypeAlias, cast

import attrs
import orjson

from artifact_plane.domain.model.errors import InvalidJson
from artifact_plane.domain.model.json import (
    DEFAULT_LIMITS,
    MAX_INTEGER,
    MIN_INTEGER,
    Admitted,
    Json,
    JsonLimits,
    JsonObject,
)

_ROUNDED: Final = 2.0**63
"""From here on orjson reads a whole number as a float, with the digits that fit."""
_ESCAPED: Final = "\\u003"
"""How a colon may begin that is none in the text."""
_MOST_DIGITS: Final = len(str(-MAX_INTEGER))
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"(?P<colon>[ \t\n\r]*+:)?|[\[\]{}]|NaN|-?Infinity|-?\d[\d.eE+-]*+', re.DOTALL | re.ASCII
)
_Container: TypeAlias = "dict[object, object] | list[object]"
_REMEDY: Final = "correct the JSON text; it must be UTF-8 and within RFC 8259, each key once in its object"


@attrs.frozen(kw_only=True)
class ReadJson:
    """The value that a text says, with how many levels and values it has."""

    value: Json
    depth: int
    size: int

    def admitted(self, entries: JsonObject) -> Admitted:
        """An object that stands in the value, as one that need not be walked again."""
        return Admitted(entries=entries, depth=self.depth, size=self.size)


def parse_json(data: bytes | str, *, limits: JsonLimits = DEFAULT_LIMITS, what: str) -> Json:
    """The value that a JSON text says. Raises as ``read_json``."""
    return read_json(data, limits=limits, what=what).value


def read_json(data: bytes | str, *, limits: JsonLimits = DEFAULT_LIMITS, what: str) -> ReadJson:
    """The value that a JSON text says. Takes linear time; a large text belongs off the event loop.

    Raises:
        InvalidJson: the text is not JSON, or is ambiguous or too large (see the module's text); ``where`` is
            ``what:line:column``, both counted from 1, in characters.
    """
    text = _decoded(data, limits, what)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problem = _first_problem(text, limits) or _Problem(error.pos, error.msg)
        raise (problem if problem.position <= error.pos else _Problem(error.pos, error.msg)).error(text, what) from None
    try:
        return _faithful(value, text, limits.max_depth)
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


def _faithful(value: object, text: str, max_depth: int) -> ReadJson:
    """What orjson has read from ``text``; where it may have lost something, what a stricter reader reads."""
    root = [value]
    walk = _Walk(max_depth)
    walk.through(root)
    if walk.rounded or not _each_key_once(root[0], text):
        root = [json.loads(text, object_pairs_hook=_object, parse_int=_integer)]
        walk = _Walk(max_depth)
        walk.through(root)
    return ReadJson(value=cast(Json, root[0]), depth=walk.depth, size=walk.size)


def _each_key_once(value: object, text: str) -> bool:
    """Whether it is sure that no entry of the text was lost to a later one with the same key.

    orjson writes all that it has read with as many colons as stood there, inside texts and after keys, unless an
    entry got lost or a colon in a text was written as an escape.
    """
    return _ESCAPED not in text and text.count(":") == orjson.dumps(value).count(b":")


class _Walk:
    """Goes through a value that a reader made and nobody else has, and makes whole floats whole numbers in place.

    Its loops see each value of each request: exact types are asked for inline, for a call would cost more than the
    rest.
    """

    def __init__(self, max_depth: int) -> None:
        self._max_depth: Final = max_depth
        self.depth = 0
        self.size = 0
        self.rounded = False
        self._below: list[_Container] = []

    def through(self, root: list[object]) -> None:
        """Walk the one value of ``root``. Raises _Suspect."""
        level: list[_Container] = [root]
        while level:
            if self.depth > self._max_depth:
                raise _Suspect("nested too deep")
            self._below = []
            self.size += sum(map(len, level))
            for container in level:
                if type(container) is dict:
                    self._object(container)
                else:
                    self._array(cast(list[object], container))
            level = self._below
            self.depth += 1
        self.depth -= 1  # the list around it

    def _object(self, entries: dict[object, object]) -> None:
        below = self._below
        for key, item in entries.items():
            if type(item) is str:
                continue
            if type(item) is dict or type(item) is list:
                below.append(item)
            elif type(item) is float:
                if item.is_integer():
                    entries[key] = self._whole(item)
            elif type(item) is int and not MIN_INTEGER <= item <= MAX_INTEGER:
                raise _Suspect("an integer beyond 2^53")

    def _array(self, items: list[object]) -> None:
        below = self._below
        for index, item in enumerate(items):
            if type(item) is str:
                continue
            if type(item) is dict or type(item) is list:
                below.append(item)
            elif type(item) is float:
                if item.is_integer():
                    items[index] = self._whole(item)
            elif type(item) is int and not MIN_INTEGER <= item <= MAX_INTEGER:
                raise _Suspect("an integer beyond 2^53")

    def _whole(self, value: float) -> int | float:
        if abs(value) >= _ROUNDED:
            self.rounded = True
        return int(value) if MIN_INTEGER <= value <= MAX_INTEGER else value


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
