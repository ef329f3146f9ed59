"""Headers that are read and written: keys, preferences, file names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.http.dispositions import SAFE_INLINE, disposition, safe_name, suffix_of
from artifact_plane.adapters.http.idempotency import digest_of, key_of
from artifact_plane.adapters.http.links import next_page
from artifact_plane.adapters.http.prefer import wait_of
from artifact_plane.domain.model.errors import InvalidInput


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ("abc", "abc"),
        ('"abc"', "abc"),
        (r'"a\"b\\c"', r'a"b\c'),
        ('"a b"', "a b"),
        ("x" * 255, "x" * 255),
        ('a"b', 'a"b'),
    ],
)
def test_a_key_is_bare_or_quoted(header: str | None, key: str | None) -> None:
    assert key_of(header) == key


@pytest.mark.parametrize("header", ["", '""', "x" * 256, '"' + "x" * 256 + '"', "a b", '"a', r'"a\x"', "é", "a\x7f"])
def test_what_is_no_key_is_refused(header: str) -> None:
    with pytest.raises(InvalidInput):
        key_of(header)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=120))
def test_every_key_can_be_quoted(key: str) -> None:
    assert key_of('"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"') == key


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_no_two_lists_of_pieces_have_one_fingerprint(one: list[bytes], other: list[bytes]) -> None:
    assert (digest_of(one) == digest_of(other)) is (one == other)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("wait=5", 5),
        ("respond-async, wait=5", 5),
        ("Wait = 5; x=1", 5),
        ('wait="5"', 5),
        ("wait=999999", 60),
        ("wait=0", 0),
        ("wait=-1", None),
        ("wait=5x", None),
        ("await=5", None),
        ("wait", None),
        ("wait=" + "9" * 5_000, None),
    ],
)
def test_a_preference_is_bounded_and_what_is_none_is_passed_over(header: str | None, seconds: int | None) -> None:
    assert wait_of(header, 60) == seconds


@pytest.mark.parametrize(
    "name",
    [
        '"; filename=x.html',
        "a\r\nSet-Cookie: x=1",
        "x" * 500,
        "🦀.png",
        "invoice\u202egpj.exe",
        "../../etc/passwd",
        "C:\\windows\\x",
        ".hidden",
        "",
        "   ",
        "a\0b",
        "\ud800",
        "ﬁle\u2028.txt",
    ],
)
def test_any_name_gives_one_safe_header(name: str) -> None:
    header = disposition("attachment", name)
    assert re.fullmatch(r"attachment; filename=\"[ !#-\[\]-~]{1,120}\"(; filename\*=UTF-8''[A-Za-z0-9%._~-]+)?", header)
    assert header.count('"') == 2 and "/" not in header and "\\" not in header
    clean = safe_name(name)
    assert 0 < len(clean) <= 120 and not clean.startswith(".") and clean.isprintable()


def test_a_name_beyond_ascii_is_given_in_both_forms() -> None:
    assert disposition("inline", "Plän 3.pdf") == "inline; filename=\"Pl_n 3.pdf\"; filename*=UTF-8''Pl%C3%A4n%203.pdf"


def test_what_a_browser_could_run_is_never_safe_inline() -> None:
    assert not {kind for kind in SAFE_INLINE if "html" in kind or "svg" in kind or "xml" in kind or "script" in kind}


@pytest.mark.parametrize(("kind", "suffix"), [("image/png", ".png"), ("text/markdown; charset=x", ".md"), ("x/y", "")])
def test_a_suffix_is_that_of_the_type(kind: str, suffix: str) -> None:
    assert suffix_of(kind) == suffix


def test_a_link_leads_on_with_the_same_filters() -> None:
    assert next_page("/api/x", {"label": "a", "after": "1"}, "2&3") == {
        "link": '</api/x?label=a&after=2%263>; rel="next"'
    }
    assert next_page("/api/x", {"label": "a"}, None) == {}
