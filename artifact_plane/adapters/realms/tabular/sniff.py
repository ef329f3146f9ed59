"""What a file is, told from its beginning: an attachment has no name and no media type to go by."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice
from typing import Final

from artifact_plane.adapters.realms.tabular.kinds import Kind, kind_of

SNIFFED_BYTES: Final = 64 * 1024
"""How much of the beginning is looked at."""

DELIMITERS: Final = ("\t", ";", ",", "|")


class Format(StrEnum):
    """The formats that the realms read; the values are those of the parameter ``format``."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    MARKDOWN = "markdown"
    TEXT = "text"


_ROWS: Final = 50
_AGREEING: Final = 0.5
_PROOF: Final = 4
_NAME_CHARACTERS: Final = 60
_NAME_WORDS: Final = 6
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*(?:[\[\]{\"]|-?[0-9.eE+-]+\s*(?:,|\]\s*\Z)|(?:true|false|null)\b))")
_RULE: Final = re.compile(r" *:?-{3,}:? *")
_MARKDOWN_START: Final = re.compile(r"\s*(?:[-*+] +\S|>|[0-9]{1,9}[.)] +\S|```|~~~)")
_MARKDOWN: Final = (
    re.compile(r"^#{1,6} +\S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"^(?:=+|-{3,}) *$", re.MULTILINE),
    re.compile(r"^ {0,3}(?:[-*+]|[0-9]{1,9}[.)]) +\S", re.MULTILINE),
    re.compile(r"^ {0,3}\|?(?: *:?-{3,}:? *\|)+", re.MULTILINE),
    re.compile(r"\]\([^()\s]+\)"),
)


def format_of(beginning: bytes) -> Format:
    """The format of a file that begins like this; text where nothing else fits.

    Give more than ``SNIFFED_BYTES`` of a file that is longer, so that its being cut off is known.
    """
    text = _decoded(beginning)
    if _JSON.match(text) is not None:
        return Format.JSON
    if _MARKDOWN_START.match(text) is not None:
        return Format.MARKDOWN
    cut_off = len(beginning) > SNIFFED_BYTES
    delimiter = _best_delimiter(text, cut_off, agreeing=1.0, rows=2)
    if delimiter is None and any(pattern.search(text) is not None for pattern in _MARKDOWN):
        return Format.MARKDOWN
    delimiter = delimiter or _best_delimiter(text, cut_off, agreeing=_AGREEING, rows=1)
    if delimiter is None:
        return Format.TEXT
    return Format.TSV if delimiter == "\t" else Format.CSV


def delimiter_of(beginning: bytes) -> str:
    """What stands between the cells of a file that is known to be CSV; a comma where nothing tells."""
    text = _decoded(beginning)
    agreed = _best_delimiter(text, len(beginning) > SNIFFED_BYTES, agreeing=1.0, rows=1)
    if agreed is not None:
        return agreed
    header = text.lstrip().splitlines()[:1]
    return max((",", *DELIMITERS), key=lambda delimiter: header[0].count(delimiter) if header else 0)


def _decoded(beginning: bytes) -> str:
    return beginning[:SNIFFED_BYTES].decode("utf-8-sig", "replace")


def _best_delimiter(text: str, cut_off: bool, *, agreeing: float, rows: int) -> str | None:
    """The delimiter that gives most columns, of those under which the text looks like a table."""
    tables = {delimiter: _rows(text, delimiter, cut_off) for delimiter in DELIMITERS}
    widths = {
        delimiter: len(table[0])
        for delimiter, table in tables.items()
        if len(table) >= rows and _is_table(table, delimiter, agreeing)
    }
    return max(widths, key=lambda delimiter: widths[delimiter], default=None)


def _rows(text: str, delimiter: str, cut_off: bool) -> list[list[str]]:
    """The first rows; not the one that is cut off, unless there is no other."""
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [row for row in islice(lines, _ROWS) if row]
    except csv.Error:
        return []
    return rows[:-1] if cut_off and 1 < len(rows) < _ROWS else rows


def _is_table(rows: Sequence[Sequence[str]], delimiter: str, agreeing: float) -> bool:
    width = len(rows[0])
    agree = sum(len(row) == width for row in rows)
    if width < 2 or agree < agreeing * len(rows):
        return False
    # Several rows that agree are proof enough for names as long as the questions of a survey.
    if not (agree == len(rows) >= _PROOF or all(map(_is_name, rows[0]))):
        return False
    if delimiter == "|" and any(_RULE.fullmatch(cell) is not None for cell in rows[min(1, len(rows) - 1)]):
        return False
    return delimiter != "," or not _is_prose(rows)


def _is_name(cell: str) -> bool:
    """Whether it could be a column's name rather than a part of a sentence."""
    return len(cell) <= _NAME_CHARACTERS and len(cell.split()) <= _NAME_WORDS and not cell.endswith((".", "!", "?"))


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the commas are those of sentences: a blank after each, and no figures anywhere."""
    after_commas = [cell for cell in rows[0][1:] if cell]
    if not after_commas or not all(cell.startswith(" ") for cell in after_commas):
        return False
    return all(kind_of(cell) in (Kind.TEXT, Kind.MISSING) for row in rows for cell in row)
