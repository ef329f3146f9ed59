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
_NAME_CHARACTERS: Final = 60
_NAME_WORDS: Final = 6
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*(?:[\[\]{\"]|-?[0-9.eE+-]+\s*[,\]]|(?:true|false|null)\b))")
_MARKDOWN: Final = (
    re.compile(r"^#{1,6} +\S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"^(?:=+|-{3,}) *$", re.MULTILINE),
    re.compile(r"^ {0,3}(?:[-*+]|[0-9]{1,9}[.)]) +\S", re.MULTILINE),
    re.compile(r"^ {0,3}\|?(?: *:?-{3,}:? *\|)+", re.MULTILINE),
    re.compile(r"\]\([^()\s]+\)"),
)


def format_of(beginning: bytes) -> Format:
    """The format of a file that begins like this; text where nothing else fits."""
    text = _decoded(beginning)
    if _JSON.match(text) is not None:
        return Format.JSON
    lines_all_agree = _best_delimiter(text, agreeing=1.0, rows=2)
    if lines_all_agree is not None:
        return _delimited(lines_all_agree)
    if any(pattern.search(text) is not None for pattern in _MARKDOWN):
        return Format.MARKDOWN
    most_agree = _best_delimiter(text, agreeing=_AGREEING, rows=1)
    return Format.TEXT if most_agree is None else _delimited(most_agree)


def delimiter_of(beginning: bytes) -> str:
    """What stands between the cells of a file that is known to be CSV."""
    text = _decoded(beginning)
    counts = {delimiter: len(_rows(text, delimiter)[:1] and _rows(text, delimiter)[0]) for delimiter in DELIMITERS}
    agreed = _best_delimiter(text, agreeing=1.0, rows=1)
    return agreed or max((",", *DELIMITERS), key=lambda delimiter: counts[delimiter])


def _decoded(beginning: bytes) -> str:
    return beginning[:SNIFFED_BYTES].decode("utf-8-sig", "replace")


def _delimited(delimiter: str) -> Format:
    return Format.TSV if delimiter == "\t" else Format.CSV


def _best_delimiter(text: str, *, agreeing: float, rows: int) -> str | None:
    """The delimiter that gives most columns, of those under which the text looks like a table."""
    widths = {
        delimiter: len(table[0])
        for delimiter in DELIMITERS
        if len(table := _rows(text, delimiter)) >= rows and _is_table(table, delimiter, agreeing)
    }
    return max(widths, key=lambda delimiter: widths[delimiter], default=None)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The first whole rows; the first one also if it is cut off."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [row for row in islice(reader, _ROWS) if row]
    at_end = reader.line_num >= text.count("\n") + (not text.endswith("\n"))
    cut_off = len(text) >= SNIFFED_BYTES // 4 and at_end and len(rows) > 1
    return rows[:-1] if cut_off else rows


def _is_table(rows: Sequence[Sequence[str]], delimiter: str, agreeing: float) -> bool:
    width = len(rows[0])
    agree = sum(len(row) == width for row in rows)
    if width < 2 or agree < agreeing * len(rows) or not all(map(_is_name, rows[0])):
        return False
    return delimiter != "," or not _is_prose(rows)


def _is_name(cell: str) -> bool:
    """Whether it could be a column's name rather than a part of a sentence."""
    return len(cell) <= _NAME_CHARACTERS and len(cell.split()) <= _NAME_WORDS and not cell.endswith((".", "!", "?"))


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the commas are those of sentences: a blank after each, and no figures anywhere."""
    if not all(cell.startswith(" ") for cell in rows[0][1:]):
        return False
    return all(kind_of(cell) in (Kind.TEXT, Kind.MISSING) for row in rows for cell in row)
