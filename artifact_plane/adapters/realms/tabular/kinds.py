"""What a cell is: a number, a date, a boolean, text, or missing.

Digits with leading zeros (``007``) are a code, of which the zeros are a part; a column of codes is text. So is
a number that is too large to be finite.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Final


class Kind(StrEnum):
    """The kinds of cells; the values of most are the names of column types in payloads."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TEXT = "text"
    CODE = "code"
    NESTED = "nested"
    MISSING = "missing"


NESTED_OBJECT: Final = "{…}"
NESTED_ARRAY: Final = "[…]"
"""How an object or an array inside a JSON record stands in its cell."""

MISSING_WORDS: Final = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none")
"""What counts as missing, in any case of letters, blanks around it ignored."""


def _any_case(word: str) -> set[str]:
    return {"".join(letters) for letters in product(*((letter.lower(), letter.upper()) for letter in word))}


MISSING_CELLS: Final = frozenset(spelling for word in MISSING_WORDS for spelling in _any_case(word))
"""``MISSING_WORDS`` in every spelling, to tell most missing cells by one look-up."""

_BOOLEANS: Final = frozenset(spelling for word in ("true", "false", "yes", "no") for spelling in _any_case(word))
_LONGEST_WORD: Final = max(map(len, MISSING_CELLS | _BOOLEANS))
_NUMBER: Final = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(\.[0-9]*)?|(\.[0-9]+))([eE][+-]?[0-9]+)?")
_CODE: Final = re.compile(r"0[0-9]+")
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMERIC_START: Final = frozenset("+-.0123456789")
_NOT_NUMERIC: Final = re.compile(r"[^\n+\-.0-9Ee]")
_LEADING_ZERO: Final = re.compile(r"\n[+-]?0[0-9]")


def kind_of(cell: str) -> Kind:
    """The kind of one cell, blanks around it ignored."""
    cell = cell.strip()
    if cell[:1] in _NUMERIC_START and cell:
        return _numeric_kind(cell)
    if len(cell) > _LONGEST_WORD:
        return Kind.TEXT
    if cell in MISSING_CELLS:
        return Kind.MISSING
    if cell in _BOOLEANS:
        return Kind.BOOLEAN
    return Kind.NESTED if cell in (NESTED_OBJECT, NESTED_ARRAY) else Kind.TEXT


def _numeric_kind(cell: str) -> Kind:
    match = _NUMBER.fullmatch(cell)
    if match is not None:
        if not math.isfinite(float(cell)):
            return Kind.TEXT
        return Kind.INTEGER if match.lastindex is None else Kind.NUMBER
    if _CODE.fullmatch(cell) is not None:
        return Kind.CODE
    return Kind.DATE if moment_of(cell) is not None else Kind.TEXT


def number_of(cell: str) -> float | None:
    """The cell as a finite number, or None where it is none."""
    return float(cell) if kind_of(cell) in (Kind.INTEGER, Kind.NUMBER) else None


def moment_of(cell: str) -> datetime | None:
    """The cell as a date or a date with time (ISO 8601, extended form), or None where it is none."""
    cell = cell.strip()
    if _DATE.fullmatch(cell) is None:
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def numbers_of(cells: Sequence[str]) -> tuple[list[float], bool] | None:
    """All cells as finite numbers and whether all are integers; None unless ``kind_of`` calls each a number.

    It looks at all cells at once, which is several times as fast as one by one; None may also mean that a look
    at each cell is needed to tell.
    """
    joined = "\n" + "\n".join(cells)
    if _NOT_NUMERIC.search(joined) is not None or _LEADING_ZERO.search(joined) is not None:
        return None
    try:
        numbers = list(map(float, cells))
    except ValueError:
        return None
    if not math.isfinite(sum(numbers)):
        return None
    return numbers, not ("." in joined or "e" in joined or "E" in joined)
