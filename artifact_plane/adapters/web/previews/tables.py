"""The beginning of a table in text: rows and columns within bounds, each cell short."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import Final

import attrs

from artifact_plane.adapters.web.previews.head import Head

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 40
_LONGEST_CELL: Final = 200


@attrs.frozen(kw_only=True)
class Table:
    """The first row as names, the rows after it, whether rows were left out, and how many rows there are if known."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut_rows: bool
    columns: int
    count: int | None


def table_of(head: Head, *, tabs: bool = False) -> Table | None:
    """The table that the beginning of a text holds; None where it reads as none."""
    text = head.text
    if not head.whole:
        text = text[: text.rfind("\n") + 1] or text  # the last row may be cut
    reader = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text, tabs))
    try:
        rows = list(islice(reader, MOST_ROWS + 1))
        beyond = sum(1 for _ in reader)
    except csv.Error:
        return None
    if not rows:
        return None
    columns = max(map(len, rows))
    shown = [_padded(row, min(columns, MOST_COLUMNS)) for row in rows]
    return Table(
        names=shown[0],
        rows=tuple(shown[1:]),
        cut_rows=beyond > 0 or not head.whole,
        columns=columns,
        count=len(rows) - 1 + beyond if head.whole else None,
    )


def _dialect(text: str, tabs: bool) -> type[csv.Dialect]:
    first = text.partition("\n")[0]
    counts = {mark: first.count(mark) for mark in (",", ";", "\t")}
    chosen = "\t" if tabs else max(counts, key=lambda mark: counts[mark])

    class Found(csv.excel):
        delimiter = chosen

    return Found


def _padded(row: list[str], columns: int) -> tuple[str, ...]:
    cells = [_shortened(cell) for cell in row[:columns]]
    return (*cells, *[""] * (columns - len(cells)))


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_CELL else cell[:_LONGEST_CELL] + "…"
