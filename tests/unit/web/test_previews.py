"""Previews: by media type, from the first bytes, within bounds."""

from __future__ import annotations

import re
import struct

import pytest

from artifact_plane.adapters.web.previews.head import Head
from artifact_plane.adapters.web.previews.images import pixels
from artifact_plane.adapters.web.previews.kinds import EMBEDDED, Kind, frame_policy, kind_of
from artifact_plane.adapters.web.previews.markdown import markdown_of
from artifact_plane.adapters.web.previews.tables import MOST_COLUMNS, MOST_ROWS, table_of


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("text/plain", Kind.TEXT),
        ("TEXT/HTML; charset=utf-8", Kind.FRAME),
        ("image/svg+xml", Kind.FRAME),
        ("application/xhtml+xml", Kind.FRAME),
        ("application/problem+json", Kind.JSON),
        ("application/rss+xml", Kind.TEXT),
        ("text/javascript", Kind.TEXT),
        ("image/png", Kind.IMAGE),
        ("image/x-unknown", Kind.NOTHING),
        ("application/zip", Kind.NOTHING),
        ("nonsense", Kind.NOTHING),
    ],
)
def test_the_media_type_tells_the_kind(media_type: str, kind: Kind) -> None:
    """What could run is only ever framed; what nobody knows is not shown."""
    assert kind_of(media_type) is kind


def test_nothing_embedded_may_run_or_load() -> None:
    """Each kind that the browser draws comes with a policy that allows no script and no address."""
    for kind in EMBEDDED:
        policy = frame_policy(kind)
        assert "default-src 'none'" in policy and "script-src" not in policy and "http" not in policy
    assert frame_policy(Kind.FRAME).startswith("sandbox;")


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_character_that_was_cut_is_left_out(cut: int) -> None:
    """The beginning of a text ends with a whole character."""
    data = "abc𝄞".encode()
    assert Head(data=data[:-cut], size=100, verified=False).text == "abc"
    assert Head(data=data, size=100, verified=False).text == "abc𝄞"
    assert Head(data=b"a\xffb\x00", size=4, verified=True).text == "a�b�"


def jpeg(width: int, height: int) -> bytes:
    """The first bytes of a JPEG file."""
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3)
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF" + bytes(10) + b"\xff" + frame


def webp(form: bytes, body: bytes) -> bytes:
    """The first bytes of a WebP file."""
    return b"RIFF" + bytes(4) + b"WEBP" + form + bytes(4) + body


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + struct.pack(">II", 640, 480), (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 20, 10), (20, 10)),
        (jpeg(300, 200), (300, 200)),
        (webp(b"VP8X", bytes(4) + (799).to_bytes(3, "little") + (599).to_bytes(3, "little")), (800, 600)),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 99 | 49 << 14)), (100, 50)),
        (webp(b"VP8 ", bytes(6) + struct.pack("<HH", 30, 40)), (30, 40)),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"BM nothing", None),
        (b"", None),
    ],
)
def test_pixels_are_told_from_the_first_bytes(data: bytes, size: tuple[int, int] | None) -> None:
    """PNG, GIF, JPEG and the three forms of WebP; anything else, or less, says nothing."""
    assert pixels(data) == size


def head(text: str, size: int | None = None) -> Head:
    """The beginning of a text."""
    data = text.encode()
    return Head(data=data, size=size or len(data), verified=True)


def test_a_table_is_bounded_in_rows_columns_and_cells() -> None:
    """What is left out is said."""
    text = "\n".join(",".join("x" * 300 for _ in range(60)) for _ in range(400))
    table = table_of(head(text))
    assert table is not None
    assert len(table.rows) == MOST_ROWS and table.cut_rows
    assert len(table.names) == MOST_COLUMNS and table.columns == 60
    assert len(table.rows[0][0]) == 201


def test_the_delimiter_is_found_and_rows_are_filled_up() -> None:
    """Semicolons and tabs too; a short row is no error; a row that was cut is left out."""
    table = table_of(head("a;b;c\n1;2\n3;4;5\n6;7", size=10_000))
    assert table is not None
    assert (table.names, table.rows) == (("a", "b", "c"), (("1", "2", ""), ("3", "4", "5")))
    tabs = table_of(head("a\tb\n1\t2\n"), tabs=True)
    assert tabs is not None and tabs.rows == (("1", "2"),)
    assert table_of(head("")) is None


def test_markdown_makes_no_markup_of_its_own() -> None:
    """Raw HTML is text, addresses that run something are no links, styles are classes."""
    markup = markdown_of("# A\n\n<b onclick=x>\n\n[a](javascript:x) [b](data:text/html,x)\n\n|a|\n|-:|\n|1|\n")
    assert "<h3>A</h3>" in markup and "&lt;b onclick=x&gt;" in markup
    assert "<a" not in markup and "style=" not in markup and 'class="right"' in markup


@pytest.mark.parametrize(
    ("media_type", "data", "text"),
    [
        ("text/plain; charset=ISO-8859-1", "5 € für Façade".encode("cp1252"), "5 € für Façade"),
        ('text/plain; format=flowed; charset="koi8-r"', "привет".encode("koi8-r"), "привет"),
        ("text/plain; charset=shift_jis", "日本".encode("shift_jis"), "日本"),
        ("text/csv", "a,b".encode("utf-16"), "a,b"),
        ("text/csv; charset=iso-8859-1", b"\xef\xbb\xbfna\xc3\xafve", "naïve"),
        ("text/plain; charset=rot13", b"abc", "abc"),
        ("text/plain; charset=nonsense", "ä".encode(), "ä"),
        ("text/plain; charset=\x00", b"abc", "abc"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_says(media_type: str, data: bytes, text: str) -> None:
    """Its first bytes know best, then its media type; what is no encoding of texts is read as UTF-8."""
    head = Head(data=data, size=len(data), verified=True, media_type=media_type)
    assert head.text == text and head.legible


def test_what_is_no_text_is_told() -> None:
    """A byte that its encoding does not know, and a NUL; a character that was cut is neither."""
    assert not Head(data=b"a\xff", size=2, verified=True).legible
    assert not Head(data=b"a\x00", size=2, verified=True).legible
    assert Head(data="aä".encode()[:-1], size=3, verified=True).legible
    assert Head(data="aä".encode()[:-1], size=2, verified=True).legible is False


def test_headings_leave_no_level_out() -> None:
    """Whatever the document begins at, and however it jumps; those of one level stay at one level."""
    markup = markdown_of("## A\n\n##### B\n\n## C\n\n# D\n\n## E\n")
    assert re.findall(r"<h(\d)>(\w)", markup) == [("3", "A"), ("4", "B"), ("3", "C"), ("3", "D"), ("4", "E")]


def test_facts_before_a_document_are_no_heading() -> None:
    """Front matter stands as it is written; a rule across the page is a rule."""
    markup = markdown_of("---\ntitle: A page\ncover: a.png\n---\n# Text\n\n---\n")
    assert "<code>title: A page\ncover: a.png\n</code>" in markup and "<h3>Text</h3>" in markup and "<hr" in markup
    assert "<code>" not in markdown_of("---\n\nText\n\n***\n") and "<hr" in markdown_of("---\n\nText\n")


def test_a_table_that_is_there_whole_is_counted() -> None:
    """The page shows the beginning, and says of how many rows."""
    lines = "n\n" + "".join(f"{n}\n" for n in range(MOST_ROWS + 7))
    table = table_of(head(lines))
    assert table is not None and (len(table.rows), table.cut_rows, table.count) == (MOST_ROWS, True, MOST_ROWS + 7)
    cut = table_of(head(lines, size=10_000_000))
    assert cut is not None and cut.cut_rows and cut.count is None
