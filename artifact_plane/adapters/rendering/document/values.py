"""Values in words: how a scalar, or something small that is nested, is said on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from artifact_plane.adapters.rendering.document.blocks import Value, ValueKind
from artifact_plane.adapters.rendering.numbers import plain_number
from artifact_plane.adapters.rendering.text import humanise, one_line, showable
from artifact_plane.domain.model.json import Json, JsonObject

NONE: Final = Value("none", ValueKind.NONE)
LONG_TEXT: Final = 160
"""A text longer than this, or of several lines, is prose and not a value beside others."""

# Names whose numbers are names too: 20240131 is no amount.
_NOT_AMOUNTS: Final = frozenset({"id", "year", "code", "zip", "postcode", "phone", "port", "number", "version", "line"})


def is_object(value: Json) -> TypeGuard[JsonObject]:
    """Whether ``value`` is a JSON object."""
    return isinstance(value, Mapping)


def is_array(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether ``value`` is a JSON array."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def is_scalar(value: Json) -> bool:
    """Whether ``value`` holds nothing further; an empty object or array does not."""
    return not value or not (is_object(value) or is_array(value))


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether ``value`` is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_lone(value: Json) -> bool:
    """Whether ``value`` is an array of one short scalar, which reads well beside others."""
    return is_array(value) and len(value) == 1 and is_scalar(value[0]) and not is_prose(value[0])


def is_prose(value: Json) -> TypeGuard[str]:
    """Whether ``value`` is text that needs paragraphs."""
    return isinstance(value, str) and (len(value) > LONG_TEXT or "\n" in value.strip())


def scalar(value: Json, key: str = "") -> Value:
    """A scalar in words; ``key`` tells amounts from numbers that are names."""
    if is_number(value):
        return Value(_number(value, key), ValueKind.NUMBER)
    if isinstance(value, bool):
        return Value("yes" if value else "no")
    if isinstance(value, str) and (line := one_line(value)):
        return Value(line)
    return NONE


def compact(value: Json, key: str = "") -> Value:
    """Any value on one line: lists with commas, flat objects as "Name: value", anything deeper as JSON."""
    if is_scalar(value):
        return scalar(value, key)
    if is_array(value) and all(map(is_scalar, value)):
        return Value(_listed(value, key))
    if is_object(value) and all(map(is_scalar, value.values())):
        return Value("; ".join(f"{humanise(name)}: {scalar(value[name], name).text}" for name in reading_order(value)))
    return Value(json_text(value), ValueKind.CODE)


def json_text(value: Json) -> str:
    """``value`` as compact JSON with sorted keys."""
    return showable(json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True, separators=(", ", ": ")))


def _plain(value: object) -> object:
    # A payload may come in read-only mappings and sequences, which the standard encoder does not know.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _number(value: int | float, key: str) -> str:
    words = set(humanise(key).lower().split())
    return str(value) if isinstance(value, int) and words & _NOT_AMOUNTS else plain_number(value)


def _listed(values: Sequence[Json], key: str) -> str:
    texts = [scalar(value, key).text for value in values]
    return ("; " if any("," in text for text in texts) else ", ").join(texts)


# fmt: off
_FIRST: Final = (
    "title", "name", "label", "id", "key", "column", "field", "check", "row", "item", "kind", "type", "status",
    "state", "decision", "grade", "role", "owner", "phase", "step", "rank", "priority", "severity", "summary",
    "description", "purpose", "objective", "goal", "reason", "rule", "expected", "found", "actual", "value",
    "count", "total", "rows", "columns", "passed", "failed", "missing", "share", "from", "start", "begin",
    "source", "min", "minimum", "q1", "median", "mean", "average", "q3", "max", "maximum", "std", "to", "end",
    "target", "due",
)
# fmt: on
_LAST: Final = ("next", "notes", "tags", "labels", "metadata", "sources", "references")
_RANK: Final = {
    **{key: place for place, key in enumerate(_FIRST)},
    **{key: 1001 + place for place, key in enumerate(_LAST)},
}


_NUMBERED: Final = re.compile("([^0-9]*)([0-9]{0,9})")


def reading_order(keys: Mapping[str, Json] | set[str]) -> list[str]:
    """The keys as a reader wants them: what names a thing first, its notes last, by alphabet between.

    The order depends on the set of keys alone, since a meaning is the same in any order of its keys.
    """
    return sorted(keys, key=lambda key: (_RANK.get(key.lower(), 1000), _natural(key), key))


def _natural(key: str) -> list[tuple[str, int]]:
    """Such that "column 10" comes after "column 9"."""
    return [(words, int(number or "0")) for words, number in _NUMBERED.findall(key)]
