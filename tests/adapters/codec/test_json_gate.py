"""The gate for JSON text from outside: what it lets in, and where it says that something is wrong."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.json_gate import parse_json, read_json
from artifact_plane.domain.model.errors import InvalidJson
from artifact_plane.domain.model.json import Json, JsonLimits, LargerThanBudget, admit

REFUSED: list[tuple[str, str | bytes, str, str]] = [
    ("J01 100,000 brackets", "[" * 100_000, "1:101", "deeper than 100"),
    ("J01 closed again", "[" * 500 + "]" * 500, "1:101", "deeper than 100"),
    ("J01 one level too deep", "[" * 101 + "]" * 101, "1:101", "deeper than 100"),
    ("J01 in objects", '{"a":' * 100_000, "1:501", "deeper than 100"),
    ("J02 a key twice", '{"a": 1,\n "b": 2,\n "a": 3}', "3:2", "already, at line 1, column 2"),
    ("J02 a key twice, escaped", '{"a": 1, "\\u0061": 2}', "1:10", "already, at line 1, column 2"),
    ("J02 in an inner object", '[{"a": {"b": 1, "b": 1}}]', "1:17", "already"),
    ("J03 NaN", '{"a": NaN}', "1:7", "NaN"),
    ("J03 Infinity", "[Infinity]", "1:2", "infinity"),
    ("J03 -Infinity", "[-Infinity]", "1:2", "infinity"),
    ("J03 1e400", "[0, 1e400]", "1:5", "too large"),
    ("J03 -1E400", "[-1E400]", "1:2", "too large"),
    ("J03 5,000 digits", "[" + "7" * 5000 + "]", "1:2", "2^53"),
    ("J03 beyond 2^53", "[\n9007199254740993]", "2:1", "2^53"),
    ("J03 beyond -2^53", "[-9007199254740993]", "1:2", "2^53"),
    ("J03 beyond 2^64", "[18446744073709551616]", "1:2", "2^53"),
    ("J04 a lone surrogate", '{"k": "\\ud800"}', "1:7", "surrogate"),
    ("J04 a low one first", '["\\udc00\\ud800"]', "1:2", "surrogate"),
    ("J04 in a key", '{"\\ud800x": 1}', "1:2", "surrogate"),
    ("J04 unescaped", '["\ud800"]', "1:3", "surrogate"),
    ("J04 byte order mark", "\ufeff{}", "1:1", "byte order mark"),
    ("J04 byte order mark in bytes", b"\xef\xbb\xbf{}", "1:1", "byte order mark"),
    ("J04 not UTF-8", b'{\n"\xc3\xbc": "\xff"}', "2:7", "UTF-8"),
    ("J04 UTF-16", '{"a": 1}'.encode("utf-16"), "1:1", "UTF-8"),
    ("no text at all", "", "1:1", "empty"),
    ("two documents", "{} {}", "1:4", "after"),
    ("an unfinished text", '{"a": "b', "1:9", "end"),
    ("a comma too many", "[1,]", "1:3", "comma"),
    ("J02 a key twice, hidden by an escaped colon", '{"a":1,"a":2,"b":"\\u003a"}', "1:8", "already"),
    ("J02 a key twice, hidden by another escape", '{"a":1,"a":2,"b":"\\u003A"}', "1:8", "already"),
    ("J02 a key twice, with colons about", '{"a:":":","a:":"::"}', "1:11", "already"),
    ("J03 beyond 2^64, in a list of floats", "[1e30, 1234567890123456789012]", "1:8", "2^53"),
    ("a control character", '["a\nb"]', "1:4", "control"),
    ("a syntax error before something worse", '{"a" 1, "b": NaN}', "1:6", "':'"),
    ("something worse before a syntax error", '{"a": NaN, "b" 1}', "1:7", "NaN"),
]


@pytest.mark.parametrize(
    ("text", "place", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_text_that_is_not_strictly_json_is_refused_at_its_place(text: str | bytes, place: str, message: str) -> None:
    """What, line, column, and what to do (cases J01 to J04)."""
    with pytest.raises(InvalidJson, match="(?i)" + message.replace("^", r"\^")) as caught:
        parse_json(text, what="params.json")
    assert caught.value.where == f"params.json:{place}"
    assert caught.value.remedy


def test_the_error_quotes_no_content() -> None:
    """What the text says stays out of messages and logs."""
    for text in ('{"secret": 1, "secret": 2}', '["secret", NaN]', '{"secret" 1}', '["secret\\ud800"]'):
        with pytest.raises(InvalidJson) as caught:
            parse_json(text, what="x")
        assert "secret" not in str(caught.value)


def test_what_is_at_the_limit_is_let_in() -> None:
    """2^53, a pair of surrogates, 100 levels, and the same key in two objects."""
    assert parse_json(b"[9007199254740992, -9007199254740992]", what="x") == [2**53, -(2**53)]
    assert parse_json('"\\ud83d\\ude00"', what="x") == "😀"
    assert parse_json("[" * 100 + "]" * 100, what="x") is not None
    assert parse_json('[{"a": {"a": 1}}, {"a": 2}]', what="x") == [{"a": {"a": 1}}, {"a": 2}]
    assert parse_json(' "a\u2028b" ', what="x") == "a\u2028b"


@pytest.mark.parametrize(
    ("text", "value"),
    [("-0.0", 0), ("[1.0, 2e3]", [1, 2000]), ('{"a": 1e15}', {"a": 10**15}), ("1e300", 1e300), ("[0.5]", [0.5])],
)
def test_a_whole_number_is_one_however_it_is_written(text: str, value: Json) -> None:
    """-0.0 is 0, as documented (case J03); what is beyond 2^53 and written as a float stays one."""
    assert repr(parse_json(text, what="x")) == repr(value)


def test_what_was_read_need_not_be_walked_again() -> None:
    """An object in it is said to be admitted, with at least the levels and values that it has."""
    read = read_json('{"inner": {"deep": [[1, 2.0]]}, "more": [1, 2]}', what="x")
    assert isinstance(read.value, dict)
    inner = read.admitted(read.value["inner"])
    assert dict(inner) == {"deep": [[1, 2]]} and len(inner) == 1
    assert (inner.depth, inner.size) == (4, 9)
    assert JsonCodec().meaning(inner) == JsonCodec().meaning(read.value["inner"])


def test_what_was_read_under_other_limits_is_judged_by_those_of_the_codec() -> None:
    """Depth, size and the budget of the event loop hold for an admitted object too."""
    read = read_json('{"a": ' + "[" * 9 + "]" * 9 + "}", what="x")
    assert isinstance(read.value, dict)
    inner = read.admitted(read.value)
    with pytest.raises(InvalidJson, match="deeper than 8"):
        JsonCodec(limits=JsonLimits(max_depth=8)).meaning(inner)
    with pytest.raises(InvalidJson, match="bytes in the canonical form, where 8"):
        JsonCodec(limits=JsonLimits(max_bytes=8)).meaning(inner)
    with pytest.raises(LargerThanBudget):
        JsonCodec().meaning(inner, budget=9)
    assert JsonCodec().meaning(inner, budget=10) == JsonCodec().meaning(read.value)


def test_size_and_depth_are_limits_that_can_be_set() -> None:
    """By the byte and by the level."""
    assert parse_json("[[1]]", limits=JsonLimits(max_bytes=5, max_depth=2), what="x") == [[1]]
    with pytest.raises(InvalidJson, match="larger than 4 bytes"):
        parse_json("[[1]]", limits=JsonLimits(max_bytes=4), what="x")
    with pytest.raises(InvalidJson, match="deeper than 1"):
        parse_json("[[1]]", limits=JsonLimits(max_depth=1), what="x")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner)
    ),
    max_leaves=15,
)


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_every_json_value_is_let_in_as_it_is(value: Json, ascii_only: bool, indent: int | None) -> None:
    """The gate is strict, not narrow."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert repr(parse_json(text, what="x")) == repr(admit(value))
    assert repr(parse_json(text.encode(), what="x")) == repr(admit(value))


TOKENS = r"""
    "a" "b" ":" "\u003a" "\u0061" "\ud800" "\ud83d\ude00" : , { } [ ] 1 -0 1e999 1e25 1.5e3 NaN -Infinity
    9007199254740993 true null
    \ " x é
"""
pieces = st.sampled_from([*re.findall(r"\S+", TOKENS), " ", "\n", "\ufeff"])


@settings(max_examples=600)
@given(st.lists(pieces, max_size=14).map("".join))
@example('{"a":1,"a":[')
def test_whatever_the_text_it_is_let_in_or_refused_with_a_place(text: str) -> None:
    """No other error, and what is let in is what a strict reading of it says: nothing twice, nothing rounded."""
    try:
        value = parse_json(text, limits=JsonLimits(max_depth=3), what="x")
    except InvalidJson as error:
        assert (error.where or "").startswith("x:")
    else:
        said = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_never)
        assert repr(value) == repr(admit(said, JsonLimits(max_depth=3)))


def _each_key_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def _never(name: str) -> None:
    raise AssertionError(f"{name} was let in")
