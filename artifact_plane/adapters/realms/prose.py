"""Text from a document, made fit to be a name or a line: plain, on one line, of bounded length."""

from __future__ import annotations

import re
from typing import Final

MAX_NAME: Final = 300
"""How many characters a step's name or a line of its details keeps."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SPACES: Final = re.compile(r"\s+")
_NOT_WORD: Final = re.compile(r"[^\w\s]+")


def one_line(text: str, limit: int = MAX_NAME) -> str:
    """``text`` without control characters, white space collapsed, cut at ``limit`` characters."""
    flat = _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def same_words(text: str) -> str:
    """A key under which texts that differ only in case, punctuation and spaces are equal."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", text.casefold())).strip()


def plural(count: int, noun: str, many: str | None = None) -> str:
    """The count with its noun, as in ``1 step`` and ``3 steps``; ``many`` where the plural is irregular."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def in_digits(number: int | float) -> str:
    """The number as it is written in a sentence: whole where it is whole, else with two decimals at most."""
    return f"{number:.2f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
