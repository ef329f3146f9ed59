"""What differs between two meanings."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.web.difference import MOST_DIFFERENCES, How, differences
from artifact_plane.domain.model.json import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xyz", max_size=2), inner, max_size=4),
    max_leaves=12,
)


def told(left: Json, right: Json) -> list[tuple[str, How, str | None, str | None]]:
    """The differences as tuples."""
    return [(one.path, one.how, one.left, one.right) for one in differences(left, right)[0]]


def test_each_difference_has_its_path() -> None:
    """Changed, removed and added, in objects and arrays."""
    left: Json = {"a": 1, "b": [{"c": "x"}, 2], "d": None}
    right: Json = {"a": 2, "b": [{"c": "y"}, 2, 3], "e": []}
    assert told(left, right) == [
        ("a", How.CHANGED, "1", "2"),
        ("b[0].c", How.CHANGED, '"x"', '"y"'),
        ("b[2]", How.ADDED, None, "3"),
        ("d", How.REMOVED, "null", None),
        ("e", How.ADDED, None, "[]"),
    ]


def test_an_item_that_is_inserted_moves_no_other() -> None:
    """Equal items are aligned, so one insertion is one difference."""
    assert told([1, 2, 3, 4], [0, 1, 2, 3, 4]) == [("[0]", How.ADDED, None, "0")]


def test_true_is_not_one() -> None:
    """Python's equality is not JSON's."""
    assert told({"a": True}, {"a": 1}) == [("a", How.CHANGED, "true", "1")]


def test_there_is_a_bound() -> None:
    """A thousand differences are not all shown, and that is said."""
    found, more = differences({str(n): 1 for n in range(1_000)}, {})
    assert len(found) == MOST_DIFFERENCES and more
    text = differences({"a": "x" * 10_000}, {"a": ""})[0][0].left
    assert text is not None and len(text) < 500 and "10,002 characters" in text


def test_aligning_is_bounded_for_a_comparison_as_a_whole() -> None:
    """What the budget does not reach is compared place by place: slower to read, and told in any case."""
    left: Json = {name: list(range(500)) for name in "abc"}
    right: Json = {name: [-1, *range(500)] for name in "abc"}
    found, more = differences(left, right)
    assert [one.path for one in found[:2]] == ["a[0]", "b[0]"]
    assert more and {one.path.partition("[")[0] for one in found[2:]} == {"c"}


def test_depth_ends_in_a_whole() -> None:
    """What lies deeper than anybody reads is one difference."""
    left: Json = "left"
    right: Json = "right"
    for _ in range(90):
        left, right = [left], [right]
    assert len(differences(left, right)[0]) == 1


@given(JSON)
def test_nothing_differs_from_itself(value: Json) -> None:
    """Whatever it is."""
    assert differences(value, value) == ((), False)


@given(JSON, JSON)
def test_what_is_unequal_differs(left: Json, right: Json) -> None:
    """There is a difference exactly where the written forms differ."""
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (not told(left, right)) == same
