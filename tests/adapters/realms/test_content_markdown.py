"""Markdown: its sections as a tree, and what is in it."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.realms.content import ContentRealm
from artifact_plane.adapters.realms.content.markdown import MAX_LISTED
from artifact_plane.domain.model.json import Json, JsonObject
from tests.adapters.realms.conftest import done, objects

DOCUMENT = """---
title: Claims
---
# Claims *intake*

Two words. See [the page](https://example.org/a) and [below](#end) ![x](y.png) <https://example.org>.

## Steps

1. Open it
   - look
   - read
2. Close it

## A [table](t.md)

| a | b | c |
|---|---|---|
| 1 | 2 | 3 |
| 4 | 5 | 6 |

### Deep

```python
print(1)
x = 2
```

> quoted

# End
"""


def parsed(text: str) -> JsonObject:
    return done(ContentRealm(), "parse_content", text.encode(), format="markdown")


PAYLOAD = parsed(DOCUMENT)


def test_headings_are_listed_with_their_level_line_and_plain_text() -> None:
    assert [(one["level"], one["text"], one["line"]) for one in objects(PAYLOAD["headings"])] == [
        (1, "Claims intake", 4),
        (2, "Steps", 8),
        (2, "A table", 15),
        (3, "Deep", 22),
        (1, "End", 31),
    ]


def test_sections_are_a_tree_with_their_own_words() -> None:
    def titles(sections: Json) -> list[object]:
        return [(one["title"], titles(one["sections"])) for one in objects(sections)]

    assert titles(PAYLOAD["sections"]) == [
        ("Claims intake", [("Steps", []), ("A table", [("Deep", [])])]),
        ("End", []),
    ]
    words = {one["title"]: one["words"] for one in objects(objects(PAYLOAD["sections"])[0]["sections"])}
    assert words == {"Steps": 7, "A table": 11}


def test_lists_tables_and_code_blocks_are_described_at_their_line() -> None:
    assert objects(PAYLOAD["lists"]) == [
        {"line": 10, "ordered": True, "items": 2},
        {"line": 11, "ordered": False, "items": 2},
    ]
    assert objects(PAYLOAD["tables"]) == [{"line": 17, "rows": 2, "columns": 3}]
    assert objects(PAYLOAD["code_blocks"]) == [{"line": 24, "language": "python", "lines": 2}]


def test_links_are_counted_by_where_they_lead() -> None:
    assert PAYLOAD["links"] == {"count": 4, "images": 1, "external": 2, "internal": 3}


def test_settings_at_the_beginning_are_no_content() -> None:
    assert PAYLOAD["front_matter"] == {"lines": 3}
    assert "front_matter" not in parsed("---\n\n# A\n\ntext\n")


def test_counts_lines_and_words_are_of_the_whole_document() -> None:
    assert PAYLOAD["lines"] == len(DOCUMENT.splitlines())
    assert PAYLOAD["words"] == len(DOCUMENT.split())
    assert PAYLOAD["counts"] == {
        "headings": 5,
        "paragraphs": 6,
        "list_items": 4,
        "tables": 1,
        "code_blocks": 1,
        "quotes": 1,
        "rules": 0,
    }


def test_a_document_with_very_many_headings_is_cut_and_says_so() -> None:
    payload = parsed("# a\n" * (MAX_LISTED + 1))
    assert payload["truncated"] is True
    assert len(objects(payload["headings"])) == MAX_LISTED
    assert payload["counts"]["headings"] == MAX_LISTED + 1  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "*a " * 20_000,
        ">" * 50_000,
        "- " * 20_000,
        "`" * 50_000,
        "![" * 20_000,
        "<" * 50_000,
        "\\" * 50_000,
    ],
)
def test_what_makes_parsers_slow_is_parsed(text: str) -> None:
    assert parsed(f"# Title\n\n{text}\n")["title"]
