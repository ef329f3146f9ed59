"""Text as it may be drawn: harmless in every format, and named in words.

A meaning may hold anything, so three kinds of characters are shown as U+FFFD: those that XML forbids, control
characters, and those that reorder what follows them (embeddings, overrides and isolates of either direction).
Marks without such a reach (U+200E, U+200F, U+061C) stay.
"""

from __future__ import annotations

import re
from typing import Final

from artifact_plane.domain.model.json import JsonObject

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS: Final = "…"

_UNSHOWABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff]"
)
_BREAKS: Final = re.compile("\r\n?|\u2028|\u2029")
_SPACES: Final = re.compile("[ \t\n\u00a0]+")
_WORD_BOUNDARIES: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+")
# fmt: off
_ACRONYMS: Final = frozenset((
    "api", "bpmn", "cli", "crm", "csv", "erp", "eta", "gdpr", "hr", "html", "http", "id", "ids", "iso", "json",
    "kpi", "mvp", "pdf", "pii", "poc", "qa", "roi", "sla", "sop", "sql", "svg", "ui", "uri", "url", "utc",
    "uuid", "xml", "yaml",
))
# fmt: on


def showable(text: str) -> str:
    """``text`` with one kind of line break and no character that is illegal or reaches beyond itself."""
    return _UNSHOWABLE.sub(REPLACEMENT, _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """``text`` as above, in one line: white space is one space."""
    return _SPACES.sub(" ", showable(text)).strip()


def first_line_of(payload: JsonObject, *keys: str) -> str:
    """The text under the first of ``keys`` that holds any, as one line; else nothing."""
    texts = (one_line(value) for key in keys if isinstance(value := payload.get(key), str))
    return next(filter(None, texts), "")


def humanise(key: str) -> str:
    """A key as a person would write it: ``missing_values`` and ``missingValues`` are "Missing values"."""
    words = [word for word in _WORD_BOUNDARIES.split(one_line(key)) if word]
    if not words:
        return "(no name)"
    plain = " ".join(map(_word, words))
    return plain[0].upper() + plain[1:]


def _word(word: str) -> str:
    lower = word.lower()
    if lower in _ACRONYMS:
        return "IDs" if lower == "ids" else lower.upper()
    return lower if word.istitle() else word
