"""YAML as policies use it: plain data with places; what else YAML has is refused (cases P02, J06, K02)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.filesystem.policy_files import MVP_POLICY, PLATFORM_POLICY
from artifact_plane.adapters.filesystem.yaml_text import MAX_BYTES, parsed, read_yaml, table_of_words
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.policy_node import Node, Table


def plain(node: Node) -> object:
    """The data without its places."""
    if isinstance(node.value, Table):
        return {key.value: plain(value) for key, value in node.value.entries}
    return [plain(item) for item in node.value] if isinstance(node.value, tuple) else node.value


def places(node: Node) -> list[tuple[object, int, int]]:
    """Every scalar with its line and column."""
    if isinstance(node.value, Table):
        return [place for entry in node.value.entries for item in entry for place in places(item)]
    if isinstance(node.value, tuple):
        return [place for item in node.value for place in places(item)]
    return [(node.value, node.line, node.column)]


def test_each_scalar_has_its_place() -> None:
    """Line and column count from 1; a value that is not there has the place of its key."""
    node = read_yaml(b"# a comment\na: 1\nb:\n  - x\n  - {c: 'd e'}\n\xc3\xa9:\n", "p.yaml")
    assert places(node) == [
        ("a", 2, 1),
        (1, 2, 4),
        ("b", 3, 1),
        ("x", 4, 5),
        ("c", 5, 6),
        ("d e", 5, 9),
        ("é", 6, 1),
        (None, 6, 1),
    ]
    assert (node.file, node.line, node.column) == ("p.yaml", 2, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("---\n", None),
        ("a: ~", {"a": None}),
        ("a: null", {"a": None}),
        ("a: true\nb: False", {"a": True, "b": False}),
        ("a: no\nb: off\nc: y", {"a": "no", "b": "off", "c": "y"}),
        ("on: 1", {"on": 1}),
        ("true: 1\n010: 2\nnull: 3", {"true": 1, "010": 2, "null": 3}),
        ("a: -5\nb: +7\nc: 0", {"a": -5, "b": 7, "c": 0}),
        ("a: 99999999999999999999", {"a": "99999999999999999999"}),
        (
            "a: 0x1F\nb: 0o17\nc: 1e3\nd: 1.5\ne: .inf\nf: .nan",
            {"a": "0x1F", "b": "0o17", "c": "1e3", "d": "1.5", "e": ".inf", "f": ".nan"},
        ),
        ("a: 2026-01-17\nb: 12:30:45", {"a": "2026-01-17", "b": "12:30:45"}),
        ("a: '010'\nb: \"1\"", {"a": "010", "b": "1"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: >-\n  one\n  line\n", {"a": "one line"}),
        ('{"json": ["too", 1, null, {}]}', {"json": ["too", 1, None, {}]}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("'<<': 1", {"<<": 1}),
    ],
)
def test_scalars_are_plain_data(text: str, value: object) -> None:
    """Numbers, true, false and nothing; dates, hours, floats and words of older YAML are text."""
    assert plain(read_yaml(text.encode(), "p.yaml")) == value


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED: list[tuple[str, bytes, str]] = [
    ("an alias bomb (J06)", BOMB.encode(), "1:4: anchors are not used"),
    ("an alias", b"a: *b", "1:4: aliases are not used"),
    ("the default entry without quotes", b"a:\n  *: discard", "2:3: the entry for all other types stands in quotes"),
    ("an anchor on a mapping", b"a: &x {b: c}", "1:4: anchors are not used"),
    ("an object to construct (K02)", b"!!python/object:os.system x: y", "1:1: tags are not used"),
    ("an object to apply (K02)", b"a: !!python/object/apply:os.system ['true']", "1:4: tags are not used"),
    ("a tag of its own", b"a: !persist b", "1:4: tags are not used"),
    ("a standard tag", b"a: !!str 5", "1:4: tags are not used"),
    ("a merge key", b"a: 1\n<<: {b: 1}", "2:1: merge keys are not used"),
    ("a directive", b"%YAML 1.1\n---\na: 1", "1:1: directives are not used"),
    ("a tag directive", b"%TAG ! tag:x,2000:\n---\na: 1", "1:1: directives are not used"),
    ("two documents", b"a: 1\n---\nb: 2", "2:1: a policy is one document"),
    ("a list as key", b"? [a]\n: b", "1:3: a key is a single word"),
    ("a mapping as key", b"{{a: b}: c}", "1:2: a key is a single word"),
    ("an ambiguous number", b"a: 010", "1:4: 010 can be read in two ways"),
    ("a tab", b"a:\n\t- b", "2:1: this is not YAML"),
    ("a NUL", b"a: b\x00c", "1:5: the character U+0000"),
    ("an escape character", b"a: 1\nb: \x1b[31m", "2:4: the character U+001B"),
    ("a NUL in an escape", b'a: "b\\0"', "1:4: an escape stands for a character"),
    ("a lone surrogate in an escape", b'a: "\\ud800"', "1:4: an escape stands for a character"),
    ("an escape beyond Unicode", b'a: "\\U00110000"', "1:1: this is not YAML"),
    ("not UTF-8", b"a: \xe9", "1:4: a byte that is not UTF-8"),
    ("UTF-16", "a: b".encode("utf-16"), "1:1: a byte that is not UTF-8"),
    ("a line separator that no editor shows", "a: b\u2028c: d".encode(), "1:5: the character U+2028"),
    ("100,000 brackets", b"[" * 100_000, "1:1: a line has 4096 characters at most"),
    ("many brackets", b"\n [" * 33, "2:2: nested deeper than 32 levels"),
    (
        "many levels",
        "".join("  " * level + "a:\n" for level in range(40)).encode(),
        "33:65: nested deeper than 32 levels",
    ),
    ("many levels in a line", b"[a, " * 40, "1:129: nested deeper than 32 levels"),
    ("many dashes", b"- " * 2000, "1:65: nested deeper than 32 levels"),
    ("a long line", b"a: 1\nb: " + b"x" * 5000, "2:1: a line has 4096 characters at most"),
    ("a long text", b"a: b\n" * 300_000, f"1:1: a policy has {MAX_BYTES} bytes at most"),
    ("an unfinished text", b"a: 'b", "1:6: this is not YAML"),
    ("an unfinished list", b"a: [b\n", "2:1: this is not YAML"),
    ("values that follow each other", b"a: b: c", "1:5: this is not YAML"),
    ("a stray bracket", b"a: ]", "1:4: this is not YAML"),
]


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_a_policy_does_not_use_is_refused_at_its_place(text: bytes, said: str) -> None:
    """One problem, with file, line and column; nothing is constructed and nothing runs away."""
    with pytest.raises(InvalidPolicy) as caught:
        read_yaml(text, "p.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"p.yaml:{said}")


def test_repeated_keys_are_left_for_the_language_to_see() -> None:
    """Both stand in the tree, so that the error can name both lines (case P02)."""
    node = read_yaml(b"a: 1\na: 2", "p.yaml")
    assert isinstance(node.value, Table)
    assert [key.line for key, _ in node.value.entries] == [1, 2]


# A table of words is read without a parser, and that makes no difference

words = st.sampled_from(["persist", "cache", "discard", "presist", "null", "true", "false", "no", "x"])
keys = st.sampled_from(["sop", "workflow", "_a", "true", "null", "A-b_1", "a", "no", "x" * 128])
indents = st.sampled_from(["  ", " ", "    "])
entries = st.builds("{}: {}{}".format, keys, words, st.sampled_from(["", " ", "  # why", " #"]))
between = st.sampled_from(["", "# a comment", "  # another", "   "])
odd = st.sampled_from(
    [
        "sop : persist",
        "sop:persist",
        "- a",
        "sop: [a]",
        "sop: 'a'",
        "---",
        "sop: a b",
        "\tsop: a",
        "sop:",
        "? a",
        "sop: A",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A text that is, or nearly is, a table of words."""
    indent = draw(indents)
    rows = draw(st.lists(st.one_of(entries.map(lambda row: indent + row), between), max_size=8))
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.one_of(odd, odd.map(lambda row: indent + row), entries)))
    head = draw(
        st.sampled_from(
            ["materialization_policy:", "materialization_policy: # head", "materialization_policy: ", "other:"]
        )
    )
    return "\n".join([*draw(st.lists(between, max_size=2)), head, *rows]) + draw(st.sampled_from(["", "\n"]))


@settings(max_examples=400, deadline=None)
@given(tables())
@example("materialization_policy:\n  sop: persist\n    poc: cache\n")
@example(PLATFORM_POLICY.read_text("utf-8"))
@example(MVP_POLICY.read_text("utf-8"))
def test_a_table_of_words_reads_as_the_parser_reads_it(text: str) -> None:
    """Where the short way answers at all, it answers the same, places included."""
    short = table_of_words(text, "p.yaml")
    if short is not None:
        assert short == parsed(text, "p.yaml")


@pytest.mark.parametrize("path", [PLATFORM_POLICY, MVP_POLICY], ids=["platform", "mvp"])
def test_the_packaged_policies_are_tables_of_words(path: Path) -> None:
    """They are read without the parser's import."""
    assert table_of_words(path.read_text("utf-8"), "p.yaml") is not None


CHUNKS = r"""a b: - [ ] { } , : ? ' " \ | >- # &a *a *: ! !! % @ --- ... <<: ~ \x4 é 0 = sop: persist"""
chunks = st.sampled_from([*CHUNKS.split(" "), " ", "  ", " ", "\n", "\n", "\r", "\x85", "\t"])


@settings(max_examples=800, deadline=None)
@given(st.lists(chunks, max_size=16).map("".join))
def test_whatever_the_text_it_is_read_or_refused_with_a_place(text: str) -> None:
    """No error of another kind reaches the user."""
    try:
        read_yaml(text.encode(), "p.yaml")
    except InvalidPolicy as error:
        (problem,) = error.problems
        assert problem.line >= 1 and problem.column >= 1
