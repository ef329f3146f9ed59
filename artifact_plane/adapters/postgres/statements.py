"""The SQL of this adapter, read once from its files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_HEADING: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_FOLDER: Final = Path(__file__).with_name("queries")


@cache
def statement(name: str) -> str:
    """The statement of that name in the files of ``queries/``, where each stands under a heading ``-- name: NAME``."""
    return _statements()[name]


@cache
def _statements() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in sorted(_FOLDER.glob("*.sql")):
        _, *found = _HEADING.split(file.read_text("utf-8"))
        texts.update(zip(found[::2], (text.strip() for text in found[1::2]), strict=True))
    return texts
