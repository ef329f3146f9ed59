"""The quick way to the canonical form gives what admitting gives, or gives way to it."""

from __future__ import annotations

import math
import sys
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from types import FrameType
from typing import cast

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.plain import plain_bytes
from artifact_plane.domain.model.errors import InvalidJson
from artifact_plane.domain.model.json import (
    DEFAULT_LIMITS,
    Json,
    JsonLimits,
    JsonObject,
    LargerThanBudget,
    admit_object,
)


class Colour(StrEnum):
    """A text that is more than a text."""

    RED = "red"


class Number(int):
    """A number that is more than a number."""


PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=4)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60).map(float)
LOOKS = st.sampled_from(["1.0,", ".0]", "v2.0}", '"1.0",', ".0"])
ODD = st.sampled_from(
    [
        math.nan,
        math.inf,
        -0.0,
        2**53 + 1,
        -(2**53) - 1,
        "\ud800",
        Colour.RED,
        Number(1),
        (1,),
        b"x",
        {1: 2},
        {"\udfff": 1},
    ]
)


def documents(*leaves: st.SearchStrategy[object]) -> st.SearchStrategy[JsonObject]:
    """Objects with such leaves."""
    keys = st.text(st.characters(codec="utf-8"), max_size=3) | LOOKS
    values = st.recursive(
        st.one_of(*leaves), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    )
    return cast("st.SearchStrategy[JsonObject]", st.dictionaries(keys, values, max_size=4))


def admitted(value: JsonObject, limits: JsonLimits = DEFAULT_LIMITS, budget: int | None = None) -> bytes:
    """The canonical form by the way that copies."""
    return orjson.dumps(admit_object(value, limits, budget=budget), option=orjson.OPT_SORT_KEYS)


def outcome(make: Callable[[], bytes | None]) -> bytes | type[Exception] | None:
    """What comes of it, be it a refusal."""
    try:
        return make()
    except (InvalidJson, LargerThanBudget) as error:
        return type(error)


@given(documents(PLAIN, FLOATS, LOOKS, ODD))
@example({"a": 1.0, "b": "1.0,"})
@example({"a": [0.0, -0.0]})
@example({"a": 2.0**53, "b": 2.0**54, "c": 1e300})
def test_whatever_the_value_the_quick_way_gives_what_admitting_gives_or_gives_way(value: JsonObject) -> None:
    """Also where texts look like floats, and where something has to be refused."""
    quick = plain_bytes(value, DEFAULT_LIMITS, None)
    if quick is not None:
        assert quick == admitted(value)


@given(documents(PLAIN, FLOATS.filter(lambda one: one != 0)))
def test_what_is_plain_never_takes_the_slow_way(value: JsonObject) -> None:
    """Else it would cost more than admitting alone."""
    if b".0" not in orjson.dumps(_texts(value)):
        assert plain_bytes(value, DEFAULT_LIMITS, None) == admitted(value)


@pytest.mark.parametrize("value", [[], [{"a": 1}], OrderedDict(a=1), None, "x"])
def test_what_is_no_plain_object_is_left_to_admitting(value: object) -> None:
    """It refuses it, or copies it."""
    assert plain_bytes(cast(JsonObject, value), DEFAULT_LIMITS, None) is None


@given(documents(PLAIN), st.integers(1, 6), st.integers(0, 30))
def test_depth_and_budget_are_those_of_admitting(value: JsonObject, depth: int, budget: int) -> None:
    """What is too deep goes the slow way, which refuses it; what is too much for the event loop is said to be."""
    limits = JsonLimits(max_depth=depth)
    expected = outcome(lambda: admitted(value, limits, budget))
    quick = outcome(lambda: plain_bytes(value, limits, budget))
    assert quick == expected if isinstance(expected, bytes) else quick in (expected, None)


def test_long_texts_count_as_many_values() -> None:
    """Every 64 characters of a long one as one."""
    value = {"text": "x" * 6_400}
    assert plain_bytes(value, DEFAULT_LIMITS, 102) == admitted(value)
    with pytest.raises(LargerThanBudget):
        plain_bytes(value, DEFAULT_LIMITS, 101)


def test_more_values_than_the_largest_document_could_hold_go_the_slow_way() -> None:
    """No bytes are made of what would be refused."""
    assert plain_bytes({"many": [1] * 100}, JsonLimits(max_bytes=100), None) is None


def test_a_dict_that_another_thread_changes_meanwhile_is_left_to_admitting() -> None:
    """Copying is one step there; an error of the interpreter's is nobody's answer. The trace stands for the thread."""
    entries: dict[str, Json] = {"a": 1, "b": 2}

    def another(frame: FrameType, event: str, argument: object) -> Callable[..., object] | None:
        if event == "line" and frame.f_locals.get("item") == 1:
            entries["c"] = 3
        return another

    before = sys.gettrace()
    sys.settrace(another)  # type: ignore[arg-type]  # a type that names itself
    try:
        given_up = plain_bytes(entries, DEFAULT_LIMITS, None)
    finally:
        sys.settrace(before)
    assert given_up is None and "c" in entries
    assert JsonCodec().meaning(entries).data == b'{"a":1,"b":2,"c":3}'


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (str(key), *_texts(item))]
    return []
