"""The renderer `document` as PDF. Its pages are not compressed, so what they say can be read from the bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from artifact_plane.domain.model.json import Json

from .drawing import draw
from .samples import REPORT, json_objects


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def _shown(pdf: bytes) -> list[str]:
    """Every ASCII line of text, in the order of drawing."""
    drawn = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", pdf)
    return [re.sub(rb"\\([()\\])", rb"\1", text).decode("latin-1") for text in drawn]


def test_a_pdf_says_what_the_document_says_and_numbers_its_pages() -> None:
    """Title, facts, tables and foot; the file is well begun and well ended."""
    pdf = draw("document", "pdf", REPORT)
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF")
    shown = _shown(pdf)
    for text in (
        "QUALITY REPORT",
        "Data quality of claims intake",
        "12,480",
        "Share",
        "0.02492",
        "none",
        "Second line.",
    ):
        assert text in shown
    assert f"Page 1 of {_pages(pdf)}" in shown
    assert b"/Lang (en)" in pdf


def test_a_long_table_goes_on_over_pages_under_its_own_head() -> None:
    """Every row is there, and every page of it repeats the names of the columns."""
    rows: Json = [{"name": f"row {number}", "note": "long text that wraps " * 12} for number in range(300)]
    pdf = draw("document", "pdf", {"title": "Long", "rows": rows})
    shown = _shown(pdf)
    assert [text for text in shown if text.startswith("row ")] == [f"row {number}" for number in range(300)]
    assert shown.count("Note") == _pages(pdf) > 10


def test_a_cell_longer_than_a_page_goes_on_on_the_next() -> None:
    """Nothing is cut off: every word is drawn."""
    text = " ".join(f"w{number}." for number in range(3000))
    pdf = draw("document", "pdf", {"rows": [{"id": "a", "text": text}, {"id": "b", "text": "end"}]})
    assert len(re.findall(r"w\d+\.", " ".join(_shown(pdf)))) == 3000


def test_a_table_with_too_many_columns_becomes_lists() -> None:
    """Forty columns have no room on paper; each row is then a list of names and values."""
    row: Json = {f"column_{number}": f"value{number}" for number in range(40)}
    shown = _shown(draw("document", "pdf", {"rows": [row, row]}))
    assert shown.count("value39") == 2
    assert "Row 2" in shown


def test_a_page_may_be_letter_size() -> None:
    """A4 unless asked otherwise."""
    assert b"/MediaBox [ 0 0 595.28 841.89 ]" in draw("document", "pdf", REPORT)
    assert b"/MediaBox [ 0 0 612 792 ]" in draw("document", "pdf", REPORT, page="letter")


@pytest.mark.parametrize(
    "text", ["žluťoučký kůň", "Ελληνικά", "Русский", "ąęłńóśźż", "→ ≤ ≥ €", "漢字 かな", "😀\u200d👩", "עברית"]
)
def test_any_script_is_drawn_or_replaced_and_never_fails(text: str) -> None:
    """Latin, Greek and Cyrillic as they are; what the typeface has not, as an empty box."""
    pdf = draw("document", "pdf", {"title": text, "rows": [{"a": text, "b": 1}]})
    drawn = {int(code, 16) for code in re.findall(rb"<([0-9A-F]{4})>", pdf)}
    expected = {ord(character) for character in text if ord(character) < 0x2600 and character not in " \u200d"}
    assert (expected or {ord("▯")}) <= drawn


@given(json_objects)
@settings(max_examples=40, deadline=None)
def test_any_json_object_becomes_a_pdf(payload: dict[str, Json]) -> None:
    """Whatever it holds."""
    assert _pages(draw("document", "pdf", payload)) >= 1
