"""SQL in files: each statement stands under a heading ``-- name: NAME``.

What several statements of a file have in common stands once, before them, under a heading ``-- piece: NAME``, and is
put in wherever a statement or a later piece says ``{NAME}``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_HEADING: Final = re.compile(r"^-- (name|piece): (\w+)$", re.MULTILINE)
_PLACE: Final = re.compile(r"\{(\w+)\}")


def statements_in(folder: Path) -> Mapping[str, str]:
    """The statements in the files ``*.sql`` of a folder by their names, without the lines that are comments.

    Raises:
        ValueError: two of them have the same name.
        KeyError: one names a piece that does not stand before it in its file.
    """
    found = [one for file in sorted(folder.glob("*.sql")) for one in _statements(file.read_text("utf-8"))]
    counts = Counter(name for name, _ in found)
    if len(counts) < len(found):
        raise ValueError(f"statements have the same name: {', '.join(name for name in counts if counts[name] > 1)}")
    return dict(found)


def _statements(text: str) -> Iterator[tuple[str, str]]:
    _, *found = _HEADING.split(text)
    pieces: dict[str, str] = {}
    for kind, name, block in zip(found[::3], found[1::3], found[2::3], strict=True):
        whole = _PLACE.sub(lambda place: pieces[place[1]], _without_comments(block))
        if kind == "piece":
            pieces[name] = whole
        else:
            yield name, whole


def _without_comments(block: str) -> str:
    return "\n".join([line for line in block.splitlines() if not line.startswith("--")]).strip()
