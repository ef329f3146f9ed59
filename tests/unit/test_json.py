"""The one walk that admits JSON: a private copy, or a refusal with its path."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.domain.model.errors import InvalidInput, InvalidJson
from artifact_plane.domain.model.json import (
    MAX_DEPTH,
    MAX_INTEGER,
    Json,
    JsonLimits,
    LargerThanBudget,
    admit,
    admit_object,
)

texts = st.text(st.characters(codec="utf-8"), max_size=6)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


class Frozen(Mapping[str, object]):
    """A mapping that is no dict."""

    def __init__(self, entries: dict[str, object]) -> None:
        self._entries = entries

    def __getitem__(self, key: str) -> object:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def as_said(value: Json) -> Json:
    """What admitting means, written naively."""
    if isinstance(value, Mapping):
        return {key: as_said(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_said(item) for item in value]
    if isinstance(value, float) and value == int(value) and abs(value) <= MAX_INTEGER:
        return int(value)
    return value


def exact(value: Json) -> object:
    """The value with the types of all its parts, for 1 == 1.0 == True."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value), value


@given(documents)
def test_an_admitted_value_is_a_plain_copy_with_integral_floats_as_integers(value: Json) -> None:
    """The walk gives what its text says, and admitting twice is admitting once."""
    admitted = admit(value)
    assert exact(admitted) == exact(as_said(value))
    assert exact(admit(admitted)) == exact(admitted)


def test_the_copy_is_private() -> None:
    """What happens to the value afterwards, at any depth, does not reach the copy, and the other way round."""
    inner: list[Json] = [1.0]
    value: dict[str, Json] = {"a": {"b": inner}}
    admitted = admit(value)
    inner.append(2)
    value["c"] = 1
    assert admitted == {"a": {"b": [1]}}
    assert value["a"] == {"b": [1.0, 2]}
    assert type(inner[0]) is float


@pytest.mark.parametrize(
    ("value", "admitted"),
    [
        (-0.0, 0),
        (1.0, 1),
        (2.0**53, 2**53),
        (-(2.0**53), -(2**53)),
        (2.0**53 + 2, 2.0**53 + 2),
        (1e300, 1e300),
        (0.5, 0.5),
        (True, True),
        ((1, (2,)), [1, [2]]),
        (Frozen({"a": Frozen({})}), {"a": {}}),
        ("a" * 1000, "a" * 1000),
        ("ü" * 1000, "ü" * 1000),
    ],
)
def test_each_kind_of_value_is_admitted_as(value: object, admitted: Json) -> None:
    """Numbers at the bounds, tuples, mappings of other kinds, long texts."""
    assert exact(admit(value)) == exact(admitted)


@pytest.mark.parametrize(
    ("value", "where", "reason"),
    [
        (math.nan, "$", "NaN"),
        ({"steps": [{}, {"id": -math.inf}]}, "$.steps[1].id", "NaN"),
        ([[0, 2**53 + 1]], "$[0][1]", "2^53"),
        ({"a": -(10**5000)}, "$.a", "2^53"),
        ({"a": ("ok", "\udc80")}, "$.a[1]", "surrogate"),
        ({"a": {"\ud800": 1}}, "$.a.\\ud800", "surrogate"),
        ({"a": "x" * 300 + "\ud800"}, "$.a", "surrogate"),
        ({"a": {1: 2}}, "$.a", "not text"),
        ({None: 2}, "$", "not text"),
        ({"a": b"x"}, "$.a", "bytes"),
        ({"a": [{1, 2}]}, "$.a[0]", "set"),
        ({"a": object}, "$.a", "type"),
        ([iter(())], "$[0]", "iterator"),
    ],
)
def test_what_is_no_json_is_refused_with_its_path(value: object, where: str, reason: str) -> None:
    """The first thing that is wrong is named, with what to do."""
    with pytest.raises(InvalidJson, match=reason.replace("^", r"\^")) as caught:
        admit(value)
    assert caught.value.where == where
    assert caught.value.remedy


def test_an_error_never_quotes_a_value() -> None:
    """Payload content stays out of messages; keys are places, and are cut."""
    for value in ({"k": ["secret\ud800"]}, {"k": ["secret", math.nan]}, {"k": {b"secret": 1}}):
        with pytest.raises(InvalidJson) as caught:
            admit(value)
        assert "secret" not in caught.value.message
    with pytest.raises(InvalidJson) as caught:
        admit({"x" * 10_000: {"y" * 10_000: math.nan}})
    assert len(caught.value.where or "") < 300


def test_depth_is_bounded_and_a_value_that_holds_itself_ends() -> None:
    """By the limit, not by recursion."""
    value: list[object] = []
    for _ in range(99):
        value = [value]
    assert admit(value) == value
    with pytest.raises(InvalidJson, match="deeper than 100"):
        admit([value])
    value.append(value)
    with pytest.raises(InvalidJson, match="deeper than 100"):
        admit(value)


def test_no_walk_is_longer_than_the_largest_document() -> None:
    """A few lists that hold each other many times would be a document of 2^40 values; it is refused early."""
    value: list[object] = [0]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(InvalidJson, match="larger than 1000 bytes"):
        admit(value, JsonLimits(max_bytes=1000))


def count(value: Json) -> int:
    """How many values a document holds, itself included."""
    if isinstance(value, Mapping):
        return 1 + sum(map(count, value.values()))
    return 1 + sum(map(count, value)) if isinstance(value, list | tuple) else 1


@given(documents, st.integers(0, 30))
def test_a_budget_only_decides_whether_the_walk_goes_on(value: Json, budget: int) -> None:
    """Within the budget the answer is the same as without one."""
    if count(value) > budget:
        with pytest.raises(LargerThanBudget):
            admit(value, budget=budget)
    else:
        assert exact(admit(value, budget=budget)) == exact(admit(value))


@pytest.mark.parametrize(
    "value", [list(range(101)), {str(key): key for key in range(101)}, ("a" * 64 * 101), [[1] * 99] * 2]
)
def test_more_than_the_budget_is_not_walked(value: object) -> None:
    """Values count, at any depth, and long texts count by their length."""
    with pytest.raises(LargerThanBudget):
        admit(value, budget=100)


def test_a_large_container_is_not_even_copied() -> None:
    """The budget protects the event loop from the copy too."""

    class Watched(list[int]):
        copied = False

        def __iter__(self) -> Iterator[int]:
            Watched.copied = True
            return super().__iter__()

    with pytest.raises(LargerThanBudget):
        admit({"rows": Watched(range(101))}, budget=100)
    assert not Watched.copied


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_a_document_that_must_be_an_object_is_one(value: object) -> None:
    """InvalidJson says what it is instead."""
    with pytest.raises(InvalidJson, match="a JSON object is expected"):
        admit_object(value)
    assert admit_object({}) == {}


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_depth": 0}, {"max_depth": MAX_DEPTH + 1}])
def test_limits_that_nothing_could_keep_are_refused(limits: dict[str, int]) -> None:
    """The encoder's own depth is never reached."""
    with pytest.raises(InvalidInput):
        JsonLimits(**limits)
