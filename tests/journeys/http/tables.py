"""The tables of a page, read as a person reads them: by the words at the head of each column."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

import attrs


@attrs.define
class Cell:
    """What stands in a cell, with single spaces, and what is said of it when one points at it."""

    words: list[str] = attrs.field(factory=list)
    titles: list[str] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(" ".join(self.words).split())


Row = dict[str, Cell]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: Final[list[list[list[Cell]]]] = []
        self.fields: Final[dict[str, str]] = {}
        self.times: Final[list[str]] = []
        self.words: Final[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append(Cell())
            self._inside = True
        elif tag == "input" and said.get("type") == "hidden":
            self.fields[said["name"]] = said["value"]
        elif tag == "time":
            self.times.append(said["datetime"])
        if self._inside and "title" in said:
            self.tables[-1][-1][-1].titles.append(said["title"])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._inside:
            self.tables[-1][-1][-1].words.append(data)


@attrs.frozen
class Page:
    """A page that was read: its tables, the hidden fields of its forms, its exact times in order, and all its words."""

    tables: Sequence[Sequence[Row]]
    fields: dict[str, str]
    times: Sequence[str]
    text: str

    @classmethod
    def of(cls, html: str) -> Page:
        """Read it."""
        reader = _Reader()
        reader.feed(html)
        tables = [
            [dict(zip((cell.text for cell in rows[0]), row, strict=True)) for row in rows[1:]] for rows in reader.tables
        ]
        return cls(tables, reader.fields, reader.times, " ".join(" ".join(reader.words).split()))

    def table(self, column: str) -> Sequence[Row]:
        """The one table that has such a column."""
        (found,) = [table for table in self.tables if table and column in table[0]]
        return found
