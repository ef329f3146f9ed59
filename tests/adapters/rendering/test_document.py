"""The renderer `document` in Markdown and HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from artifact_plane.adapters.rendering.text import one_line
from artifact_plane.domain.model.json import Json

from .drawing import draw_text
from .samples import CHARTS, HOSTILE, REPORT, json_objects

_VOID = {"meta", "br"}


class _Page(HTMLParser):
    """Tags that are open, everything that was seen, and the text of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("the page has no comments")


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def _body(html: str) -> _Page:
    return _read(html[html.index("<main>") : html.index("</main>") + len("</main>")])


def _markdown_as_html(markdown: str, *, raw_html: bool = False) -> str:
    reader = MarkdownIt("gfm-like", {"linkify": False, "html": raw_html})
    return str(reader.render(markdown)).replace(" />", ">")


def _headline(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return "".join(_read(found.group(1)).text)


@given(json_objects)
@settings(deadline=None)
def test_any_json_object_becomes_a_balanced_page_without_active_content(payload: dict[str, Json]) -> None:
    """No script, no handler, no reference to anything outside, whatever the meaning holds."""
    page = _read(draw_text("document", "html", payload))
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "a", "link", "iframe", "object", "form"})
    names = {name for _, attributes in page.tags for name in attributes}
    assert names <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}


@given(json_objects)
@settings(deadline=None)
def test_any_json_object_becomes_markdown_whose_html_holds_no_raw_html(payload: dict[str, Json]) -> None:
    """Read with raw HTML allowed, the Markdown has only the tags that our own structure makes."""
    markdown = draw_text("document", "markdown", payload)
    page = _read(_markdown_as_html(markdown, raw_html=True))
    structure = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "li", "strong", "em", "code", "pre", "br"}
    assert {tag for tag, _ in page.tags} <= structure | {"table", "thead", "tbody", "tr", "th", "td"}


@given(json_objects)
@settings(deadline=None)
def test_both_formats_show_the_same_words(payload: dict[str, Json]) -> None:
    """Whatever the texts hold, Markdown, once read, says what the page says: nothing is lost, nothing comes alive."""
    markdown = _markdown_as_html(draw_text("document", "markdown", payload))
    html = draw_text("document", "html", payload)
    assert _headline(markdown) == _headline(html)
    assert _letters(_read(markdown)) == _letters(_body(html))


def test_a_title_comes_from_title_then_name_then_kind() -> None:
    """And where there is none of them the document says so."""
    payloads: list[dict[str, Json]] = [
        {"title": "T", "name": "N"},
        {"name": "N", "kind": "k"},
        {"kind": "gap_list"},
        {},
    ]
    titles = [re.findall(r"<h1>(.*)</h1>", draw_text("document", "html", payload)) for payload in payloads]
    assert titles == [["T"], ["N"], ["Gap list"], ["Untitled"]]


def test_the_structure_of_a_meaning_is_the_structure_of_its_document() -> None:
    """Scalars are facts, scalar lists bullets, object lists tables, objects sections."""
    markdown = draw_text("document", "markdown", REPORT)
    assert markdown.startswith("*Quality report*\n\n# Data quality of claims intake\n\nMost columns are complete;")
    for piece in (
        "- **Rows:** 12,480\n",
        "- **Complete:** yes\n",
        "- **Reviewer:** *none*\n",
        "\n## Missing\n\n| Column | Missing | Share | Examples | Note |\n| --- | ---: | ---: | --- | --- |\n",
        "| loss_date | 311 | 0.02492 | *none* | *none* |\n",
        "| postcode | 87 | *none* | *none* | numbers \\| leading zeros |\n",
        "\n## Statistics\n\n| Name | Min | Max |\n| --- | ---: | ---: |\n| age | 18 | 97 |\n| excess | 0 | 2500 |\n",
        "\n## Recommendations\n\n- Require the loss date.\n- Keep the postcode as text.\n",
        "\n## Assessments\n\n### Completeness\n\n#### Findings\n\n| Check | Passed |\n",
        "\n## Source\n\n- **Bytes:** 2,831,042\n- **File name:** claims.csv\n- **Year:** 20260131\n",
        "\n## Notes\n\nFirst line.\\\nSecond line.\n\nAnother paragraph.\n",
    ):
        assert piece in markdown


def test_the_page_has_the_same_structure() -> None:
    """The same blocks as in Markdown, as HTML elements."""
    html = draw_text("document", "html", REPORT)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">\n')
    assert '<p class="kicker">Quality report</p><h1>Data quality of claims intake</h1>' in html
    assert "<dt>Rows</dt><dd>12,480</dd>\n<dt>Complete</dt><dd>yes</dd>" in html
    assert '<th scope="col" class="number">Share</th>' in html
    assert '<td class="number">0.02492</td><td><span class="none">none</span></td>' in html
    assert "<p>First line.<br>Second line.</p>\n<p>Another paragraph.</p>" in html
    assert "prefers-color-scheme: dark" in html


def test_keys_stand_in_reading_order() -> None:
    """What names a thing first, ranges from low to high, numbered ones by number, notes last; the rest by alphabet."""
    keys = ["notes", "max", "column_10", "zeta", "min", "column_9", "alpha", "name", "id"]
    shown = draw_text("document", "markdown", {"record": dict.fromkeys(keys, 1), "other": [1, 2]})
    facts = re.findall(r"- \*\*(.*?):\*\*", shown)
    assert facts == ["Name", "ID", "Min", "Max", "Alpha", "Column 9", "Column 10", "Zeta", "Notes"]


def test_a_chart_is_a_table_of_its_data() -> None:
    """Categories, bins and points are rows, series are columns; what is no chart after all is drawn as it is."""
    markdown = draw_text("document", "markdown", CHARTS)
    for piece in (
        "- **Kind:** bar\n\n| species | count |\n| --- | ---: |\n| Adelie | 152 |\n| Chinstrap | 68 |\n",
        "| g | body_mass_g |\n| --- | ---: |\n| 2700 to 3200 | 4 |\n",
        "| Series | length | depth |\n| --- | ---: | ---: |\n| Adelie | 38.8 | 18.3 |\n",
        "| month | 2025 | claims |\n| ---: | ---: | ---: |\n| 1 | 12,010 | 1 |\n| 2 | *none* | 2 |\n",
    ):
        assert piece in markdown
    broken: dict[str, Json] = {"kind": "bar", "x": {"label": "x"}, "series": [{"name": "a", "values": [1]}]}
    assert "## Series" in draw_text("document", "markdown", broken)


def test_what_is_nested_too_deep_is_shown_as_json() -> None:
    """Six levels are drawn unless the option says otherwise."""
    payload: Json = {"n": 1}
    for _ in range(50):
        payload = {"k": payload}
    assert isinstance(payload, dict)
    assert draw_text("document", "markdown", payload).count("# K\n") == 7
    assert draw_text("document", "markdown", payload, depth=2).count("# K\n") == 3
    assert "```json\n{" in draw_text("document", "markdown", payload)


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "# no heading", "1. no list", "- no list", "+ none", "---", "=", "a|b", "*a* _b_ `c` [d](e) <f>", "&lt;",
     "$x$", "~~x~~", "\\", "trailing #", "`` ` ``"],
)  # fmt: skip
def test_text_means_only_itself_in_markdown(text: str) -> None:
    """Read back, each text is shown as it was: as title, fact, bullet, cell and paragraph."""
    payload: dict[str, Json] = {"title": text, "fact": text, "list": [text, "b"], "table": [{"a": text, "b": 1}],
                                "prose": f"{text}\n{text}"}  # fmt: skip
    shown = _read(_markdown_as_html(draw_text("document", "markdown", payload)))
    plain = _body(draw_text("document", "html", payload))
    assert _letters(shown) == _letters(plain)
    assert _letters(plain).count(_squeezed(one_line(text))) == 6


def _letters(page: _Page) -> str:
    """What is shown, without white space and without the colon that a fact has in Markdown alone."""
    return _squeezed("".join(page.text))


def _squeezed(text: str) -> str:
    return "".join(text.split()).replace(":", "")


def test_a_list_of_ten_thousand_records_is_one_table() -> None:
    """Length alone changes nothing."""
    payload: dict[str, Json] = {"records": [{"id": f"r{number}", "value": number} for number in range(10_000)]}
    assert draw_text("document", "html", payload).count("<tr>") == 10_001
