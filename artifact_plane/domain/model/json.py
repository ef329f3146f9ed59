"""JSON as the plane knows it: the types, and the one walk that admits a value.

The canonical form (law 8) is UTF-8 with keys sorted by code point and no white space. A number that is
integral and at most 2^53 in size is written as an integer, so that ``1`` and ``1.0`` (and ``0`` and ``-0.0``)
are the same meaning with the same digest; every other finite number is written as the shortest decimal that
reads back equal (in the spirit of RFC 8785).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs

from artifact_plane.domain.model.errors import InvalidJson

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

MAX_INTEGER: Final = 2**53
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTAINERS: Final = (Mapping, list, tuple)


@attrs.frozen(kw_only=True)
class JsonLimits:
    """How large (bytes of the canonical form) and how deep an admitted document may be."""

    max_bytes: int = 16 * 1024 * 1024
    max_depth: int = 100


class LargerThanBudget(Exception):
    """The walk met more values than its budget: the caller should repeat it off the event loop."""


class _Rejected(Exception):
    """Why a value is no JSON; the path is collected while the walk unwinds."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []


def admit(value: object, limits: JsonLimits = JsonLimits(), *, budget: int | None = None) -> Json:
    """Return a private copy of ``value`` made of dict, list, str, int, float, bool and None only.

    One walk; integral floats become integers (see the module's text). Depth is bounded by ``limits``, size
    is the encoder's to check.

    Raises:
        InvalidJson: NaN or infinity, an integer beyond 2^53, a lone surrogate, a key that is not text, a
            type that JSON has not, more depth than allowed; ``where`` is the path, as in ``$.steps[3].id``.
        LargerThanBudget: ``budget`` is given and there is more to walk than it allows.
    """
    walk = _Walk(limits.max_depth, budget)
    try:
        return walk.value(value, 0)
    except _Rejected as rejected:
        raise InvalidJson(
            rejected.reason,
            where=_path(rejected.path),
            remedy="give a JSON document: objects, arrays, text, finite numbers up to 2^53, true, false and null",
        ) from None


def admit_object(value: object, limits: JsonLimits = JsonLimits(), *, budget: int | None = None) -> JsonObject:
    """As ``admit``, for a value that must be a JSON object.

    Raises:
        InvalidJson: also when it is something else than an object.
    """
    if not isinstance(value, Mapping):
        raise InvalidJson(f"a JSON object is expected, not {_json_type(value)}", where="$")
    return cast(JsonObject, admit(value, limits, budget=budget))


class _Walk:
    """The walk's limits; recursion is bounded by ``max_depth``."""

    __slots__ = ("_left", "_max_depth")

    def __init__(self, max_depth: int, budget: int | None) -> None:
        self._max_depth = max_depth
        self._left = math.inf if budget is None else budget

    def value(self, value: object, depth: int) -> Json:
        kind = type(value)
        if kind is str:
            return self._text(cast(str, value))
        if kind is bool or value is None:
            return cast("bool | None", value)
        if kind is int:
            return _integer(cast(int, value))
        if kind is float:
            return _number(cast(float, value))
        if isinstance(value, _CONTAINERS):
            return self._container(value, depth + 1)
        raise _Rejected(f"{_json_type(value)} has no JSON form")

    def _container(self, value: Mapping[object, object] | Sequence[object], depth: int) -> Json:
        if depth > self._max_depth:
            raise _Rejected(f"nested deeper than {self._max_depth} levels")
        self._spend(len(value))
        if isinstance(value, Mapping):
            return self._object(value, depth)
        return self._array(value, depth)

    def _object(self, value: Mapping[object, object], depth: int) -> JsonObject:
        admitted: dict[str, Json] = {}
        for key, item in value.items():
            if type(key) is not str:
                raise _Rejected(f"the key {key!r:.60} is not text")
            try:
                admitted[self._text(key)] = self.value(item, depth)
            except _Rejected as rejected:
                rejected.path.append(key)
                raise
        return admitted

    def _array(self, value: Sequence[object], depth: int) -> Sequence[Json]:
        admitted: list[Json] = []
        for item in value:
            try:
                admitted.append(self.value(item, depth))
            except _Rejected as rejected:
                rejected.path.append(len(admitted))
                raise
        return admitted

    def _text(self, text: str) -> str:
        if len(text) > 256:
            self._spend(len(text) // 64)
        if not text.isascii() and _SURROGATE.search(text):
            raise _Rejected("the text holds a lone surrogate, which UTF-8 cannot carry")
        return text

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise LargerThanBudget


def _integer(value: int) -> int:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise _Rejected("an integer beyond 2^53 would not read back equal everywhere; write it as text")
    return value


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise _Rejected("NaN and infinity are not JSON")
    if value.is_integer() and -MAX_INTEGER <= value <= MAX_INTEGER:
        return int(value)
    return value


def _path(reversed_path: list[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{ascii(step)[1:-1]}" for step in reversed(reversed_path))
    return "$" + "".join(steps)


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array"}
    return names.get(type(value), type(value).__name__)
