"""Facts in words, and blocks as lines."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import (
    Block,
    Branch,
    Document,
    Listing,
    Paragraph,
    Tree,
    inert,
    inert_lines,
    json_escaped,
    line,
    strong,
)
from artifact_plane.adapters.cli.page.plain import lines
from artifact_plane.adapters.cli.page.terminal import paint
from artifact_plane.adapters.cli.screen import Screen, json_page
from artifact_plane.domain.model.json import JsonObject
from tests.doubles.samples import NOW


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        ((1 << 20) - 1, "1.0 MiB"),
        (1 << 20, "1.0 MiB"),
        (5 << 30, "5.0 GiB"),
        (1 << 60, "1024.0 PiB"),
    ],
)
def test_sizes_are_in_the_unit_that_fits(count: int | None, shown: str) -> None:
    assert words.size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "ago", "age"),
    [
        (-60, "just now", "now"),
        (59, "just now", "now"),
        (60, "1 minute ago", "1m"),
        (7200, "2 hours ago", "2h"),
        (86_400 * 3, "3 days ago", "3d"),
        (86_400 * 800, "2 years ago", "2y"),
    ],
)
def test_distances_are_in_the_largest_unit_and_a_clock_that_runs_behind_is_now(
    seconds: int, ago: str, age: str
) -> None:
    later = NOW + timedelta(seconds=seconds)
    assert (words.ago(NOW, later), words.age(NOW, later)) == (ago, age)


@pytest.mark.parametrize(("seconds", "shown"), [(90, "90s"), (900, "15m"), (3600, "1h"), (86_400 * 7, "7d"), (0, "0s")])
def test_durations_are_written_as_a_policy_writes_them(seconds: int, shown: str) -> None:
    assert words.duration(seconds) == shown


def test_exact_times_are_in_utc() -> None:
    assert words.exactly(NOW) == "2026-03-01 09:30:15 UTC"


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\x9b31m", "\u202egnp.exe", "\udcff", "\x00", "\u2028", "\x7f"])
def test_no_character_that_a_terminal_would_act_on_is_left(text: str) -> None:
    shown = inert(text)
    assert shown.isprintable() and "\\" in shown
    assert inert_lines(text).replace("\n", "").isprintable()


def test_texts_of_several_lines_keep_line_feeds_and_tabs() -> None:
    assert inert_lines("a\n\tb\r\x1b") == "a\n\tb\\x0d\\x1b"


def test_escaped_json_is_the_same_json() -> None:
    value = {"a\u202e": ["\x9b", "\x7f", "ä", "\u2028"]}
    text = json_escaped(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert text.isprintable() and "ä" in text


def test_plain_lines_are_aligned_without_trailing_blanks_and_nothing_is_cut() -> None:
    wide = "x" * 500
    listing = Listing(
        ((line("a"), line(wide), line("")), (line("long"), line("b"), line("c"))), ("one", "two", "three")
    )
    shown = list(lines([listing]))
    assert shown[0].split() == ["one", "two", "three"]
    assert shown[1] == f"a     {wide}"
    assert shown[2].startswith("long  b ") and shown[2].endswith("  c")


def test_a_deep_tree_is_drawn_without_recursion() -> None:
    root = branch = Branch(line("0"))
    for depth in range(1, 3_000):
        branch.branches.append(Branch(line(str(depth))))
        branch = branch.branches[0]
    shown = list(lines([Tree(root)], ascii_only=True))
    assert len(shown) == 3_000
    assert shown[2] == "    `-- 2"


def test_siblings_are_joined_and_the_last_one_closes_the_branch() -> None:
    tree = Tree(Branch(line("r"), [Branch(line("a"), [Branch(line("b"))]), Branch(line("c"))]))
    assert list(lines([tree])) == ["r", "├── a", "│   └── b", "└── c"]


def test_paragraphs_and_documents_are_indented() -> None:
    assert list(lines([Paragraph(line("p"), 2), Document("a\nb", indent=4)])) == ["  p", "    a", "    b"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


BLOCKS: list[Block] = [
    Paragraph(line(strong("head")), 2),
    Listing(((line("0" * 36), line("some words that do not fit into the line")),), ("id", "what")),
    Tree(Branch(line("root"), [Branch(line("[bold]leaf[/bold] :smile:"))])),
    Document('{"a": 1}', "json"),
]


def test_a_terminal_wraps_words_and_never_breaks_an_id(narrow: Terminal) -> None:
    paint(narrow, BLOCKS)
    shown = narrow.getvalue()
    assert "0" * 36 in shown
    assert all(len(row) <= 70 for row in shown.splitlines() if "\x1b" not in row)


def test_what_looks_like_markup_is_shown_as_it_is(narrow: Terminal) -> None:
    paint(narrow, BLOCKS)
    assert "[bold]leaf[/bold] :smile:" in narrow.getvalue()


def test_no_color_means_no_escape_code_at_all(narrow: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(narrow, BLOCKS)
    assert "\x1b[" in narrow.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    bare = Terminal()
    paint(bare, BLOCKS)
    assert "\x1b" not in bare.getvalue()


def test_lists_of_a_few_plain_values_stand_on_one_line_and_the_json_is_the_same() -> None:
    value: JsonObject = {"a": [1, -2.5, True, None, 'x, "y"\n]'], "long": list(range(60)), "deep": [[1, 2], {"b": []}]}
    page = json_page(value)
    assert json.loads(page) == value
    assert '"a": [1, -2.5, true, null, "x, \\"y\\"\\n]"],' in page
    assert "[1, 2]" in page
    assert page.count("\n") > 60


def test_a_command_to_try_names_the_same_plane_and_tenant() -> None:
    assert DEFAULTS.command("ls") == "ap ls"
    elsewhere = Shared(home=Path("my plane"), tenant="acme")
    assert elsewhere.command("show", "a-1") == "ap show a-1 --home 'my plane' --tenant acme"
    assert DEFAULTS.outlives and not Shared(profile="memory").outlives


def test_a_stream_without_an_encoding_gets_the_text_as_it_is() -> None:
    """A program that calls the command line may catch its answer in a text buffer."""
    out = io.StringIO()
    Screen(out, io.StringIO()).show(*BLOCKS)
    assert out.getvalue()
